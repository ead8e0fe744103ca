/* First and last lines, names that are numbers, and dates and numbers as people and spreadsheets format them. */
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

struct text_case {
    const char *text, *what; /* what: said in the refusal; NULL = rows and columns are read, `first` names the first column */
    size_t rows, columns;
    const char *first;
};

static const struct text_case cases[] = {
    /* names that are numbers */
    {"land,1990,2000,2010\nA,1.5,2,3\nB,2,1,4\nA,3,2.5,1\nB,1,4,2\nA,2,2,2.5\n", NULL, 5, 4, "land"},
    {"1990,1995,2000,2005\n1,5,2,8\n4,2,9,1\n7,3,3,3\n2,8,1,0\n5,5,6,1\n", NULL, 5, 4, "1990"},
    {"400.5,410.5,420.5,k\n.1,.2,.3,a\n.2,.1,.5,b\n.4,.2,.3,a\n.1,.7,.2,b\n.3,.2,.2,a\n", NULL, 5, 4, "400.5"},
    {"land,1990,1995,2001\nA,1.5,2,3\nB,2,1,4\nA,3,2.5,1\nB,1,4,2\nA,2,2,2.5\n", "--header first or --header none", 0, 0, 0},
    {"A,1,2,3\nA,1.5,2,3\nB,2,1,4\nA,3,2.5,1\nB,1,4,2\nA,2,2,2.5\n", NULL, 6, 4, NULL},
    {"5,6,7\n6,7,8\n7,8,9\n8,9,10\n9,10,11\n1,2,3\n", NULL, 6, 3, NULL},
    {"0.1,0.5,2\n0.2,0.6,2.5\n0.25,0.7,2.6\n0.3,0.9,3\n0.4,1,3.1\n0.5,1.4,4\n", NULL, 6, 3, NULL},
    {"user,17,4,233\nu1,0,1,1\nu2,1,0,0\nu3,1,1,0\nu4,0,0,1\nu5,1,0,1\n", "--header first or --header none", 0, 0, NULL},
    {"318,356,296\n1,5,2\n2,4,1\n4,4,5\n3,1,1\n2,2,5\n", "--header first or --header none", 0, 0, NULL},
    {"q,5,25,50,75\na,1.5,11,21,33\nb,2,12,22,31\nc,2.5,11,23,30\nd,1,10,20,31\ne,2,10,21,32\n",
     "--header first or --header none", 0, 0, NULL},
    {"10,20,30\n19,33,35\n25,41,39\n38,47,52\n44,58,61\n53,60,75\n", "--header first or --header none", 0, 0, NULL},
    {"1990,2000,2010\n1985,1991,2003\n1999,2004,2011\n1987,1996,2012\n1993,2001,2005\n1980,1990,2001\n",
     "--header first or --header none", 0, 0, NULL},
    {"2,4,6\n2.25,3.5,1.75\n7.5,8.25,4.5\n3.25,1.5,9.75\n6.5,2.75,5.25\n4.5,9.25,3.75\n", "--header first or --header none", 0,
     0, NULL},
    {"2019,2020\n5,17\n41,3\n60,22\n13,9\n27,31\n", "--header first or --header none", 0, 0, NULL},
    {"2019,2020\n1905,2017\n2041,1903\n1960,2022\n2013,1909\n1927,2031\n", NULL, 6, 2, NULL},
    {"6 2\n5 17\n41 3\n60 22\n13 9\n27 31\n8 8\n", "6 and 2 are the numbers of rows and columns", 0, 0, NULL},
    {"5 2\n5 17\n41 3\n60 22\n13 9\n27 31\n8 8\n", NULL, 7, 2, NULL},
    {"Tokyo,37,13960\nDelhi,33,1397\nOsaka,19,2220\nLima,11,2670\nBonn,1,141\nBern,0.4,52\n", NULL, 6, 3, NULL},
    /* lines above and below the rows */
    {"#,name,x\n1,a,0.5\n2,b,0.25\n3,a,0.5\n", NULL, 3, 3, "#"},
    {"%,x\n1.5,2\n2.5,1\n", NULL, 2, 2, "%"},
    {"#\tx\ty\n1.5\t2\n2.5\t1\n", NULL, 2, 2, "x"},
    {"#x,y\n#m,s\n1.5,2\n2.5,1\n", NULL, 2, 2, "m"},
    {"#1;no\n#2;yes\n#1;yes\n#2;no\n", NULL, 4, 2, NULL},
    {"#1;no\n2;yes\n#1;yes\n#2;no\n", NULL, 4, 2, NULL},
    {"Report of May\na,b,c\n1,2,3\n4,5,7\n", "a title?", 0, 0, NULL},
    {"type,2020\n1,2.5\n3,4\n5,1.5\n", "--header first", 0, 0, NULL},
    {"g,n\na,1\nb,2\na,4\nTotal,7\n", "--where 'g!=Total'", 0, 0, NULL},
    {"g;n\na;1\nb;2\na;4\nGesamt;7\nMittelwert;2,5\n", "--categorical g", 0, 0, NULL},
    {"g,n\n5,1\n7,2\n5,4\nTotal,7\n", "leaves it out", 0, 0, NULL},
    {"g,n\na,1\nTotal,2\na,4\nTotal,7\n", NULL, 4, 2, "g"},
    {"g,n\nTotal,1\nb,2\na,4\na,7\n", NULL, 4, 2, "g"},
    {"g,n,m\na,c,e\nb,d,f\nb,c,f\ng,n,m\na,d,e\nb,c,e\n", "is repeated (", 0, 0, NULL},
    {"a,b\n3,1.5\n4,2.5\n5,0.5\n1,0.5\n2,1.5\n7,2\n8,1.5\n30,10\n", "the last, is the sum of the rows above", 0, 0, NULL},
    {"g,a,b\nx,3,1.5\ny,4,2.5\nx,5,0.5\ny,1,0.5\nx,2,1.5\ny,7,2\nx,8,1.5\ny,30,10\n", "--where 'a!=30' leaves it out", 0, 0,
     NULL},
    {"a,b\n3,1.5\n4,2.5\n5,0.5\n1,0.5\n2,1.5\n7,2\n8,1.5\n30,9\n", NULL, 8, 2, "a"},
    {"a,b\n0,1\n0,0\n1,0\n0,0\n0,0\n0,0\n0,0\n1,1\n", NULL, 8, 2, "a"},
    {"red,warm\nred,warm\nblue,cold\ngrey,cold\nblue,cold\ngrey,cold\n", NULL, 6, 2, NULL},
    {"a,b\n1.5,2\n2.5,3\n\x1a", NULL, 2, 2, "a"},
    /* a comma between spaces and quotes */
    {"9,5e+03 \"no\" \"@home\"\n9,25e+03 \"yes\" \"@work\"\n9,75e+03 \"no\" \"@home\"\n8,5e+03 \"no\" \"@work\"\n", NULL, 4, 3,
     NULL},
    {"20,835\n-30,650\n-51,134\n-87,146\n-35,894\n", "one of numbers with decimal commas", 0, 0, NULL},
    {"47,1\n50,4\n39,0\n47,9\n51,3\n44,6\n48,2\n47,5\n40,7\n", "one of numbers with decimal commas", 0, 0, NULL},
    {"47,1\n50,2\n39,1\n47,3\n51,3\n44,2\n48,2\n47,1\n40,3\n", NULL, 9, 2, NULL},
    {"-5,12\n3,4\n7,130\n2,9\n1,15\n", NULL, 5, 2, NULL},
    {"\"1990\",\"1995\",\"2001\"\n1999,1993,2000\n1991,2004,1996\n", NULL, 2, 3, "1990"}, /* quoted above numbers */
    {"\"\",\"1\",\"2\"\n\"a\",5,1\n\"b\",0,2\n\"a\",1,1\n", NULL, 3, 3, NULL},
    {"\"1\",\"2\"\n\"5\",\"1\"\n\"0\",\"2\"\n", NULL, 3, 2, NULL},
    {"# a, b, c\n1.5\t2\t3\n2.5\t1\t4\n", NULL, 2, 3, "a"}, /* numpy's header="a, b, c", delimiter="\t" */
    {"# a b c\n1.5\t2\t3\n2.5\t1\t4\n", NULL, 2, 3, NULL},
    {"# a (s); b [cm]; c_2\n1.5,2,3\n2.5,1,4\n", NULL, 2, 3, "a (s)"},
    {"# run 12, sensor A\n1.5 2\n2.5 1\n", NULL, 2, 2, NULL}, /* a sentence */
    {"# Measured, 2024-01-03, 12:00\n1.5\t2\t3\n2.5\t1\t4\n", NULL, 2, 3, NULL},
    {"# a,,c\n1.5\t2\t3\n2.5\t1\t4\n", NULL, 2, 3, NULL},
    /* numbers */
    {"a,b\n\"2,889.53 EUR\",1\n868.80 EUR,2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n2.889,53 EUR;1\n868,80 EUR;2\n", "is a number with other characters", 0, 0, NULL},
    {"a,b\n1//3,1\n2//5,2\n", "is a number with other characters", 0, 0, NULL},
    {"a,b\n\"(5,[0,3],[1.0,0.5])\",1\n\"(5,[1,2],[2.0,0.5])\",2\n", "several numbers in one cell", 0, 0, NULL},
    {"a,b\n7 / 10,1\n8 / 10,2\n7 / 10,1\n8 / 10,3\n", "numbers with ' / 10' behind each", 0, 0, NULL},
    {"a,b\nCHF 5.30,1\nCHF 2.10,2\n", "is a number with other characters", 0, 0, NULL},
    {"a,b\n5.1\xc2\xb1"
     "0.9,1\n2.5\xc2\xb1"
     "0.5,2\n",
     "is a number with other characters", 0, 0, NULL},
    {"a,b\n0x1.8p+3,1\n-0x1.4p-1,2\n", "is a number with other characters", 0, 0, NULL},
    {"a,b\n3.2x10^2,1\n2.5x10^-1,2\n", "is a number with other characters", 0, 0, NULL},
    {"a,b\n\"[0.5, 1.5]\",1\n\"[1.5, 2.5]\",2\n", "several numbers in one cell", 0, 0, NULL},
    {"a,b\n\"(0.5 1.5)\",1\n\"(1.5 2.5)\",2\n", "several numbers in one cell", 0, 0, NULL},
    {"1.5, 3, 0.5;\n2.5, 1, 0.25;\n3.5, 2, 0.125;\n", "numbers with ';' behind each", 0, 0, NULL},
    {"a;b\n1.5f0;1\n1.5f0;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n0.1234+101;1\n0.1234+101;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n1.234(5);1\n1.234(5);2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n0b101;1\n0b101;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n2½;1\n2½;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n1.5×10³;1\n1.5×10³;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n2 x 10⁻⁴;1\n2 x 10⁻⁴;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n1·5;1\n1·5;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n5\\;1\n5\\;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n“1.5”;1\n“1.5”;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n«1,5»;1\n«1,5»;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n`7`;1\n`7`;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n\"\"\"1.5\"\"\";1\n\"\"\"1.5\"\"\";2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n\xe2\x80\x8e"
     "1.5;1\n\xe2\x80\x8e"
     "1.5;2\n",
     "is a number with other characters", 0, 0, NULL},
    {"a;b\n1 + 2im;1\n1 + 2im;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n१.५;1\n१.५;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n๑๒;1\n๑๒;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n1.5*^-10;1\n1.5*^-10;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n1.5`;1\n1.5`;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n–3.5;1\n–3.5;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n‐3.5;1\n‐3.5;2\n", "is a number with other characters", 0, 0, NULL},
    {"a;b\n12,5\xc2\xa0%;1\n3,25\xc2\xa0%;2\n", "is a percentage", 0, 0, NULL},
    {"a,b\n1.5d3,1\n2.5d-3,2\n1.d0,3\n", NULL, 3, 2, "a"},
    {"a;b\n1.234;5\n2.500;4\n900;3\n12.000;1\n", "thousands or decimals?", 0, 0, NULL},
    {"a;b\n1.234;5\n2.5;4\n900;3\n12.000;1\n", NULL, 4, 2, "a"},
    {"a;b\n0.125;5\n2.500;4\n0.250;3\n12.000;1\n", NULL, 4, 2, "a"},
    {"a;b\n1234;5\n2.500;4\n3.250;3\n12.000;1\n", NULL, 4, 2, "a"},
    {"a,b\n1.234,5\n2.500,4\n900,3\n12.000,1\n", NULL, 4, 2, "a"},
    {"012012\n201201\n110022\n", "every line is 6 digits", 0, 0, NULL},
    {"590318447213\n112908847561\n998374615241\n", "every line is 12 digits", 0, 0, NULL},
    {"x\n012012\n201201\n110022\n", NULL, 3, 1, "x"},
    {"1,2,kind\n7,0,a\n1,10,b\n8,9,c\n2,8,a\n9,7,b\n3,6,c\n10,5,a\n", "--header first or --header none", 0, 0, NULL},
    {"3,4,rare\n7,0,a\n1,10,b\n8,9,c\n2,8,d\n9,7,e\n3,6,f\n10,5,g\n", NULL, 8, 3, NULL},
    {"x,d\n1,20240527\n2,20230103\n4,20211215\n", NULL, 3, 1, "x"},
    {"x,d\n1,20240527\n2,20230103\n4,20211315\n", NULL, 3, 2, "x"},
    {"a,b\n[x],1\n[y],2\n[x],3\n", NULL, 3, 2, "a"},
    {"a,b\nA+,1\nB-,2\nA+,3\n", NULL, 3, 2, "a"},
    /* columns of one kind or another */
    {"ratio\n3:4\n1:2\n3:4\n", NULL, 3, 1, "ratio"},
    {"3:4\n1:2\n3:4\n", "--sep none for a column of ratios", 0, 0, NULL},
    {"C\tx=1\t0.5\nD\ty=2\t1.5\nC\tx=1\t2.5\n", NULL, 3, 3, NULL},
    {"x=1;a\ny=2;b\nx=1;b\ny=2;a\nx=1;a\n", NULL, 5, 2, NULL},
    {"CIFIH\nDHEDF\nCIFIC\nDHEDA\nGGEDA\nCIHIH\nDCEDF\nDIFIC\nAHEDA\nCGEDA\n", "sequences without names", 0, 0, NULL},
    {"s1  MKV-LA\ns2  MKVGLA\ns3  M-VGLA\n", "SELEX", 0, 0, NULL},
};

static const char *const dates[] = {"13-Feb-2026",
                                    "3 March 2026",
                                    "\"March 22, 2026\"",
                                    "\"Sat, 15 Nov 2026 10:53:00 GMT\"",
                                    "Sat Nov 28 10:21:00 2026",
                                    "20261109T101900Z",
                                    "2026-W18",
                                    "2026-W18-3",
                                    "Q3 2026",
                                    "2026-Q3",
                                    "Feb-21",
                                    "1st May 2026",
                                    "13 ao\xc3\xbbt 2026",
                                    "5. M\xc3\xa4rz 2026",
                                    "28/Nov/2026:10:15:00 +0100",
                                    "3 de mayo de 2026",
                                    "27MAY2024",
                                    "03jan23:14:03:22",
                                    "2024年5月27日"};
static const char *const no_dates[] = {"set 1", "Mark 5", "May", "out 12", "Q3", "dec", "B-12", "March 2026 report", "1-2"};

static void first_and_last_lines_and_other_dress_are_told(void **state)
{
    (void)state;
    const struct train_data_options keep = {.include = ONE("1")};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct text_case *c = &cases[i];
        struct train_table t;
        struct bz_error err;
        const int rc = table_of_text(&t, c->text, c->what ? NULL : &keep, &err);
        if (c->what) {
            if (rc == 0)
                fail_msg("read: %s", c->text);
            if (!strstr(err.msg, c->what))
                fail_msg("%s\nnot in: %s", c->what, err.msg);
            continue;
        }
        if (rc < 0)
            fail_msg("%s: %s", c->text, err.msg);
        const char *first = t.names ? t.names[0] : NULL;
        if (t.rows != c->rows || t.columns != c->columns || !first != !c->first || (first && strcmp(first, c->first) != 0))
            fail_msg("%s: %zu x %zu, first %s", c->text, t.rows, t.columns, first ? first : "nameless");
        train_table_free(&t);
    }
}

static bool says(const struct train_table *t, const char *words)
{
    for (size_t i = 0; i < t->reading.n_said; i++)
        if (strstr(t->reading.said[i], words))
            return true;
    return false;
}

static void columns_of_which_little_can_be_learned_are_said(void **state)
{
    (void)state;
    char text[1024] = "x,word\n";
    for (int i = 0; i < 30; i++)
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d.5,PT%dM\n", i * 7 % 11, i < 20 ? i : i - 20);
    struct train_table t;
    struct bz_error err;
    const struct train_data_options keep = {.include = ONE("word")}, gaps = {.missing = "infer", .include = ONE("flag")};
    assert_int_equal(table_of_text(&t, text, NULL, &err), 0);
    assert_true(says(&t, "column 2 (word) holds 20 different words in 30 rows"));
    train_table_free(&t);
    assert_int_equal(table_of_text(&t, text, &keep, &err), 0);
    assert_false(says(&t, "different words"));
    train_table_free(&t);
    assert_int_equal(table_of_text(&t, "x,flag\n1,set\n2,\n4,set\n", &gaps, &err), 0);
    assert_true(says(&t, "holds one value (set) and gaps only"));
    train_table_free(&t);
}

/* Lines that resemble values, and values that resemble gaps. */
static void what_is_taken_as_it_stands_is_said(void **state)
{
    static const struct {
        const char *head, *row[2]; /* rows take turns */
        const char *says, *not ;
    } lines[] = {
        {"q,r\nHow is it?,Which one?\n", {"good,a\n", "bad,b\n"}, "the words of row 1 ('How is it?' in column 1 (q))", NULL},
        {"q,r\n", {"good,a\n", "bad,b\n"}, NULL, "row 1"},
        {"q,r\nbad,c\n", {"good,a\n", "bad,b\n"}, NULL, "row 1"},
        {"q,r\n", {"good,a\n", "-,b\n"}, "column 1 (q): 12 cells such as '-' are taken as categories", NULL},
        {"q,r\nnone,a\n", {"good,a\n", "bad,b\n"}, "column 1 (q): 1 cell, 'none', is taken as a category", NULL},
        {"site_id,r\n", {"17,a\n", "18,b\n"}, "column 1 (site_id) is called an identifier", NULL},
        {"# x r\n", {"17,a\n", "18,b\n"}, "the words above the rows ('x r')", NULL},
        {"# run 12, sensor A\n", {"17 2\n", "18 5\n"}, "the words above the rows ('run 12, sensor A')", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        char text[1024];
        struct train_table t;
        struct bz_error err;
        size_t n = (size_t)snprintf(text, sizeof(text), "%s", lines[i].head);
        for (int r = 0; r < 24; r++)
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", lines[i].row[r % 2]);
        if (table_of_text(&t, text, NULL, &err) < 0)
            fail_msg("%s: %s", text, err.msg);
        if (lines[i].says && !says(&t, lines[i].says))
            fail_msg("%s: not said: %s", text, lines[i].says);
        if (lines[i].not &&says(&t, lines[i].not ))
            fail_msg("%s: said: %s", text, lines[i].not );
        train_table_free(&t);
    }
}

static void categories_that_look_alike_are_named(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"Paris", "PARIS"},
                                           {"New York", "New\xc2\xa0York"},
                                           {"ab", "a\xe2\x80\x8b"
                                                  "b"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        char text[256];
        struct train_table t;
        struct bz_error err;
        snprintf(text, sizeof(text), "x,town\n1,%s\n2,%s\n4,%s\n3,%s\n", pairs[i][0], pairs[i][1], pairs[i][0], pairs[i][1]);
        assert_int_equal(table_of_text(&t, text, NULL, &err), 0);
        assert_true(says(&t, "differ only in case or blanks, and are two categories"));
        train_table_free(&t);
    }
}

static void long_categories_are_compared_to_their_ends(void **state)
{
    char text[1000];
    struct train_table t;
    struct bz_error err;
    (void)state;
    snprintf(text, sizeof(text), "x,town\n1,%0220d a\n2,%0220d b\n4,%0220d a\n3,%0220d b\n", 7, 7, 7, 7);
    assert_int_equal(table_of_text(&t, text, NULL, &err), 0);
    assert_false(says(&t, "differ only"));
    train_table_free(&t);
}

static bool is_left_out_as_date(const char *cell)
{
    char text[256];
    struct train_table t;
    struct bz_error err;
    snprintf(text, sizeof(text), "d,x\n%s,1.5\n%s,2.5\nnone,3\n", cell, cell);
    if (table_of_text(&t, text, NULL, &err) < 0)
        fail_msg("%s: %s", text, err.msg);
    const bool out = t.reading.n_left_out == 1 && strstr(t.reading.left_out[0].why, "dates");
    train_table_free(&t);
    return out;
}

static void dates_of_many_forms_are_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(dates) / sizeof(dates[0]); i++)
        if (!is_left_out_as_date(dates[i]))
            fail_msg("%s", dates[i]);
    for (size_t i = 0; i < sizeof(no_dates) / sizeof(no_dates[0]); i++)
        if (is_left_out_as_date(no_dates[i]))
            fail_msg("%s", no_dates[i]);
}

/* Gaps by other words; numbers that usually stand for one are reported. */
static void what_stands_for_a_gap_among_numbers(void **state)
{
    (void)state;
    static const char *const gaps[] = {
        "#BEZUG!", "#NOMBRE?", "#NV",   "\xe2\x80\x93", "\xe2\x80\x94", "---",       "NA_real_",         "1.#IND",
        "n.d.",    "k. A.",    "\" \"", "\xc2\xa0",     ".A",           "Missing[]", "Float(undefined)", "./."};
    static const char *const anywhere[] = {"#DIV/0!", "#NULL!", "#NV", "<missing>", "<undefined>", "(NULL)", "NA"};
    static const char *const marks[] = {"-999", "9999", "99", "-32768", "-99.9", "-9"};
    const struct train_data_options infer = {.missing = "infer"};
    char text[256];
    struct train_table t;
    struct bz_error err;
    for (size_t i = 0; i < sizeof(gaps) / sizeof(gaps[0]); i++) {
        snprintf(text, sizeof(text), "a,b\n1.5,1\n%s,2\n2.5,4\n", gaps[i]);
        if (table_of_text(&t, text, &infer, &err) < 0)
            fail_msg("%s: %s", gaps[i], err.msg);
        assert_true(train_table_value(&t, 1, 0) != train_table_value(&t, 1, 0));
        train_table_free(&t);
        if (table_of_text(&t, text, NULL, &err) == 0)
            fail_msg("%s: read without --missing infer", gaps[i]);
    }
    for (size_t i = 0; i < sizeof(anywhere) / sizeof(anywhere[0]); i++) { /* among words, too */
        snprintf(text, sizeof(text), "a,b\nu,1\n%s,2\nv,4\nu,3\n", anywhere[i]);
        assert_int_equal(table_of_text(&t, text, &infer, &err), 0);
        assert_int_equal(t.categories[0].n, 2);
        train_table_free(&t);
    }
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        snprintf(text, sizeof(text), "a,b\n1.5,1\n%s,2\n2.5,4\n%s,0\n3.5,3\n", marks[i], marks[i]);
        assert_int_equal(table_of_text(&t, text, NULL, &err), 0);
        bool said = false;
        for (size_t k = 0; k < t.reading.n_said; k++)
            said = said || strstr(t.reading.said[k], "in 2 rows, far from all others (1.5 to 3.5)");
        if (!said)
            fail_msg("%s: not said", marks[i]);
        train_table_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_and_last_lines_and_other_dress_are_told),
        cmocka_unit_test(columns_of_which_little_can_be_learned_are_said),
        cmocka_unit_test(categories_that_look_alike_are_named),
        cmocka_unit_test(what_is_taken_as_it_stands_is_said),
        cmocka_unit_test(long_categories_are_compared_to_their_ends),
        cmocka_unit_test(dates_of_many_forms_are_left_out),
        cmocka_unit_test(what_stands_for_a_gap_among_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
