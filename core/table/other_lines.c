/* Texts told by what all of their first lines have in common. */
#include "number_text.h"
#include "other_text.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

/* One letter, which is one of these. */
static bool is_one_of(const char *t, size_t n, const char *letters)
{
    return n == 1 && *t && strchr(letters, *t);
}

/* Family, person, father, mother, sex, trait, and two alleles a place: letters, or 1 and 2 with the parents unknown. */
static bool is_ped(const struct bz_text_sample *s)
{
    size_t lines = 0, words = 0;
    bool letters = false, parents = false;
    for (size_t i = 0; i < s->n; i++) {
        struct bz_cell w = {0}, before = {0};
        size_t at = 0, n = 0;
        for (; bz_line_word(&s->line[i], &at, &w); before = w, n++) {
            parents = parents || ((n == 2 || n == 3) && !is_one_of(w.text, w.length, "0"));
            if (n < 6 ? n == 4 && !is_one_of(w.text, w.length, "012") : !is_one_of(w.text, w.length, "ACGT012"))
                return false;
            if (n >= 6 && n % 2 == 1 && (*w.text == '0') != (*before.text == '0'))
                return false; /* half of a genotype */
            letters = letters || (n >= 6 && isalpha((unsigned char)*w.text));
        }
        if (n == 0)
            continue;
        if (n < 8 || n % 2 == 1 || (lines > 0 && n != words))
            return false;
        words = n;
        lines++;
    }
    return letters ? lines > 0 : lines > 3 && !parents;
}

/* Nine cells between tabs: place, source, feature, start, end, score, strand, frame, attributes. */
static bool is_feature_line(const struct bz_text_line *l)
{
    const char *cell[9], *p = l->text, *end = l->text + l->length;
    size_t length[9];
    for (size_t k = 0; k < 9; k++) {
        const char *stop = p < end ? memchr(p, '\t', (size_t)(end - p)) : NULL;
        if (p >= end || (k < 8) != (stop != NULL))
            return false;
        cell[k] = p;
        length[k] = (size_t)((stop ? stop : end) - p);
        p = stop ? stop + 1 : end;
    }
    return bz_text_is_number(cell[3], length[3]) && bz_text_is_number(cell[4], length[4]) &&
           is_one_of(cell[6], length[6], "+-.?") && is_one_of(cell[7], length[7], ".012") &&
           (memchr(cell[8], '=', length[8]) || memchr(cell[8], '"', length[8]));
}

static bool is_features(const struct bz_text_sample *s)
{
    return bz_all_lines(s, 1, is_feature_line);
}

/* Sizes, the last of which is the number of lines below, and below places within these sizes with a value each. */
static bool is_places(const struct bz_text_sample *s)
{
    double size[8], x;
    struct bz_cell w;
    size_t numbers, first = 0, at = 0, below = 0;
    while (first < s->n && (s->line[first].length == 0 || strchr("%#", s->line[first].text[0])))
        first++;
    const size_t n = first < s->n ? bz_line_count_words(&s->line[first], &numbers) : 0;
    if (n < 3 || n > 8 || numbers != n)
        return false;
    for (size_t k = 0; k < n; k++)
        if (!bz_line_word(&s->line[first], &at, &w) || !bz_cell_is_whole(&w) || bz_parse_number(w.text, w.length, &size[k]) < 0)
            return false;
    for (size_t i = first + 1; i < s->n; i++) {
        size_t place = 0;
        at = 0;
        if (s->line[i].length == 0)
            continue;
        for (; bz_line_word(&s->line[i], &at, &w); place++)
            if (bz_parse_number(w.text, w.length, &x) < 0 || (place + 1 < n && !(bz_cell_is_whole(&w) && x <= size[place])))
                return false;
        if (place != n)
            return false;
        below++;
    }
    return below > 2 && s->lines - first - 1 == (size_t)size[n - 1];
}

/* name: [1, 2, 3] */
static bool is_flow_line(const struct bz_text_line *l)
{
    const size_t n = bz_name_length(l->text, l->length);
    return n > 0 && n + 3 < l->length && memcmp(l->text + n, ": [", 3) == 0 && l->text[l->length - 1] == ']';
}

static bool is_flow(const struct bz_text_sample *s)
{
    return bz_all_lines(s, 1, is_flow_line);
}

/* {1.5, 2} or {{1.5, 2}, {2.5, 3}} */
static bool is_braced_line(const struct bz_text_line *l)
{
    struct bz_cell w = {l->text, 0, false};
    while (w.length < l->length && (w.text[w.length] == '{' || w.text[w.length] == ' '))
        w.length++;
    const size_t skip = w.length, number = strspn(l->text + skip, "+-.0123456789");
    return l->text[0] == '{' && number > 0 && strchr("},", l->text[l->length - 1]) != NULL;
}

static bool is_braced(const struct bz_text_sample *s)
{
    return bz_all_lines(s, 1, is_braced_line);
}

/* [1.5, 2; 2.5, 3] */
static bool is_matrix_line(const struct bz_text_sample *s)
{
    const size_t i = bz_first_line(s);
    const struct bz_text_line *l = i < s->n ? &s->line[i] : NULL;
    const char *row = l && l->length > 4 && l->text[0] == '[' && l->text[1] != '[' ? memchr(l->text, ';', l->length) : NULL;
    size_t numbers;
    return row && l->text[l->length - 1] == ']' &&
           bz_line_count_words(&(struct bz_text_line){row + 1, (size_t)(l->text + l->length - row) - 2, 0}, &numbers) > 0 &&
           strspn(l->text + 1, " +-.0123456789") > 0;
}

/* name <- value: R's dump, and what Stan and BUGS read. */
static bool is_r_assignment(const struct bz_text_sample *s)
{
    const size_t i = bz_first_line(s);
    if (i == s->n)
        return false;
    const struct bz_text_line *l = &s->line[i];
    size_t n = l->length > 2 && (l->text[0] == '"' || l->text[0] == '`') ? 1 : 0;
    const size_t quote = n;
    n += bz_name_length(l->text + n, l->length - n) + quote;
    while (n < l->length && l->text[n] == ' ')
        n++;
    return n > 0 && n + 1 < l->length && memcmp(l->text + n, "<-", 2) == 0;
}

/* Names and types between bars, and no bars below (IPAC). */
static bool is_ipac(const struct bz_text_sample *s)
{
    size_t heads = 0, i = 0;
    for (; i < s->n && (s->line[i].length == 0 || strchr("\\|", s->line[i].text[0])); i++)
        heads += s->line[i].length > 2 && s->line[i].text[0] == '|';
    return heads >= 2 && i < s->n && !memchr(s->line[i].text, '|', s->line[i].length);
}

/* Title, counts of lines, a type of three letters with sizes, formats of Fortran's (Harwell-Boeing, Rutherford-Boeing). */
static bool is_harwell(const struct bz_text_sample *s)
{
    struct bz_cell w;
    size_t numbers, at = 0;
    return s->n > 4 && s->line[3].length > 2 && s->line[3].text[0] == '(' && bz_line_word(&s->line[2], &at, &w) &&
           w.length == 3 && isalpha((unsigned char)*w.text) && bz_line_count_words(&s->line[2], &numbers) >= 4 &&
           numbers + 1 >= 4;
}

/* 3 x 2 sparse Matrix of class "dgCMatrix" */
static bool is_r_sparse(const struct bz_text_sample *s)
{
    const size_t i = bz_first_line(s);
    return i < s->n && isdigit((unsigned char)s->line[i].text[0]) &&
           memmem(s->line[i].text, s->line[i].length, "atrix of class \"", 16);
}

/* `1,3:0.5,7:1`: a label, then places and values in ascending order, one of them no time of day in some line. */
static bool is_comma_features_line(const struct bz_text_line *l)
{
    const char *end = l->text + l->length, *p = memchr(l->text, ',', l->length);
    double last = -1, index;
    if (!p || !bz_text_is_number(l->text, (size_t)(p - l->text)))
        return false;
    while (p < end) {
        const char *start = p + 1, *colon = memchr(start, ':', (size_t)(end - start));
        if (!colon || bz_parse_number(start, (size_t)(colon - start), &index) < 0 || !(index > last))
            return false;
        p = memchr(colon, ',', (size_t)(end - colon));
        p = p ? p : end;
        if (!bz_text_is_number(colon + 1, (size_t)(p - colon - 1)))
            return false;
        last = index;
    }
    return true;
}

static bool is_comma_features(const struct bz_text_sample *s)
{
    bool several = false;
    double x;
    for (size_t i = 0; i < s->n; i++) {
        const struct bz_text_line *l = &s->line[i];
        const char *comma = memchr(l->text, ',', l->length), *colon = memchr(l->text, ':', l->length);
        const char *next = comma ? memchr(comma + 1, ',', l->length - (size_t)(comma + 1 - l->text)) : NULL;
        const struct bz_cell cell = {comma ? comma + 1 : NULL, next ? (size_t)(next - comma - 1) : 0, false};
        several = several || (next && colon && bz_cell_kind(&cell, '.', NULL, &x) != BZ_CELL_TIME);
    }
    return several && bz_all_lines(s, 2, is_comma_features_line);
}

const struct bz_text_kind bz_text_line_kinds[] = {
    {is_comma_features, "svmlight's rows (index:value) with commas", "sed 'y/,/ /' FILE puts blanks there"},
    {is_r_sparse, "a sparse matrix as R displays it", "in R: Matrix::writeMM(x, \"data.mtx\")"},
    {is_ipac, "a table in IPAC form", "astropy.table.Table.read(FILE, format=\"ascii.ipac\").write(\"data.csv\")"},
    {is_harwell, "a sparse matrix (Harwell-Boeing, Rutherford-Boeing)",
     "scipy.sparse.save_npz(\"data.npz\", scipy.sparse.csr_matrix(scipy.io.hb_read(FILE)))"},
    {is_ped, "genotypes (plink's .ped)", "plink --file NAME --recode A writes a table of allele counts"},
    {is_features, "a list of features (GFF, GTF)", "write the columns that are wanted as CSV"},
    {is_places, "places and values with their sizes above (sparse)",
     "put '%%MatrixMarket matrix coordinate real general' above where there are two sizes and a count"},
    {is_flow, "YAML", "write CSV there"},
    {is_braced, "lists in braces (Mathematica, C)", "in Mathematica: Export[\"data.csv\", A]"},
    {is_matrix_line, "a matrix as MATLAB, Julia or PARI write it", "write a row a line, commas between"},
    {is_r_assignment, "assignments of R's (dump; data of Stan and BUGS)",
     "in R: source(FILE); write.csv(x, \"data.csv\", row.names = FALSE)"},
    {NULL, NULL, NULL},
};

/* --- one cell a line that is none --- */

/* Parts of a line between separators: how many, and how many of them are numbers. Words in quotes and numbers with a decimal
 * comma are one. */
static size_t count_parts(const struct bz_text_line *l, char separator, size_t *numbers)
{
    double x;
    const struct bz_cell whole = {l->text, l->length, false};
    *numbers = bz_cell_kind(&whole, ',', NULL, &x) == BZ_CELL_NUMBER;
    if (*numbers || l->text[0] == '"' || l->text[0] == '\'')
        return 1;
    if (separator == ' ')
        return bz_line_count_words(l, numbers);
    size_t n = 0;
    for (const char *p = l->text, *end = l->text + l->length; p <= end; n++) {
        const char *stop = p < end ? memchr(p, separator, (size_t)(end - p)) : NULL;
        stop = stop ? stop : end;
        *numbers += bz_text_is_number(p, (size_t)(stop - p));
        p = stop + 1;
    }
    return n;
}

int bz_refuse_lists(const struct bz_layout *l, struct bz_error *err)
{
    static const struct {
        char separator;
        const char *name;
        size_t parts, numbers; /* at least, of a line that is a list */
    } kinds[] = {{' ', "blanks", 3, 2}, {',', "commas", 2, 0}, {';', "semicolons", 2, 0}, {'\t', "tabs", 2, 0}};
    struct bz_text_sample s;
    bz_text_take_sample(&s, l->rows, l->end, l->dialect.line_end);
    for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        size_t lines = 0, lists = 0, least = SIZE_MAX, most = 0;
        for (size_t i = 0; i < s.n; i++) {
            size_t numbers, n = s.line[i].length > 0 ? count_parts(&s.line[i], kinds[k].separator, &numbers) : 0;
            if (n == 0)
                continue;
            lines++;
            lists += n >= kinds[k].parts && numbers >= kinds[k].numbers;
            least = n < least ? n : least;
            most = n > most ? n : most;
        }
        if (lists > 0 && lists * 4 >= lines && most > least)
            return bz_fail(err, BZ_BAD_INPUT,
                           "%s: lines of %zu to %zu cells between %s: lists of different lengths, or another program's form, "
                           "no table; expected the same number of cells in every line (one of 0 and 1 for each thing that a "
                           "list may hold); --sep none takes whole lines as words",
                           l->path, least, most, kinds[k].name);
    }
    return 0;
}
