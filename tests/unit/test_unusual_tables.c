/* Names of rows without a name, codes in quotes, numbers in words, rows that are lists: left out, refused or said by what they
 * are. */
#include "npy.h"
#include "tables.h"
#include "test.h"

#include <stdio.h>
#include <string.h>

struct text_case {
    const char *head, *row[8];        /* rows take turns until there are 24; {}: the number of the row */
    const char *refused, *out, *said; /* the message; why the first column that is left out is; what else is said */
};

static const struct text_case cases[] = {
    /* names of rows: shuffled, filtered, in quotes */
    {",x,k\n", {"{}7,1.5,a\n", "{}2,2,b\n"}, NULL, "names of rows: the first column, the only one without a name", NULL},
    {"\"\",\"x\"\n", {"\"{}9\",1.5\n", "\"{}1\",2\n"}, NULL, "names of rows: the first column", NULL},
    {"\"\",\"x\"\n", {"\"{}.25\",1.5\n", "\"{}.5\",2\n"}, NULL, "names of rows, in quotes", NULL},
    {",x\n", {"{}.25,1.5\n", "{}.5,2\n"}, NULL, NULL, NULL},
    {",x\n", {"5,1.5\n", "7,2\n"}, NULL, NULL, "column 1 alone has no name, and its numbers are taken as values"},
    {",\n", {"{}7,1.5\n", "{}2,2\n"}, NULL, NULL, "row 1 holds no value at all"},
    {",x\n", {"-{}7,1.5\n", "{}2,2\n"}, NULL, NULL, "column 1 alone has no name"},
    /* codes in quotes */
    {"x,g\n", {"1.5,\"1\"\n", "2.5,\"2\"\n"}, NULL, NULL, "column 2 (g): numbers in quotes, where others have none"},
    {"x,g\n", {"\"1.5\",\"1\"\n", "\"2.5\",\"2\"\n"}, NULL, NULL, NULL},
    {"x,g\n", {"1,\"1,5\"\n", "2,\"2,5\"\n"}, NULL, NULL, NULL},
    /* numbers in words */
    {"w,x\n", {"{}0kg,1\n", "{}1kg,2\n"}, "numbers with 'kg' behind each", NULL, NULL},
    {"w,x\n", {"{}0A,1\n", "{}1A,2\n"}, NULL, "identifiers", NULL},
    {"w,x\n", {"{}.5M,1\n", "{}1k,2\n"}, "numbers with letters or signs behind them", NULL, NULL},
    {"w,x\n", {"{}.5**,1\n", "{}.25*,2\n"}, "numbers with letters or signs behind them", NULL, NULL},
    {"w,x\n", {"1.5M,1\n", "2k,2\n"}, NULL, NULL, NULL},
    {"w,x\n", {"1.2.{},1\n", "1.3.{},2\n"}, NULL, "identifiers", NULL},
    {"w,x\n", {"{}.1rc1,1\n", "{}.2b2,2\n"}, NULL, "identifiers", NULL},
    {"w,x\n", {"{}.14a,1\n", "{}.07b,2\n"}, NULL, "identifiers", NULL},
    {"w,x\n", {"0,1\n", "1,2\n", "3+,4\n", "3+,1\n", "2,4\n", "3+,5\n", "3+,3\n"}, NULL, NULL, NULL},
    {"w,x\n", {"1,1\n", "5+,2\n", "5+,4\n", "5+,1\n", "2,4\n"}, NULL, NULL, NULL},
    {"w,x\n", {"<1,1\n", "1,2\n", ">2,4\n", "<1,1\n", "2,1\n"}, NULL, NULL, NULL},
    {"w,x\n", {"<5,1\n", "<5,2\n", "7,4\n", "<5,1\n", "19,1\n"}, "bounds ('<5') among plain numbers", NULL, NULL},
    {"w,x\n", {"<0.5,1\n", "<0.5,2\n", "0.7,1\n", "<0.5,1\n", "0.9,1\n"}, "bounds ('<0.5') among plain numbers", NULL, NULL},
    {"w,x\n", {"\xe2\x89\xa4 3,1\n", "> 90,2\n", "12,4\n", "~5,1\n", "15,2\n"}, "among plain numbers", NULL, NULL},
    {"w,x\n", {"<0.1,1\n", "<5,2\n", "<0.1,4\n"}, NULL, NULL, "bounds alone ('<0.1', '<5')"},
    {"w,x\n", {"<{}.1,1\n", "<{}.2,2\n"}, NULL, "bounds such as <0.5", NULL},
    {"w,x\n", {"<18,1\n", ">=18,2\n"}, NULL, NULL, NULL},
    {"w,x\n", {"13+,1\n", "18+,2\n"}, NULL, NULL, NULL},
    {"w,x\n", {"<10,1\n", "10-20,2\n", "20+,4\n"}, NULL, NULL, NULL},
    {"w,x\n", {"1{}/8{},1\n", "1{}/7{},2\n"}, NULL, "two numbers in each cell", NULL},
    {"w,x\n", {"1{}-8{},1\n", "1.5-2.{},2\n"}, NULL, "two numbers in each cell", NULL},
    {"w,x\n", {"555-{}1234,1\n", "555-{}4321,2\n"}, NULL, "identifiers", NULL},
    {"w,x\n", {"0/1,1\n", "1/1,2\n", "0/0,2\n"}, NULL, NULL, NULL},
    {"s,x\n", {"ACDEFGHIKLMN,1\n", "ACDEFGHIKL-N,2\n", "ACDEFGHIKLMW,2\n"}, NULL, NULL, "sequences of 12 letters"},
    {"s,x\n", {"ACDEFGHIKLMN,1\n", "ACDEFGHIKL-,2\n", "ACDEFGHIKLMW,2\n"}, NULL, NULL, NULL},
    /* several answers in a cell */
    {"q,x\n",
     {"R;SAS,1\n", "R,2\n", "SAS;Julia,3\n", "R;SAS;Julia,4\n", "Julia,2\n"},
     NULL,
     NULL,
     "column 1 (q): 5 combinations of 3 words between ';'"},
    {"q;x\n",
     {"R, SAS;1\n", "R;2\n", "SAS, Julia;3\n", "R, SAS, Julia;4\n", "Julia;2\n"},
     NULL,
     NULL,
     "5 combinations of 3 words between ','"},
    {"q;x\n", {"Smith, John;1\n", "Doe, Jane;2\n", "Roe, Ann;3\n", "Poe, Edgar;4\n"}, NULL, NULL, NULL},
    /* rows */
    {"a,b\n", {"1,2.5\n", "2,1.5\n", "4,0\n", ",\n"}, NULL, NULL, "6 rows hold no value at all, row 4 first"},
    {"", {"1,3,7\n", "2,5,9\n", "4,8,9\n"}, NULL, NULL, "the numbers of every row ascend"},
    {"", {"1.5,3,7\n", "2,5.5,9\n", "4,8,9\n"}, NULL, NULL, NULL},
    {"", {"1.5,3,7,\n", "2,5.5,9,11\n", "4,8,9,0\n"}, NULL, NULL, "the numbers of every row ascend"},
    {"", {"1.5,3,7,\n", "2,5.5,,11\n", "4,8,9,0\n"}, NULL, NULL, NULL},
    {"a,b,c\n", {"1,3,7\n", "2,5,9\n", "4,8,9\n"}, NULL, NULL, NULL},
    {"",
     {"milk,tea,\n", "tea,rice,milk\n", "rice,milk,tea\n"},
     NULL,
     NULL,
     "rows are filled from the left with the same words"},
    {"", {"milk,hot,\n", "tea,cold,big\n", "rice,hot,old\n"}, NULL, NULL, NULL},
    {"", {"0,1,-1\n", "2,1,2\n", "-1,0,1\n", "1,2,0\n", "2,-1,2\n"}, NULL, NULL, "-1 in 5 rows, beside 0, 1 and 2"},
    {"", {"0,1,-1\n", "1,-1,0\n", "-1,0,1\n"}, NULL, NULL, NULL},
    {"", {"0,1,9\n", "2,1,2\n", "9,0,1\n", "1,2,0\n", "2,9,2\n"}, NULL, NULL, "9 in 5 rows, beside 0, 1 and 2"},
    {"q,x\n", {"120.5,2\n", "-999,1\n", "9800,2\n"}, NULL, NULL, "-999 in 8 rows, and nothing else below 0"},
    {"q,x\n", {"12,2\n", "-1,1\n", "98,2\n"}, NULL, NULL, "-1 in 8 rows, and nothing else below 0"},
    {"q,x\n", {"1,2\n", "-1,1\n", "0,2\n"}, NULL, NULL, NULL},
    {"q,x\n", {"1,2\n", "-1,1\n", "5,2\n", "-3,2\n"}, NULL, NULL, NULL},
    {"q,x\n", {"a,2\n", "-999,1\n", "b,2\n"}, NULL, NULL, "-999 in 8 rows, the only number among words"},
    {"q,x\n", {"a,2\n", "0,1\n", "b,2\n"}, NULL, NULL, NULL},
    {"q,x\n", {"1,2\n", "5,1\n", "98,2\n", "3,1\n", "99,2\n"}, NULL, NULL, "98 and 99, far from all others (1 to 5)"},
    {"q,x\n", {"61,2\n", "85,1\n", "98,2\n", "93,1\n", "99,2\n"}, NULL, NULL, NULL},
    {"label,x\n", {"1,2.5\n", "0,1.5\n"}, NULL, NULL, "column 1 (label) is taken as an input: classes? --labels label"},
    {"x,y,z\n", {"1,1,3\n", "5,5,2\n", "2,2,3\n"}, NULL, NULL, "column 1 (x) and column 2 (y) hold the same numbers"},
    {"x,y,z\n", {"1,5,3\n", "5,1,2\n", "2,2,3\n"}, NULL, NULL, NULL},
    {"a,b,all\n",
     {"1,2.5,3.5\n", "4,1,5\n", "2,2,4\n"},
     NULL,
     NULL,
     "column 3 (all) is the sum of column 1 (a) and column 2 (b)"},
    {"k,all,b,c,d,e\n",
     {"7,6,1,2,3,0\n", "8.5,15,4,5,6,2\n", "2,9,7,2,0,1\n"},
     NULL,
     NULL,
     "column 2 (all) is the sum of column 3 (b) to column 5 (d)"},
    {"a,b,c,all\n", {"1,2,3,6\n", "4,5,6,15\n", "7,2,0,9\n"}, NULL, NULL, "(all) is the sum of the other columns of numbers"},
    {"a,b,c\n", {"20,30.5,49.5\n", "40,30,30\n", "7,13,80\n"}, NULL, NULL, "add up to 100 in every row"},
    {"a,b,c\n", {"1,0,1\n", "0,0,2\n", "3,0,0\n"}, NULL, NULL, NULL},
    {"a,b,c\n", {"1,2,3\n", "4,1,5\n", "2,2,4.5\n"}, NULL, NULL, NULL},
    {"c,k,f\n",
     {"10,2,50\n", "21.5,1,70.7\n", "-3,2,26.6\n"},
     NULL,
     NULL,
     "column 3 (f) is 1.8 times column 1 (c) plus 32 in every row"},
    {"c,f\n", {"10,20\n", "21.5,43\n", "-3,-6\n"}, NULL, NULL, "column 2 (f) is 2 times column 1 (c) in every row"},
    {"q,r\n", {"1,5\n", "2,4\n", "5,1\n"}, NULL, NULL, "column 2 (r) is 6 minus column 1 (q) in every row"},
    {"k,c\n",
     {"273.25,-20\n", "300.25,7\n", "293.25,0\n"},
     NULL,
     NULL,
     "column 2 (c) is column 1 (k) minus 293.25 in every row"},
    {"c,f\n", {"10,20\n", "21.5,43\n", "-3,-6.1\n"}, NULL, NULL, NULL},
    {"a,b,c\n", {"0,1,1\n", "1,0,1\n", "0,0,0\n"}, NULL, NULL, NULL},
    {"p,x\n", {"46418{}1380357985936,1\n", "64474{}3560851387922,2\n"}, NULL, NULL, "of more than 15 digits: identifiers?"},
    {"p,x\n", {"4.6{}e+19,1\n", "6.4{}e+19,2\n"}, NULL, NULL, NULL},
    {"p,x\n", {"np.float64(0.{}),1\n", "np.float64(1.{}),2\n"}, "is a number with other characters", NULL, NULL},
    {"p,x\n", {"tensor(0.{}),1\n", "\"tensor(1.{}, device='cuda:0')\",2\n"}, "is a number with other characters", NULL, NULL},
    {"p,x\n", {"tensor(a),1\n", "Decimal,2\n"}, NULL, NULL, NULL},
    {"r,x\n", {"A,1\n", "B,4\n", "Subtotal,5\n", "C,2\n", "D,3\n", "Subtotal,5\n"}, "'r!=Subtotal' leaves it out", NULL, NULL},
    {"r,x\n",
     {"A,-5\n", "B,3\n", "Subtotal,-2\n", "A,4\n", "B,-1\n", "Subtotal,3\n"},
     "'r!=Subtotal' leaves it out",
     NULL,
     NULL},
    {"r,x\n", {"total,1\n", "total,4\n", "subtotal,3\n", "biopsy,2\n"}, NULL, NULL, NULL},
    {"OTU ID,s1,s2\n", {"o{}a,1,5\n", "o{}b,2,4\n"}, NULL, "identifiers", "names what is measured"},
    {"#a\tb\tc\n#q2:types\tnumeric\tnumeric\n", {"1.5\t2\t1\n", "2.5\t1\t2\n"}, NULL, NULL, NULL},
    {"", {"ENSG{}\t4\n", "ENSH{}\t5\n"}, NULL, "identifiers", NULL},
    /* ranges, thousands of India, durations */
    {"g,x\n", {"\"(0, 10]\",1\n", "\"(10, 20]\",2\n", "\"[0,5)\",3\n", "\"(-inf, 0]\",3\n"}, NULL, NULL, NULL},
    {"g,x\n", {"\"[0,5]\",1\n", "\"[0,5]\",2\n", "\"(5,10]\",2\n"}, NULL, NULL, NULL},
    {"g;x\n", {"[0,5);1\n", "[5, 1e+03];2\n", "[5, 1e+03];1\n", ";2\n"}, NULL, NULL, NULL},
    {"g;x\n", {"(0, 5];1\n", "[5 10];2\n", "[5, 10];1\n"}, "most values of the column are numbers", NULL, NULL},
    {"g,x\n", {"\"[0, 10]\",1\n", "\"[10, 20]\",2\n"}, "several numbers in one cell", NULL, NULL},
    {"g,x\n", {"\"(0, 10, 5]\",1\n", "\"(10, 20, 5]\",2\n"}, "several numbers in one cell", NULL, NULL},
    {"n,x\n", {"\"3,55,3{}9\",1\n", "\"12,34,567.50\",2\n", "\"9,05,000\",2\n"}, "thousands separators", NULL, NULL},
    {"n;x\n", {"1,23,45;1\n", "2,34,5;2\n", "2,45,67;2\n"}, NULL, NULL, NULL},
    {"t,x\n", {"PT{}M30S,1\n", "P1DT{}H,2\n"}, NULL, "durations", NULL},
    {"t,x\n", {"{} days 20:21:14,1\n", "-{} days +01:21:14.5,2\n"}, NULL, "durations", NULL},
    {"t,x\n", {"{}:19.20,1\n", "{}:07.5,2\n"}, NULL, "durations", NULL},
    {"t,x\n", {"PT5M,1\n", "PT10M,2\n"}, NULL, NULL, NULL},
    {"t,x\n", {"P{}M,1\n", "P{}D,2\n"}, NULL, "identifiers", NULL},
    /* merged cells */
    {"g,x\n",
     {"r{},1\n", ",2\n", ",3\n", ",1\n"},
     NULL,
     NULL,
     "6 words, each in one row with gaps below: if they were merged cells"},
    {"g,x\n", {",2\n", "r{},1\n", ",3\n", ",1\n"}, NULL, NULL, NULL},
    {"g,x\n", {"a,1\n", ",2\n", ",3\n", "b,1\n"}, NULL, NULL, NULL},
    {"", {"{}::2::3\n", "1::{}::4\n"}, "'::' divides the lines", NULL, NULL},
    /* a word among numbers in row 1: of a second line of names, or not */
    {"a,b\nm,kg\n", {"1,2\n", "3,1\n"}, "a second line of names?", NULL, NULL},
    {"a,b\nm,4\n", {"1,2\n", "3,1\n"}, "most values of the column are numbers (for a gap", NULL, NULL},
    {"a\n", {"r\n", "3\n", "2\n"}, "most values of the column are numbers (for a gap", NULL, NULL},
    {"n,k\nUInt8,String\n", {"4,a\n", "5,b\n"}, "a second line of names? --where 'n!=UInt8' leaves it out", NULL, NULL},
};

/* The file of a case. */
static void write_text(char *text, size_t room, const struct text_case *c)
{
    size_t n = (size_t)snprintf(text, room, "%s", c->head), rows = 0;
    while (rows < 8 && c->row[rows])
        rows++;
    for (size_t i = 0; i < 24; i++)
        for (const char *p = c->row[i % rows]; *p && n + 8 < room; p += p[0] == '{' ? 2 : 1)
            n += (size_t)(*p == '{' ? snprintf(text + n, room - n, "%zu", 1 + i / rows * 7 % 13)
                                    : snprintf(text + n, room - n, "%c", *p));
}

static bool says(const struct train_table *t, const char *words)
{
    for (size_t i = 0; i < t->reading.n_said; i++)
        if (strstr(t->reading.said[i], words))
            return true;
    return false;
}

/* What is said but how the text is laid out, or NULL. */
static const char *remark(const struct train_table *t)
{
    static const char *const words[] = {"merged",       "no name",  "in quotes",    "two numbers", "sequences",
                                        "combinations", "at all",   "lists",        "a matrix",    "beside",
                                        "measured",     "classes?", "same numbers", "far from",    "bounds",
                                        "the sum of",   "add up",   "times column", "below 0",     "among words"};
    for (size_t i = 0; i < t->reading.n_said; i++)
        for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++)
            if (strstr(t->reading.said[i], words[k]))
                return t->reading.said[i];
    return NULL;
}

static void what_is_unusual_is_told(void **state)
{
    (void)state;
    const struct train_data_options gaps = {.missing = "infer"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct text_case *c = &cases[i];
        char text[4096];
        struct train_table t;
        struct bz_error err;
        write_text(text, sizeof(text), c);
        const int rc = table_of_text(&t, text, &gaps, &err);
        if (c->refused ? rc == 0 || !strstr(err.msg, c->refused) : rc < 0)
            fail_msg("%zu: %s: %s", i, text, rc < 0 ? err.msg : "read");
        if (rc < 0)
            continue;
        const bool out = t.reading.n_left_out > 0;
        if (out != (c->out != NULL) || (out && !strstr(t.reading.left_out[0].why, c->out)))
            fail_msg("%zu: %s: left out: %s", i, text, out ? t.reading.left_out[0].why : "none");
        if (c->said ? !says(&t, c->said) : remark(&t) != NULL)
            fail_msg("%zu: %s: %s", i, text, c->said ? c->said : remark(&t));
        train_table_free(&t);
    }
}

static void types_below_names_in_comments_are_no_names(void **state)
{
    (void)state;
    struct train_table t;
    struct bz_error err;
    assert_int_equal(table_of_text(&t, "#a\tb\n#q2:types\tnumeric\n1.5\t2\n2.5\t1\n", NULL, &err), 0);
    assert_string_equal(t.names[0], "a");
    train_table_free(&t);
    assert_int_equal(table_of_text(&t, "#numeric\tnumber\n1.5\t2\n2.5\t1\n", NULL, &err), 0);
    assert_string_equal(t.names[0], "numeric");
    train_table_free(&t);
    assert_int_equal(table_of_text(&t, "# export of 2024\n#id\tnumber\n1.5\t2\n2.5\t1\n", NULL, &err), 0);
    assert_string_equal(t.names[1], "number");
    train_table_free(&t);
}

/* user, item, rating, and a table of three columns. */
static void entries_of_a_matrix_are_told(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        char text[8192];
        size_t n = 0;
        struct train_table t;
        struct bz_error err;
        for (int i = 0; i < 400; i++)
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%d %d %d\n", 1 + i * 7 % 31, 1 + i * 3 % 29 + 18 * kind, i % 5);
        assert_int_equal(table_of_text(&t, text, NULL, &err), 0);
        assert_int_equal(says(&t, "columns 1 and 2 number things (1 to 31, 1 to 29)"), kind == 0);
        train_table_free(&t);
    }
    /* few of many users and items, whose pairs do not recur; pairs that do */
    for (int again = 0; again < 2; again++) {
        char text[8192];
        size_t n = 0;
        struct train_table t;
        struct bz_error err;
        for (int i = 0; i < 400; i++)
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%d\t%d\t%d\t8812509%02d\n", 5 + 37 * (i % 40),
                                  3 + 11 * (i / 40 * 7 % (again ? 14 : 70) + i % 7), i % 5, i % 89);
        assert_int_equal(table_of_text(&t, text, NULL, &err), 0);
        assert_int_equal(says(&t, "columns 1 and 2 number things"), !again);
        train_table_free(&t);
    }
}

/* Columns that rise from row to row; things by things. */
static void times_and_squares_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *head, *said;
        double start, step;
    } files[] = {
        {"", "column 1 rises from row to row", 0.25, 0.5},
        {"x,date\n", "column 2 (date): whole numbers such as times since 1970", 1704067200, 86400},
        {"x,ms\n", "column 2 (ms): whole numbers such as times since 1970", 1704067200000, 77000},
        {"x,load\n", NULL, 0.25, 0.5},
        {"x,load\n", NULL, 170406, 864},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char text[2000];
        size_t n = (size_t)snprintf(text, sizeof(text), "%s", files[i].head);
        struct train_table t;
        struct bz_error err;
        for (int k = 0; k < 24; k++)
            n +=
                (size_t)(i == 0 ? snprintf(text + n, sizeof(text) - n, "%g %d\n", files[i].start + k * files[i].step, k * 5 % 7)
                         : i == 3
                             ? snprintf(text + n, sizeof(text) - n, "%d,%g\n", k * 5 % 7, files[i].start + k * files[i].step)
                             : snprintf(text + n, sizeof(text) - n, "%d,%.0f\n", k * 5 % 7,
                                        files[i].start + k * files[i].step));
        assert_int_equal(table_of_text(&t, text, NULL, &err), 0);
        if (files[i].said ? !says(&t, files[i].said) : says(&t, "rises") || says(&t, "1970"))
            fail_msg("%zu: %s", i, text);
        train_table_free(&t);
    }
    struct train_table t;
    struct bz_error err;
    assert_int_equal(table_of_text(&t, ",a,b,c,d\na,1,.5,.2,.1\nb,.5,1,.3,.2\nc,.2,.3,1,0\nd,.1,.2,0,1\n", NULL, &err), 0);
    assert_true(says(&t, "the 4 rows have the names of the columns"));
    train_table_free(&t);
}

/* What many columns have in common is not said of each. */
static void the_same_of_many_columns_is_said_once(void **state)
{
    (void)state;
    char text[4096];
    size_t n = 0, said = 0;
    struct train_table t;
    struct bz_error err;
    for (size_t i = 0; i < 20; i++)
        for (size_t j = 0; j < 30; j++) {
            const char *end = j == 29 ? "\n" : ",";
            n += (size_t)(j < 10 ? snprintf(text + n, sizeof(text) - n, "7%s", end)
                          : j < 20
                              ? snprintf(text + n, sizeof(text) - n, "%s%s",
                                         i % 7 == 1 ? "-"
                                         : i % 3    ? "a"
                                                    : "b",
                                         end)
                              : snprintf(text + n, sizeof(text) - n, "%d%s", i % 6 == 1 ? -999 : (int)((i + j) * j % 17), end));
        }
    assert_int_equal(table_of_text(&t, text, NULL, &err), 0);
    assert_true(says(&t, "and 5 more columns of one value"));
    assert_true(says(&t, "and 5 more columns with words that may stand for gaps"));
    assert_true(says(&t, "and 5 more columns with numbers that may stand for gaps"));
    for (size_t i = 0; i < t.reading.n_said; i++)
        said += strstr(t.reading.said[i], "-999") != NULL;
    assert_int_equal(said, 5);
    train_table_free(&t);
}

/* More identifiers than words are told apart. */
static void many_identifiers_are_left_out(void **state)
{
    enum { ROWS = 70000 };
    (void)state;
    for (int again = 0; again < 2; again++) {
        char *text = malloc((size_t)ROWS * 16);
        size_t n = (size_t)sprintf(text, "user_id,x\n");
        struct train_table t;
        struct bz_error err;
        assert_non_null(text);
        for (size_t i = 0; i < ROWS; i++)
            n += (size_t)sprintf(text + n, "%zu,%zu\n", again && i == 9 ? 5 : i * 7919 % ROWS, i % 3);
        assert_int_equal(table_of_text(&t, text, NULL, &err), 0);
        assert_int_equal(t.reading.n_left_out, 1 - again);
        train_table_free(&t);
        free(text);
    }
}

/* A last row that fills only some columns, or holds means. */
static void totals_beside_gaps_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *last, *refused;
    } rows[] = {
        {"30,10,,", "is the sum of the rows above in each column of numbers that it fills"},
        {"30,10,41,", "is the sum of the rows above in each column of numbers: a line"},
        {"30,10,,x", NULL},
        {"30,,,", NULL}, /* of one column there may be such a row */
        {"30,9,,", NULL},
        {"4.2857142857142857,1.4285714285714286,,", "is the mean of the rows above"},
        {"4.2857142857142857,1.4285714285714286,5.8571428571428571,y", NULL},
    };
    const struct train_data_options gaps = {.missing = "infer"};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[300];
        struct train_table t;
        struct bz_error err;
        snprintf(text, sizeof(text), "a,b,c,g\n3,1.5,9,x\n4,2.5,8,y\n5,0.5,6,x\n1,0.5,3,y\n2,1.5,1,x\n7,2,8,y\n8,1.5,6,x\n%s\n",
                 rows[i].last);
        const int rc = table_of_text(&t, text, &gaps, &err);
        if (rows[i].refused ? rc == 0 || !strstr(err.msg, rows[i].refused) : rc < 0)
            fail_msg("%s: %s", rows[i].last, rc < 0 ? err.msg : "read");
        if (rc == 0)
            train_table_free(&t);
    }
}

/* -999.0 is -999, 099 is not 99; in arrays as in tables. */
static void numbers_that_stand_for_gaps_are_told_by_their_values(void **state)
{
    (void)state;
    static const struct {
        const char *text, *mark;
        size_t gaps;
    } files[] = {
        {"a,b\n1.5,2\n-999.0,3\n2.5,-999\n", "-999", 2},
        {"a;b\n1,5;2\n-999,0;3\n2,5;4\n", "-999", 1},
        {"a,b\n099,2\n99,3\n98,4\n", "99", 1},
        {"%%MatrixMarket matrix array real general\n2 2\n1\n-999\n3.5\n-999\n", "-999", 2},
        {"%%MatrixMarket matrix coordinate real general\n2 2 3\n1 1 1\n1 2 -999\n2 2 3\n", "-999", 1},
        {"%%MatrixMarket matrix array real general\n2 2\n1\n2\n3.5\n4\n", "NA", 0},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const struct train_data_options o = {.missing = "infer", .na_values = ONE(files[i].mark)};
        struct train_table t;
        struct bz_error err;
        size_t gaps = 0;
        if (table_of_text(&t, files[i].text, &o, &err) < 0)
            fail_msg("%s: %s", files[i].text, err.msg);
        for (size_t k = 0; k < t.rows * t.columns; k++) {
            const double x = train_table_value(&t, k / t.columns, k % t.columns);
            gaps += x != x;
        }
        if (gaps != files[i].gaps)
            fail_msg("%s: %zu gaps", files[i].text, gaps);
        train_table_free(&t);
    }
}

/* -999.9 is no float32: the number next to it stands for the same. */
static void gaps_in_float32_are_told_by_the_nearest_number(void **state)
{
    (void)state;
    const float x[] = {1, -999.9f, 0.5f, 2, -999.9f, 1.5f};
    const size_t shape[] = {3, 2};
    char npy[BZ_NPY_HEADER_ROOM + sizeof(x)];
    const size_t header = bz_npy_header(npy, BZ_F4, shape, 2);
    const struct train_data_options o = {.missing = "infer", .na_values = ONE("-999.9")};
    struct train_table t;
    struct bz_error err;
    memcpy(npy + header, x, sizeof(x));
    assert_int_equal(table_of_bytes(&t, npy, header + sizeof(x), NULL, &err), 0);
    assert_true(says(&t, "-999.9 in 2 cells, far from all others"));
    train_table_free(&t);
    assert_int_equal(table_of_bytes(&t, npy, header + sizeof(x), &o, &err), 0);
    assert_true(says(&t, "2 values taken as missing"));
    train_table_free(&t);
}

/* Zeros that are not in the file cannot be told from gaps. */
static void zeros_of_sparse_rows_stand_for_nothing(void **state)
{
    (void)state;
    const struct train_data_options zero = {.missing = "infer", .na_values = ONE("0")};
    REFUSED("1 1:1 3:2\n0 2:1 3:4\n", &zero, "sparse rows leave out their zeros");
    REFUSED("%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n2 2 3\n", &zero, "dense array or table");
}

static void numbers_far_from_all_others_in_arrays_are_told(void **state)
{
    (void)state;
    struct train_table t;
    struct bz_error err;
    const char head[] = "%%MatrixMarket matrix array real general\n4 2\n1\n2\n1.5\n2\n";
    char text[200];
    for (int i = 0; i < 2; i++) {
        snprintf(text, sizeof(text), "%s%s", head, i ? "-999\n3\n-999\n2\n" : "-3\n3\n-9\n2\n");
        assert_int_equal(table_of_text(&t, text, NULL, &err), 0);
        assert_int_equal(says(&t, "-999 in 2 cells, far from all others (column 2 first)"), i);
        train_table_free(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_unusual_is_told),
        cmocka_unit_test(types_below_names_in_comments_are_no_names),
        cmocka_unit_test(entries_of_a_matrix_are_told),
        cmocka_unit_test(many_identifiers_are_left_out),
        cmocka_unit_test(times_and_squares_are_told),
        cmocka_unit_test(the_same_of_many_columns_is_said_once),
        cmocka_unit_test(totals_beside_gaps_are_refused),
        cmocka_unit_test(numbers_that_stand_for_gaps_are_told_by_their_values),
        cmocka_unit_test(numbers_far_from_all_others_in_arrays_are_told),
        cmocka_unit_test(gaps_in_float32_are_told_by_the_nearest_number),
        cmocka_unit_test(zeros_of_sparse_rows_stand_for_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
