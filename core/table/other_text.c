/* Recognised by how a text begins or ends. */
#include "other_text.h"
#include "stop.h"

#include <ctype.h>
#include <string.h>

#define AS_CSV   "write CSV there"
#define R_CSV    "in R: write.csv(x, \"data.csv\", row.names = FALSE)"
#define NUMPY    "numpy.save(\"data.npy\", x)"
#define PANDAS   "df.to_csv(\"data.csv\", index=False)"
#define A_GRAPH  "boltz train bm takes graphs as --graph FILE"
#define GRACE    "grep -v '^[@&]' FILE > data.txt"
#define OCTAVE   "in Octave: save -text data.txt A; in MATLAB: writematrix(A, \"data.csv\")"
#define DATABASE "psql --csv, sqlite3 -csv -header, mariadb -B"

/* A text that a line begins with; one that ends in a line feed is the whole line. */
struct known_text {
    const char *text, *what, *advice;
};

/* ... and another that one of the lines must hold. */
struct known_texts {
    struct known_text first;
    const char *with;
};

static const struct known_text firsts[] = {
    {"@relation ", "ARFF", "rows in a request are CSV or JSON"},
    {"@RELATION ", "ARFF", "rows in a request are CSV or JSON"},
    {"%%MatrixMarket ", "a matrix in Matrix Market form", "rows in a request are CSV, JSON or npy"},
    {"##fileformat=VCF", "genotypes (VCF)", "plink2 --vcf FILE --export A writes a table of allele counts"},
    {"##gff-version", "a list of features (GFF)", "write the columns you want as CSV"},
    {"@HD\t", "an alignment of reads (SAM)", AS_CSV},
    {"@SQ\t", "an alignment of reads (SAM)", AS_CSV},
    {"track name=", "a genome browser's track", "remove the line that begins with 'track'"},
    {"track type=", "a genome browser's track", "remove the line that begins with 'track'"},
    {"browser position", "a genome browser's track", AS_CSV},
    {"fixedStep chrom=", "a wiggle track", AS_CSV},
    {"variableStep chrom=", "a wiggle track", AS_CSV},
    {"!Series_", "a GEO series", "keep the lines between !series_matrix_table_begin and _end"},
    {"!Sample_", "a GEO series", "keep the lines between !series_matrix_table_begin and _end"},
    {"^DATABASE", "a GEO file (SOFT)", AS_CSV},
    {"HEADER    ", "a structure (PDB)", AS_CSV},
    {"@<TRIPOS>", "a structure (MOL2)", AS_CSV},
    {"##maf version", "alignments of genomes (MAF)", "write aligned FASTA"},
    {"HMMER3/", "a profile (HMMER)", "hmmemit or hmmalign write sequences"},
    {"LOCUS       ", "a GenBank record", "seqret writes FASTA"},
    {"# Curve 0 of ", "what gnuplot's 'set table' writes", "remove the last column (i, o, u); one curve per file"},
    {"# Surface 0 of ", "what gnuplot's 'set table' writes", "remove the last column (i, o, u); one surface per file"},
    {"# A tibble:", "a table as R displays it", R_CSV},
    {"[1] ", "a vector as R displays it", R_CSV},
    {"[1,]", "a matrix as R displays it", R_CSV},
    {"[,1]", "a matrix as R displays it", R_CSV},
    {"shape: (", "a table as polars displays it", "df.write_csv(\"data.csv\")"},
    {"array([", "an array as Python displays it", NUMPY},
    {"tensor([", "a tensor as Python displays it", "numpy.save(\"data.npy\", x.numpy())"},
    {"[[", "an array as numpy displays it", NUMPY},
    {"{'", "Python dictionaries", "pandas.DataFrame(rows).to_csv(\"data.csv\", index=False)"},
    {"Columns 1 ", "a matrix as MATLAB or Octave displays it", OCTAVE},
    {"INSERT INTO", "SQL", DATABASE},
    {"CREATE TABLE", "SQL", DATABASE},
    {"BEGIN TRANSACTION", "SQL", DATABASE},
    {"PRAGMA foreign_keys", "SQL", DATABASE},
    {"-- MySQL dump", "SQL", DATABASE},
    {"/*M!", "SQL", DATABASE},
    {"-- MariaDB dump", "SQL", DATABASE},
    {"-- PostgreSQL database", "SQL", DATABASE},
    {"-[ RECORD ", "psql's expanded display", DATABASE},
    {"***************************", "records as mysql \\G displays them", DATABASE},
    {"version https://git-lfs", "a pointer to a large file (Git LFS)", "git lfs pull fetches it"},
    {"/annex/objects/", "a pointer to a large file (git-annex)", "git annex get fetches it"},
    {"\\begin{", "LaTeX", AS_CSV},
    {"ASCII SPSS PORT FILE", "an SPSS portable file (.por)", "in PSPP or SPSS: SAVE TRANSLATE /TYPE=CSV /FIELDNAMES"},
    {"$VAR1 = ", "a Perl structure as Data::Dumper displays it", AS_CSV},
    {"array (\n", "an array as PHP exports it", "fputcsv writes CSV there"},
    {"{|", "a wiki table", AS_CSV},
    {"|===", "a table in AsciiDoc", AS_CSV},
    {"[options", "a table in AsciiDoc", AS_CSV},
    {"[cols", "a table in AsciiDoc", AS_CSV},
    {"{\\rtf", "a document (RTF)", AS_CSV},
    {"__label__", "fastText's sentences", "their words have to become numbers first"},
    {"graph {", "a graph (DOT)", A_GRAPH},
    {"*Vertices", "a graph (Pajek)", A_GRAPH},
    {"p edge ", "a graph (DIMACS)", A_GRAPH},
    {"p col ", "a graph (DIMACS)", A_GRAPH},
    {"# sent_id =", "sentences (CoNLL-U)", AS_CSV},
    {"-DOCSTART-", "sentences (CoNLL)", AS_CSV},
    {"---\n", "YAML", AS_CSV},
    {"%YAML", "YAML", AS_CSV},
    {"@TYPE ", "curves (Grace)", GRACE},
    {"@    ", "curves (Grace, GROMACS)", GRACE},
    {"FID IID PAT MAT SEX PHENOTYPE ", "plink's table of allele counts (.raw)",
     "--sep ' ' --index-column IID --exclude FID,PAT,MAT,SEX,PHENOTYPE reads it"},
    {"CHR\tSNP\t(C)M\tPOS\tCOUNTED\tALT", "plink's table of allele counts, a row a variant (.traw)",
     "plink --recode A writes a row an individual"},
    {"rs#\talleles\tchrom\t", "genotypes (HapMap)", "write a row an individual, with allele counts"},
    {"# stan_version_major", "draws of Stan (CmdStan)", "grep -v '^#' FILE > data.csv"},
    {"SET DECIMAL", "commands of SPSS", "the data are in another file"},
    {"DATA LIST", "commands of SPSS", "the data are in another file"},
    {"##TITLE=", "a spectrum (JCAMP-DX)", AS_CSV},
    {"# vtk DataFile", "a field (VTK)", AS_CSV},
    {"# .PCD v", "a cloud of points (PCD)", AS_CSV},
    {"ITEM: TIMESTEP", "steps of a simulation (LAMMPS)", AS_CSV},
    {"BEGIN IONS", "spectra (MGF)", AS_CSV},
    {"BEGIN:V", "a calendar or cards (iCalendar, vCard)", AS_CSV},
    {"SNNS pattern definition file", "patterns (SNNS)", "write a row a line: the inputs, then the outputs"},
    {"p cnf ", "clauses (DIMACS)", A_GRAPH},
    {"p wcnf ", "clauses (DIMACS)", A_GRAPH},
    {">>graph6<<", "graphs (graph6)", A_GRAPH},
    {">>sparse6<<", "graphs (sparse6)", A_GRAPH},
    {"matrix([", "a matrix as Maxima displays it", "in Maxima: write_data(A, \"data.csv\")"},
};

/* Names and comments of tables may begin so, too. */
static const struct known_texts firsts_with[] = {
    {{"Row 1:\n", "records as ClickHouse displays them", "FORMAT CSVWithNames writes CSV there"}, "\xe2\x94\x80"},
    {{"#1.2\n", "a GCT table of gene expression", "remove the first two lines"}, "escription\t"},
    {{"#1.3\n", "a GCT table of gene expression", AS_CSV}, "\t"},
    {{"########################################\n", "a report of EMBOSS", "-aformat fasta writes aligned FASTA"}, "# Program:"},
    {{"# HELP ", "metrics in Prometheus' text form", AS_CSV}, "# TYPE "},
    {{"--\n", "SQL", DATABASE}, "database dump"},
    {{"[\n", "objects as JavaScript displays them", AS_CSV}, "{ "},
    {{"Array\n", "an array as PHP displays it (print_r)", "fputcsv writes CSV there"}, "] => "},
    {{"a:", "what PHP's serialize writes", "fputcsv writes CSV there"}, ":{i:0;"},
    {{"TABLE\n", "a spreadsheet in DIF form", "save the sheet as CSV"}, "VECTORS"},
    {{"ID;P", "a spreadsheet in SYLK form (.slk)", "save the sheet as CSV"}, "P;P"},
    {{"svm_type ", "a libsvm model", "the data are in another file"}, "kernel_type "},
    {{"solver_type ", "a liblinear model", "the data are in another file"}, "nr_class "},
    {{"graph [", "a graph (GML)", A_GRAPH}, "node"},
    {{"digraph", "a graph (DOT)", A_GRAPH}, "{"},
    {{"strict graph", "a graph (DOT)", A_GRAPH}, "{"},
    {{"data_", "a structure or a table (CIF)", AS_CSV}, "loop_"},
    {{"c ", "clauses (DIMACS)", A_GRAPH}, "p cnf "},
    {{"MARKOV\n", "a graphical model (UAI)", A_GRAPH}, " "},
    {{"BAYES\n", "a graphical model (UAI)", A_GRAPH}, " "},
    {{"Matrix(", "a matrix as Maple displays it", "in Maple: ExportMatrix(\"data.csv\", A, delimiter=\",\")"}, "[["},
    {{"ply\n", "a cloud of points (PLY)", AS_CSV}, "element "},
    {{"NAME:", "cities (TSPLIB)", AS_CSV}, "DIMENSION"},
    {{"NAME :", "cities (TSPLIB)", AS_CSV}, "DIMENSION"},
    {{"TITLE =", "a field (Tecplot)", AS_CSV}, "VARIABLES"},
    {{"TITLE=", "a field (Tecplot)", AS_CSV}, "VARIABLES"},
    {{"ncols ", "a grid of a map (ESRI ASCII)", "take the lines of words away; --transpose turns it round"}, "xll"},
};

/* The last line. */
static const struct known_texts lasts[] = {
    {{"[", "a table as pandas displays it", PANDAS}, " columns]"},
    {{"dtype: ", "a column as pandas displays it", PANDAS}, "dtype: "},
    {{"Name: ", "a column as pandas displays it", PANDAS}, "dtype: "},
    {{"Length: ", "a column as pandas displays it", PANDAS}, "dtype: "},
    {{"Freq: ", "a column as pandas displays it", PANDAS}, "dtype: "},
    {{"[ reached ", "a table as R displays it", R_CSV}, "max.print"},
    {{"#", "a table as R displays it", R_CSV}, " more rows"},
};

static bool begins(const struct bz_text_line *l, const char *text)
{
    return l->length >= strlen(text) && memcmp(l->text, text, strlen(text)) == 0;
}

static void set_line(struct bz_text_line *out, const char *p, const char *stop)
{
    const char *start = p;
    while (p < stop && (*p == ' ' || *p == '\t'))
        p++;
    while (stop > p && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r' || stop[-1] == '\n'))
        stop--;
    *out = (struct bz_text_line){p, (size_t)(stop - p), (size_t)(p - start)};
}

void bz_text_take_sample(struct bz_text_sample *s, const char *p, const char *end, char line_end)
{
    const char *const start = p, *last = end;
    s->lines = 1;
    for (s->n = 0; p < end && s->n < BZ_SAMPLE_LINES && (s->n < BZ_FEW_LINES || p - start < BZ_SAMPLE_BYTES); s->n++) {
        const char *stop = memchr(p, line_end, (size_t)(end - p));
        stop = stop ? stop : end;
        set_line(&s->line[s->n], p, stop);
        p = stop < end ? stop + 1 : end;
    }
    const char *asked = start;
    while (last > start && strchr(" \t\r\n", last[-1]) && !bz_stopping_at(&asked, start + (end - last)))
        last--;
    for (p = last; p > start && p[-1] != line_end;)
        p--;
    set_line(&s->last, p, last);
    asked = start;
    for (p = start; (p = memchr(p, line_end, (size_t)(last - p))) && !bz_stopping_at(&asked, p); p++)
        s->lines++;
}

/* --- tables drawn for reading --- */

/* A line of only dashes, plus signs, bars and colons, with at least three dashes; dashes alone between tabs or single blanks,
 * or in pairs between tabs, are gaps. */
static bool is_rule(const struct bz_text_line *l)
{
    size_t dashes = 0, run = 0, longest = 0;
    bool tabs = false, marks = false;
    for (size_t i = 0; i < l->length; i++) {
        const char c = l->text[i];
        run = c == '-' || c == '=' ? run + 1 : 0;
        dashes += run > 0;
        longest = run > longest ? run : longest;
        tabs = tabs || c == '\t';
        marks = marks || strchr("+|=:", c) || (c == ' ' && l->text[i - 1] == ' ');
        if (!strchr("-+|=: \t", c))
            return false;
    }
    return dashes >= 3 && (tabs ? longest > 2 : marks || longest > 1);
}

/* A box, or a line of dashes under the names or above them: in which line, 0 = none. */
static size_t drawn_line(const struct bz_text_sample *s)
{
    static const char *const corners[] = {"+-", "\xe2\x94\x8c", "\xe2\x95\xad", "\xe2\x95\x94"};
    size_t first = 0;
    while (first < s->n && s->line[first].length == 0)
        first++;
    if (first == s->n)
        return 0;
    for (size_t i = 0; i < sizeof(corners) / sizeof(corners[0]); i++)
        if (begins(&s->line[first], corners[i]))
            return first + 1;
    if (is_rule(&s->line[first]) && memchr(s->line[first].text, '=', s->line[first].length))
        return first + 1;
    return first + 1 < s->n && is_rule(&s->line[first + 1]) ? first + 2 : 0;
}

/* --- all together --- */

/* Begins with <name, <!doctype or <?xml, and a tag ends somewhere; <NA> alone is a gap. */
static bool is_markup(const struct bz_text_sample *s, size_t first)
{
    const struct bz_text_line *l = &s->line[first];
    if (l->length < 3 || l->text[0] != '<')
        return false;
    if (l->text[1] == '!' || l->text[1] == '?')
        return true;
    for (size_t i = first; i < s->n; i++)
        if (memmem(s->line[i].text, s->line[i].length, "</", 2) || memmem(s->line[i].text, s->line[i].length, "/>", 2))
            return isalpha((unsigned char)l->text[1]);
    return false;
}

/* A text of the table that a line begins with; one that ends in a line feed is the whole line. */
static bool begins_as(const struct bz_text_line *l, const char *text)
{
    const size_t n = strlen(text);
    return text[n - 1] == '\n' ? l->length == n - 1 && memcmp(l->text, text, n - 1) == 0 : begins(l, text);
}

static bool holds(const struct bz_text_line *l, size_t n, const char *text)
{
    for (size_t i = 0; i < n; i++)
        if (memmem(l[i].text, l[i].length, text, strlen(text)))
            return true;
    return false;
}

/* `5 rows in set (0.00 sec)` */
static bool is_mysql_count(struct bz_text_line l)
{
    while (l.length > 0 && isdigit((unsigned char)*l.text))
        l.text++, l.length--;
    return begins(&l, " rows in set");
}

static const struct known_text *known(const struct bz_text_sample *s, size_t first)
{
    static const struct known_text mysql = {"", "a table as mysql displays it", "mariadb -B, or mysql -B"};
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++)
        if (begins_as(&s->line[first], firsts[i].text))
            return &firsts[i];
    for (size_t i = 0; i < sizeof(firsts_with) / sizeof(firsts_with[0]); i++)
        if (begins_as(&s->line[first], firsts_with[i].first.text) && holds(s->line, s->n, firsts_with[i].with))
            return &firsts_with[i].first;
    for (size_t i = 0; i < sizeof(lasts) / sizeof(lasts[0]); i++)
        if (begins(&s->last, lasts[i].first.text) && holds(&s->last, 1, lasts[i].with))
            return &lasts[i].first;
    return is_mysql_count(s->last) ? &mysql : NULL;
}

static const char *shape(const struct bz_text_sample *s, const struct bz_text_kind *kinds, const char **advice)
{
    for (; kinds->is && !bz_stopping(); kinds++)
        if (kinds->is(s)) {
            *advice = kinds->advice;
            return kinds->what;
        }
    return NULL;
}

int bz_refuse_other_text(const struct bz_layout *l, const char *text, struct bz_error *err)
{
    struct bz_text_sample s;
    size_t first = 0;
    const char *advice = AS_CSV;
    bz_text_take_sample(&s, text, l->end, l->dialect.line_end);
    while (first < s.n && s.line[first].length == 0)
        first++;
    if (first == s.n)
        return 0;
    const char *what = shape(&s, bz_text_row_kinds, &advice);
    what = what ? what : shape(&s, bz_text_display_kinds, &advice);
    const struct known_text *text_known = what ? NULL : known(&s, first);
    const size_t behind = bz_first_line(&s); /* comments */
    if (!what && !text_known && behind < s.n && behind > first)
        text_known = known(&s, behind);
    what = what || text_known ? what : shape(&s, bz_text_line_kinds, &advice);
    if (text_known)
        what = text_known->what, advice = text_known->advice;
    if (!what && is_markup(&s, first))
        what = "a web page or XML", advice = "check that the download gave the right file";
    if (what)
        return bz_fail(err, BZ_BAD_INPUT, "%s: holds %s, not a table of cells; %s (with --sep it is read as one)", l->path,
                       what, advice);
    const size_t drawn = drawn_line(&s);
    if (drawn)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: line %zu: a table drawn for reading (a box, or a line of dashes under the names); expected a plain "
                       "table: sqlite3 -csv -header, psql --csv, mariadb -B, mlr --ocsv, or CSV from where it came",
                       l->path, drawn);
    return 0;
}
