/* Texts that are not tables of cells are refused by what they are; tables that resemble them are read. */
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

struct text_case {
    const char *text, *what; /* what: said in the refusal; NULL = rows and columns are read */
    size_t rows, columns;
};

static const struct text_case cases[] = {
    {"1 |f a:0.5 b:2\n-1 |f a:1.5\n", "Vowpal Wabbit", 0, 0},
    {"1 1.0 'tag|f a:1.5 b |g c\n-1 2.0 'tig|f a:2 b\n", "Vowpal Wabbit", 0, 0},
    {"| price:.23 sqft:.25 age:.05 2006\n| price:.3 sqft:.1 age:.1 2007\n", "Vowpal Wabbit", 0, 0},
    {"1 |text some words\n-1 |text other words\n", "Vowpal Wabbit", 0, 0},
    {"1|12\n2|13\n5|12\n", NULL, 3, 2},
    {"1 0:12:1 3:7:0.5\n0 0:11:1 3:9:0.25\n", "libffm", 0, 0},
    {"1 age:0.5 cnt:3\n0 age:0.25 fare:2\n", "names for indices", 0, 0},
    {"1,1:1,3:2\n0,2:1,3:4\n", "svmlight's rows (index:value) with commas", 0, 0},
    {"1,10:15,11:30\n0,09:20,10:45\n2,08:20,09:45\n", NULL, 3, 3},
    {"1,3:1\n0,2:1\n1,3:2\n", NULL, 3, 2},
    {"Row 1:\n\xe2\x94\x80\xe2\x94\x80\nn: 1\nx: 1.5\n\nRow 2:\n\xe2\x94\x80\xe2\x94\x80\nn: 2\n", "ClickHouse", 0, 0},
    {"1\t2\n3\t4\n5\t1\n\\.\n", "ends the rows of PostgreSQL's COPY", 0, 0},
    {"a,b\nchr1:100,3.5\nchr1:200,2.5\n", NULL, 2, 2},
    {"temp:1.5\tcnt:2\ntemp:2.5\tcnt:3\n", "rows of name=value", 0, 0},
    {"temp: 1.5, cnt: 2\ntemp: 2.5, cnt: 3\n", "rows of names and values", 0, 0},
    {"Row { temp: 1.5, cnt: 2 }\nRow { temp: 2.5, cnt: 3 }\n", "rows of names and values", 0, 0},
    {"http://a/x,1\nhttp://b/y,2\nhttp://a/x,3\n", NULL, 3, 2},
    {"x: a,1\ny: b,2\nx: a,3\n", NULL, 3, 2},
    {"--\n-- PostgreSQL database dump\n--\nCOPY t FROM stdin;\n1\t2\n", "SQL", 0, 0},
    {"[\n  { temp: 1.5, cnt: 2 },\n  { temp: 2.5, cnt: 3 }\n]\n", "as JavaScript displays", 0, 0},
    {"\"=\"\"kind\"\"\",n\n\"=\"\"low\"\"\",1\n=\"mid\",2\nlow,3\n", NULL, 3, 2},
    {"temp=1.5,cnt=2\ntemp=2.5,cnt=3\n", "rows of name=value", 0, 0},
    {"http://a/x\nhttp://b/y\nhttp://a/x\n", NULL, 3, 1},
    {"weather,place=x temp=1.5 146\nweather,place=y temp=1.25 147\n", "InfluxDB", 0, 0},
    {"temp 1.5\ncnt  2\n\ntemp 2.5\ncnt  3\n", "Miller's xtab", 0, 0},
    {" temp = 1.5\n  cnt = 2\n\n temp = 2.5\n  cnt = 3\n", "sqlite3's line mode", 0, 0},
    {"0 1\n1 2\n\n\n0 3\n1 4\n", "blocks as gnuplot reads them", 0, 0},
    {"\n# Curve 0 of 1\n# x y type\n0 1 i\n1 2 i\n", "gnuplot's 'set table'", 0, 0},
    {"low,high.\n\ntemp: continuous.\ncnt: 0,1,2.\n", "C4.5", 0, 0},
    {"a\tb\tk\ncontinuous\tdiscrete\tdiscrete\n\t\tclass\n1.5\t0\tx\n2\t1\ty\n", "Orange", 0, 0},
    {"a\tb\tk\ncontinuous\t0 1\tx y\n\t\tclass\n1.5\t0\tx\n2\t1\ty\n", "Orange", 0, 0},
    {"sex\tmate\nm\tf\nm\tm\nf\tm\n", NULL, 3, 2},
    {"- temp: 1.5\n  cnt: 2\n- temp: 2.5\n  cnt: 3\n", "YAML", 0, 0},
    {"---\n- 1.5\n- 2.5\n", "YAML", 0, 0},
    {"temp:\n- 1.5\n- 2.5\ncnt:\n- 1\n- 2\n", "YAML", 0, 0},
    {"-\t1.5\n-\t2.5\n3\t1\n", NULL, 3, 2},
    {"[[row]]\ntemp = 1.5\n\n[[row]]\ntemp = 2.5\n", "TOML", 0, 0},
    {"a.b=1\na.c=2\na.d=3\n", "properties", 0, 0},
    {"row {\n  temp: 1.5\n}\nrow {\n  temp: 2.5\n}\n", "protobuf", 0, 0},
    {"# HELP up Whether.\n# TYPE up gauge\nup 1\n", "Prometheus", 0, 0},
    {"# TYPE TEMP FLOW\n0.5 1.5 2.5\n1.5 2.5 3.5\n", NULL, 2, 3},
    {"Title: x\nPlotname: Transient\nValues:\n0\t1.5\n", "SPICE", 0, 0},
    {"time\tV(out)\nStep Information: R=1K\n0\t1\n1\t2\n", "SPICE", 0, 0},
    {"3\n5\n4\n1 1 2\n1 4 1\n2 2 3\n3 5 1\n", "bag of words", 0, 0},
    {"3\nwater\nO 0.0 0.0 0.0\nH 0.7 0.5 0.0\nH -0.7 0.5 0.0\n", "XYZ", 0, 0},
    {"+-+-\n--++\n-+-+\n", "two signs", 0, 0},
    {"+ - + -\n- - + +\n- + - +\n", "two signs", 0, 0},
    {"uddu\nddud\nuuuu\n", "two signs", 0, 0},
    {"\xe2\x86\x91\xe2\x86\x93\xe2\x86\x93\xe2\x86\x93\n\xe2\x86\x91\xe2\x86\x91\xe2\x86\x93\xe2\x86\x93\n"
     "\xe2\x86\x91\xe2\x86\x91\xe2\x86\x91\xe2\x86\x93\n",
     "two signs", 0, 0},
    {".#.#\n##..\n#..#\n", "two signs", 0, 0},
    {"y n y y\nn n y n\ny y n n\n", NULL, 3, 4}, /* truth values */
    {"T F F T\nT T T F\nF F T T\n", NULL, 3, 4},
    {"A B B A\nA A A B\nB B A A\n", "two signs", 0, 0},
    {"0101\n1100\n1001\n", NULL, 3, 4},
    {"on\nno\non\n", NULL, 3, 1},
    {"+1-1+1\n-1-1+1\n+1+1-1\n", "nothing between them but signs", 0, 0},
    {" 1-1 1-1\n-1-1 1 1\n 1 1-1 1\n", "nothing between them but signs", 0, 0},
    {"  -99.1234-123.4567\n   9.1234 -13.4567\n -19.1234-143.4567\n", "nothing between them but signs", 0, 0},
    {"2020-01-02\n2020-01-03\n2021-04-02\n", "dates", 0, 0},
    {"CHR\tSNP\t(C)M\tPOS\tCOUNTED\tALT\tS1_S1\n1\trs0\t0\t1000\tG\tA\t2\n", ".traw", 0, 0},
    {"3\na 0 1 2\nb 1 0 3\nc 2 3 0\n", "distances (PHYLIP)", 0, 0},
    {"2 3\nthe 0.1 0.2 0.3\nof 0.2 0.1 0.5\n", "word2vec", 0, 0},
    {"A =\n\n   1.5   2\n   2.5   3\n\n", "MATLAB or Octave", 0, 0},
    {"A = [ 1 2; 3 4];\n", "MATLAB or Octave", 0, 0},
    {" Columns 1 through 2:\n\n 1 2\n\n Columns 3:\n\n 1\n", "MATLAB or Octave", 0, 0},
    {"2\xc3\x97"
     "2 Matrix{Float64}:\n 1.5 2\n 2.5 3\n",
     "Julia", 0, 0},
    {"      [,1]  [,2]\n[1,]  1.5  2\n[2,]  2.5  3\n", "as R displays", 0, 0},
    {"       temp cnt\n[1,] -3.125   8\n[2,]  0.993   8\n", "as R displays", 0, 0},
    {"'a','b'\n'1.5','x'\n'2.5','y'\n'3.5','x'\n", NULL, 3, 2},
    {"temp  1.5\ncnt   2\ngrade \n\ntemp  2.5\ncnt   3\ngrade very low\n", "Miller's xtab", 0, 0},
    {"low\nmid\n\nlow\nmid\n", NULL, 5, 1},
    {"1.5\t&2\t&low\\\\\n2.5\t&\t&mid\\\\\n", "rows of LaTeX", 0, 0},
    {"R&D\nA&E\nR&D\n", NULL, 3, 1},
    {"$VAR1 = [\n  {\n    'a' => 1\n  }\n];\n", "Data::Dumper", 0, 0},
    {"array (\n  0 => \n  array (\n    'a' => 1,\n  ),\n)", "as PHP exports it", 0, 0},
    {"Array\n(\n    [0] => Array\n        (\n            [a] => 1\n        )\n)\n", "print_r", 0, 0},
    {"Array\n3\n4\n", NULL, 2, 1},
    {"a:2:{i:0;a:1:{s:1:\"x\";d:0.5;}i:1;a:1:{s:1:\"x\";i:2;}}", "serialize", 0, 0},
    {"TABLE\n0,1\n\"SHEET\"\nVECTORS\n0,2\n\"\"\nTUPLES\n0,3\n\"\"\nDATA\n0,0\n", "DIF", 0, 0},
    {"ID;PGnumeric;N;E\nP;PGeneral\nC;Y1;X1;K1.5\n", "SYLK", 0, 0},
    {"ID;Price\n1.5;2\n2.5;3\n", NULL, 2, 2},
    {"ASCII SPSS PORT FILE                    ASCII SPSS PORT FILE\n0000000000\n", "SPSS portable", 0, 0},
    {" [1] 0.5 1.5\n [3] 2.5 3.5\n", "as R displays", 0, 0},
    {"[[ 0.1 0.2]\n [ 0.3 0.4]]\n", "as Python displays", 0, 0},
    {"array([[0.1, 0.2],\n       [0.3, 0.4]])\n", "as Python displays", 0, 0},
    {"(0.1, 0.2)\n(0.3, 0.4)\n", "as Python displays", 0, 0},
    {"{'a': 0.1, 'b': 2}\n{'a': 0.3, 'b': 4}\n", "Python dictionaries", 0, 0},
    {"[0.1, 0.2]\n[0.3, 0.4]\n", "is JSON", 0, 0},
    {"     a    b\n0  0.1  0.2\n..  ...  ...\n99  0.3  0.4\n\n[100 rows x 2 columns]\n", "as pandas displays", 0, 0},
    {"shape: (2, 1)\n\xe2\x94\x8c\n", "polars", 0, 0},
    {"*************************** 1. row ***************************\n temp: 1.5\n", "mysql \\G", 0, 0},
    {"-[ RECORD 1 ]\ntemp | 1.5\n", "psql's expanded", 0, 0},
    {"INSERT INTO t VALUES(1.5,2);\nINSERT INTO t VALUES(2.5,3);\n", "SQL", 0, 0},
    {"====  ===\ntemp  cnt\n====  ===\n 1.5  2\n", "drawn for reading", 0, 0},
    {"||a||b||\n|1.5|2|\n", "Jira", 0, 0},
    {"||1.5\n|2|2.5\n", NULL, 2, 3},
    {"MKV-LA\nMKVGLA\nM-VGLA\n", "sequences without names", 0, 0},
    {"EITKKIQFFKHQ\nVCYCVYTFQKKS\n", "sequences without names", 0, 0},
    {"HIGH\nMEAN\nHIGH\n", NULL, 3, 1},
    {"\xef\xbb\xbf>a\nMKV-LA\n>b\nMKVGLA\n", NULL, 2, 6},
    {"((a,b),c);\n((a,c),b);\n", "Newick", 0, 0},
    {"##fileformat=VCFv4.2\n#CHROM\tPOS\n1\t5\n2\t6\n", "VCF", 0, 0},
    {"track name=x\nchr1\t0\t50\t1.5\nchr1\t50\t90\t2\n", "genome browser", 0, 0},
    {"track name,length\na,1.5\nb,2.5\na,3.5\n", NULL, 3, 2},
    {"<head>\n<title>404</title></head>\n", "web page", 0, 0},
    {"<NA>\n1.5\n2.5\n", NULL, 3, 1},
    {"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n", "Git LFS", 0, 0},
    {"a,b\n3.5 K,1\n2.5 K,2\n1.25 K,2\n", "numbers with ' K' behind each", 0, 0},
    {"a,b\n3 # x,1\n2 # x,2\n1.25 # x,2\n", "numbers with ' # x' behind each", 0, 0},
    {"a,b\n10mm,1\n12mm,2\n10mm,2\n12mm,1\n", NULL, 4, 2},
    {"a,b\n1st,1\n2nd,2\n3rd,2\n1st,1\n", NULL, 4, 2},
    {"a,b\n=\"3.5\",1\n=\"2.5\",2\n", "is a number with other characters", 0, 0},
    {"a,b\n'3.5,1\n'2.5,2\n", "is a number with other characters", 0, 0},
    {"a,b\n3.5-,1\n2.5,2\n", "is a number with other characters", 0, 0},
    {"a,b\n(1.5+2j),1\n(2.5-1j),2\n", "is a number with other characters", 0, 0},
    {"a;b\n7\xe2\x80\x99"
     "823.37;1\n8\xe2\x80\x99"
     "911.73;2\n",
     "is a number with other characters", 0, 0},
    {"a,b\n\xd9\xa3.\xd9\xa1,1\n\xd9\xa2.\xd9\xa1,2\n", "is a number with other characters", 0, 0},
    {"a\tb\n-3.125\t7,823.37\n2.5\t8,911.73\n", "has thousands separators", 0, 0},
    {"a,b\n1_001,1\n1_002,2\n2_001,2\n", NULL, 3, 2},
    {"a,b\n101A,1\n102A,2\n103A,2\n", NULL, 3, 2},
    {"// made by x\n1.5,2.25\n2.5,3.25\n", NULL, 2, 2},
    {"a,b\n1,2,\n3,4,\n5,6,\n", NULL, 3, 2},
    {"a,b\n1,2,3,4\n5,6,7,8\n2,2,2,1\n", "2 names, the rows have 4 cells", 0, 0},
    {"made\n1.5,2.25\n2.5,3.25\n", "1 name, the rows have 2 cells", 0, 0},
    {"1.5D+00 2.5D-03\n1.5D+01 2.5D+03\n", NULL, 2, 2},
    {"1.5 2.5\n****** 3.5\n", NULL, 2, 2},
    {"a,b\n.a,1.5\n2.5,.z\n3,4\n", NULL, 3, 2},
    {"-3.5 0.5 1e-3\n", NULL, 1, 3},
    {"(5.00)\n(6.00)\n7\n", "is a number with other characters", 0, 0},
    {"f1 i1 0 0 1 2 A A G T\nf2 i2 0 0 2 1 A C 0 0\n", "plink's .ped", 0, 0},
    {"1 1 0 0 1 2 1 1 2 2\n2 2 0 0 2 1 1 2 0 0\n3 3 0 0 2 1 1 2 1 1\n4 4 0 0 1 1 2 2 1 2\n", "plink's .ped", 0, 0},
    {"1 1 0 3 1 2 1 1 2 2\n2 2 0 4 2 1 1 2 0 0\n3 3 0 4 2 1 1 2 1 1\n4 4 0 1 1 1 2 2 1 2\n", NULL, 4, 10},
    {"FID IID PAT MAT SEX PHENOTYPE rs1_A\nf i 0 0 1 -9 2\n", "--index-column IID", 0, 0},
    {"chr1\ts\texon\t1\t50\t.\t+\t.\tgene_id \"g\";\nchr1\ts\texon\t60\t90\t.\t+\t.\tgene_id \"h\";\n", "GFF, GTF", 0, 0},
    {"3 3 4\n1 1 1.5\n2 2 2.5\n3 1 0.5\n3 3 1\n", "sizes above", 0, 0},
    {"3 3 5\n1 1 1.5\n2 2 2.5\n3 1 0.5\n3 3 1\n", NULL, 5, 3},
    {"a: [1, 2, 3]\nb: [2, 3, 4]\n", "YAML", 0, 0},
    {"{1.5, 2}\n{2.5, 3}\n", "in braces", 0, 0},
    {"{{1.5, 2}, {2.5, 3}}\n", "in braces", 0, 0},
    {"3 x 2 sparse Matrix of class \"dgCMatrix\"\n        \n[1,] 1 .\n[2,] . 2\n", "sparse matrix as R displays", 0, 0},
    {"N <- 3\ny <-\nc(1.5, 2.5)\n", "assignments of R's", 0, 0},
    {"# made\n@    title \"E\"\n@TYPE xy\n0 1.5\n1 2.5\n", "GROMACS", 0, 0},
    {"# stan_version_major = 2\nlp__,a\n# Step size = 0.8\n1,2\n", "CmdStan", 0, 0},
    {"data_1ABC\nloop_\n_atom_site.id\nATOM 1 0.5\n", "CIF", 0, 0},
    {"c made by x\np cnf 3 2\n1 -3 0\n2 3 0\n", "clauses (DIMACS)", 0, 0},
    {"MARKOV\n2\n2 2\n1\n2 0 1\n\n4\n1 2 2 1\n", "graphical model (UAI)", 0, 0},
    /* whole lines are not words */
    {"1 2 5\n2 3\n1 2 3 4\n1 2 5\n2 3\n", "lists of different lengths", 0, 0},
    {"milk,bread\nbread\nmilk,bread,tea\nbread\n", "lists of different lengths", 0, 0},
    {"Si\n1.0\n5.4 0 0\n0 5.4 0\n0 0 5.4\nSi\n2\n", "lists of different lengths", 0, 0},
    {"1,5\n2,5\n3\n2,5\n", "--decimal ,", 0, 0},
    {"1,5\n2,5\nx\n2,5\n", "as in the other lines", 0, 0},
    {"very low\nlow\nlow\nvery low\n", NULL, 4, 1},
    {"\"New York, NY\"\nParis\nParis\n\"New York, NY\"\n", NULL, 4, 1},
    {"a\n2026-01-02T10:00\n2026-01-02T10:05\n1.5\n2\n3\n", "is a date or time", 0, 0},
};

/* Ordinary tables whose names, comments or cells resemble other programs' texts. */
static const struct text_case tables[] = {
    {"NAME,DIMENSION\n1.5,2\n2.5,3\n", NULL, 2, 2},
    {"data_a,data_b\n1.5,2\n2.5,3\n", NULL, 2, 2},
    {"PAR1,PAR2\n1.5,2\n2.5,3\n", NULL, 2, 2},
    {"FEA1\tFEA2\n1.5\t2\n2.5\t3\n", NULL, 2, 2},
    {"ORC;b\n1.5;2\n2.5;3\n", NULL, 2, 2},
    {"RDA,b\n1.5,2\n2.5,3\n", NULL, 2, 2},
    {"P5\n24.5\n22\n23\n", NULL, 3, 1},
    {"P2\n24\n22\n23\n", NULL, 3, 1},
    {"P2\n# x\n2 1\n255\n0 255\n", "a picture (PBM, PGM or PPM)", 0, 0},
    {"A\n2\n5\n7\n", NULL, 3, 1},
    {"A\n3\n262144\n197888\n6\nCP1252\n", "an R object", 0, 0},
    {"Muscle (kg),Fat (kg)\n1.5,2\n2.5,3\n", NULL, 2, 2},
    {"pileup,pt\n1.5,2\n2.5,3\n", NULL, 2, 2},
    {"#megawatt,b\n1.5,2\n2.5,3\n", NULL, 2, 2},
    {"1 2\nNA NA\n3 4\n5 7\n", NULL, 4, 2},
    {"# name: x\n1.5 2.5\n2.5 3.5\n", NULL, 2, 2},
    {"digraph,n\nth,5\nhe,3\nth,2\n", NULL, 3, 2},
    {"digraph {a -> b; b -> c}\n", "a graph (DOT)", 0, 0},
    {"ncols nrows\n5 3\n6 2\n", NULL, 2, 2},
    {"ATOM    X   Y\n1.5   2   3\n2.5   3   5\n", NULL, 2, 3},
    {"ATOM      1  N   MET A   1      38.4  13.1\n", "a structure (PDB)", 0, 0},
    {"# Surface temperature\n1.5 2.5\n2.5 3.5\n", NULL, 2, 2},
    {"########################################\n# Data\n########################################\n1.5 2\n2.5 3\n", NULL, 2, 2},
    {"########################################\n# Program: needle\n# x\n1 2\n", "a report of EMBOSS", 0, 0},
    {"# HELP text\n1.5 2\n2.5 3\n", NULL, 2, 2},
    {"#1.2\n1.5,2\n2.5,3\n", NULL, 2, 2},
    {"a\tb\tc\n-\t-\t-\n1\t2\t3\n2\t3\t5\n", NULL, 3, 3},
    {"a b c\n- - -\n1 2 3\n2 3 5\n", NULL, 3, 3},
    {"a\tb\n---\t---\n1\t2\n", "drawn for reading", 0, 0},
    {";a;b\n;1;2\n;3;5\n;2;2\n", NULL, 3, 3},
    {"; remark\n[run]\na=1\nb=2\n", "INI", 0, 0},
    {"1 |2 |3\n4 |5 |2\n2 |2 |1\n", NULL, 3, 3},
    {"3.5|chr1:100\n2|chr1:200\n2.5|chr1:100\n", NULL, 3, 2},
    {"a,b,note\n1,2,mode: continuous\n3,4,mode: batch\n2,2,mode: batch\n", NULL, 3, 3},
    {"24\xc3\x97"
     "36,1.5\n36\xc3\x97"
     "24,2.5\n24\xc3\x97"
     "36,2\n",
     NULL, 3, 2},
    {"GROUP-A\nGROUP-B\nGROUP-A\nGROUP-A\n", NULL, 4, 1},
    {"PARTICIPANT\nNONRESPONSE\nPARTICIPANT\nNONRESPONSE\n", NULL, 4, 1},
    {"a,b\n1,x\n3,x\n2,there are 90 more rows\n", NULL, 3, 2},
    {"a,b\n1,x\n2,x\n3,it has dtype: int\n", NULL, 3, 2},
    {"a\n1\n2\n\n[2 rows x 1 columns]\n", "as pandas displays", 0, 0},
    {"0    1.5\n1    2.5\nName: a, dtype: float64\n", "as pandas displays", 0, 0},
    {"a\tb\n1\t2\n2 rows in set (0.00 sec)\n", "as mysql displays", 0, 0},
    {"[x],y\n1.5,2\n2.5,3\n", NULL, 2, 2},
    {"[x]\t[y]\n1.5\t2\n2.5\t3\n", NULL, 2, 2},
    {"-0,red\n1,blue\n1,red\n", NULL, 3, 2},
    {"-0,5.25\n1,2.5\n1,3.5\n", NULL, 3, 2},
    {"standby,3\non,4\noff,4\non,5\nstandby,2\noff,1\n", NULL, 6, 2},
    {"size;name\n165,5;Maier\n170,2;Roth\n180,5;Maier\n", NULL, 3, 2},
    {"size;name;kind\n165,5;Maier;a\n170,2;Roth;b\n180,5;Maier;b\n", NULL, 3, 3},
    {"165,5;Maier;a\n170,2;Roth;b\n180,5;Maier;b\n", NULL, 3, 3},
    {"1.5,x;u\n2.5,z;u\n2,x;w\n", NULL, 3, 2},
    {"id,geno\n3,0|1\n5,1|1\n2,0|1\n", NULL, 3, 2},
    {"\"x\" \"y\"\n\"5\" 1.5 2\n\"5.1\" 2.5 3\n\"3\" 2 1\n", NULL, 3, 3},
    {"//server/a,3\n//server/b,4\n//server/a,5\n", NULL, 3, 2},
    {"a\ninf\nsup\nsup\nsup\n", NULL, 4, 1},
    {"amount\n1 250\n2 125\n1 375\n", "1 name, the rows have 2 cells", 0, 0},
    {"a,phone\n1,+49 30 1234567\n2,+49 30 1234567\n3,+49 40 7654321\n", NULL, 3, 2},
    {"a,b\n1,2 500\n2,3 125.5\n", "--categorical b", 0, 0},
};

static void expect(const struct text_case *c, size_t n)
{
    for (const struct text_case *end = c + n; c < end; c++) {
        const struct train_data_options o = {.missing = "infer"};
        struct train_table t;
        struct bz_error err;
        if (table_of_text(&t, c->text, &o, &err) < 0) {
            if (!c->what || !strstr(err.msg, c->what))
                fail_msg("'%s': %s", c->text, err.msg);
            continue;
        }
        if (c->what)
            fail_msg("'%s' was read, want '%s'", c->text, c->what);
        if (t.rows != c->rows || t.columns + t.reading.n_left_out != c->columns)
            fail_msg("'%s': %zu rows of %zu cells", c->text, t.rows, t.columns + t.reading.n_left_out);
        train_table_free(&t);
    }
}

static void what_is_no_table_is_named_and_what_resembles_it_is_read(void **state)
{
    (void)state;
    expect(cases, sizeof(cases) / sizeof(cases[0]));
    expect(tables, sizeof(tables) / sizeof(tables[0]));
}

/* Columns: hexadecimal names, one of which happens to be a number; ratios that are not times; phone numbers. */
static void columns_of_names_are_what_they_are(void **state)
{
    (void)state;
    char text[2000] = "x,hex,ratio,phone\n";
    for (unsigned i = 0; i < 24; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%u,%s%06x,%d:9%d,+49 30 %07u\n", i * i % 7,
                 i == 5 ? "12" : "ab", i == 5 ? 0x345678 : i * 977 * 4099 % 0xffffff, 1 + (int)i % 2, (int)i % 3, i * 77777);
    struct train_table t;
    struct bz_error err;
    if (table_of_text(&t, text, NULL, &err) < 0)
        fail_msg("%s", err.msg);
    assert_int_equal(t.columns, 2); /* x and ratio */
    assert_string_equal(t.names[1], "ratio");
    assert_int_equal(t.categories[1].n, 6);
    assert_int_equal(t.reading.n_left_out, 2);
    train_table_free(&t);
}

static void cut_short(const struct text_case *c, size_t n)
{
    for (const struct text_case *end = c + n; c < end; c++)
        for (size_t size = 1; size <= strlen(c->text); size++) {
            struct train_table t;
            struct bz_error err;
            if (table_of_bytes(&t, c->text, size, NULL, &err) == 0)
                train_table_free(&t);
        }
}

/* Cut off anywhere: nothing is read beyond the end (the buffer ends where the text does). */
static void texts_that_are_cut_short_are_read_to_their_end_only(void **state)
{
    (void)state;
    cut_short(cases, sizeof(cases) / sizeof(cases[0]));
    cut_short(tables, sizeof(tables) / sizeof(tables[0]));
}

static void separator_given_by_the_user_makes_a_table_of_anything(void **state)
{
    (void)state;
    const struct train_data_options o = {.separator = "blank"};
    struct train_table t;
    struct bz_error err;
    if (table_of_text(&t, "2 3\n4 5\n1 0\n", &o, &err) < 0 ||
        (train_table_free(&t), table_of_text(&t, "a.b= 1\na.c= 2\na.b= 3\n", &o, &err) < 0))
        fail_msg("refused: %s", err.msg);
    assert_int_equal(t.columns, 2);
    train_table_free(&t);
}

/* Truth values go by what they mean, however they are spelled; letters of several alphabets stay letters. */
static void truth_values_of_many_spellings_are_one_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool truth;
    } columns[] = {
        {"a\nTrue\nf\n1\nt\nFALSE\n", true},
        {"a\nyes\nTrue\nno\nF\n0\n", true},
        {"a\nVRAI\nFAUX\nVRAI\nFAUX\nVRAI\n", true},
        {"a\n.TRUE.\n.FALSE.\n.TRUE.\n.FALSE.\n.TRUE.\n", true},
        {"a\nFALSO\nVERDADERO\nFALSO\nFALSO\nVERDADERO\n", true},
        {"a\nT\nN\nF\nY\nY\n", false},
        {"a\nno\noff\nno\noff\nno\n", false},
        {"a\nTrue\nFalse\nmaybe\nTrue\nFalse\n", false},
    };
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
        struct train_table t;
        struct bz_error err;
        if (table_of_text(&t, columns[i].text, NULL, &err) < 0)
            fail_msg("%s: %s", columns[i].text, err.msg);
        if ((t.boolean && t.boolean[0]) != columns[i].truth || t.rows != 5)
            fail_msg("%s: %s", columns[i].text, columns[i].truth ? "no truth values" : "truth values");
        if (i == 0)
            for (size_t r = 0; r < 5; r++)
                assert_true(train_table_value(&t, r, 0) == (r == 0 || r == 2 || r == 3));
        train_table_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_table_is_named_and_what_resembles_it_is_read),
        cmocka_unit_test(columns_of_names_are_what_they_are),
        cmocka_unit_test(texts_that_are_cut_short_are_read_to_their_end_only),
        cmocka_unit_test(separator_given_by_the_user_makes_a_table_of_anything),
        cmocka_unit_test(truth_values_of_many_spellings_are_one_column),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
