/* Files with sizes above their rows, and what programs display: recognised by the shape of the first lines. */
#include "number_text.h"
#include "other_text.h"

#include <ctype.h>
#include <string.h>

/* --- sizes above the rows --- */

/* A line of one whole number. */
static bool is_count(const struct bz_text_line *l)
{
    struct bz_cell w;
    size_t at = 0;
    return bz_line_word(l, &at, &w) && w.length == l->length && bz_cell_is_whole(&w);
}

static bool is_bag_of_words(const struct bz_text_sample *s)
{
    size_t numbers;
    for (size_t i = 0; i < 3; i++)
        if (s->n < 4 || !is_count(&s->line[i]))
            return false;
    for (size_t i = 3; i < s->n; i++)
        if (bz_line_count_words(&s->line[i], &numbers) != 3 || numbers != 3)
            return s->line[i].length == 0 && i + 1 == s->n;
    return true;
}

/* A number of atoms, a comment, lines of an element and three numbers. */
static bool is_xyz(const struct bz_text_sample *s)
{
    size_t numbers;
    if (s->n < 3 || !is_count(&s->line[0]))
        return false;
    const size_t n = bz_line_count_words(&s->line[2], &numbers);
    return n >= 4 && numbers + 1 == n && isalpha((unsigned char)s->line[2].text[0]) && bz_name_length(s->line[2].text, 4) <= 2;
}

/* The number of names, then a line for each with the distances to all of them, or to those above. */
static bool is_distances(const struct bz_text_sample *s)
{
    size_t numbers, at = 0;
    double names;
    struct bz_cell w;
    bool all = true, half = true;
    if (s->n < 3 || !is_count(&s->line[0]))
        return false;
    bz_line_word(&s->line[0], &at, &w);
    if (bz_parse_number(w.text, w.length, &names) < 0 || names < 2)
        return false;
    for (size_t i = 1; i < s->n && (double)i <= names; i++) {
        const size_t n = bz_line_count_words(&s->line[i], &numbers);
        all = all && (double)n == names + 1 && numbers + 1 >= n;
        half = half && n == i && numbers + 1 >= n;
    }
    return (all || half) && (double)s->n > (names < BZ_SAMPLE_LINES - 1 ? names : BZ_SAMPLE_LINES - 1);
}

/* Two sizes, then a word and as many numbers as the second says. */
static bool is_word_vectors(const struct bz_text_sample *s)
{
    struct bz_cell w;
    double size;
    size_t numbers, at = 0;
    if (s->n < 2 || bz_line_count_words(&s->line[0], &numbers) != 2 || numbers != 2)
        return false;
    bz_line_word(&s->line[0], &at, &w);
    bz_line_word(&s->line[0], &at, &w);
    return bz_parse_number(w.text, w.length, &size) == 0 && size > 1 &&
           (double)bz_line_count_words(&s->line[1], &numbers) == size + 1 && (double)numbers >= size;
}

/* --- what programs display --- */

/* `A =` above a blank line; `A = [`, also of a whole matrix in one line. */
static bool is_assignment(const struct bz_text_sample *s)
{
    const size_t first = bz_first_line(s);
    if (first == s->n)
        return false;
    const struct bz_text_line *l = &s->line[first];
    size_t at = bz_name_length(l->text, l->length);
    if (at == 0)
        return false;
    while (at < l->length && l->text[at] == ' ')
        at++;
    if (at == l->length || l->text[at++] != '=')
        return false;
    while (at < l->length && l->text[at] == ' ')
        at++;
    return at == l->length ? first + 1 < s->n && s->line[first + 1].length == 0 : l->text[at] == '[';
}

/* `[1,]` at the start of the row below the names of the columns. */
static bool is_r_matrix(const struct bz_text_sample *s)
{
    return s->n > 1 && bz_line_begins(&s->line[1], "[1,]");
}

/* `24x2 Matrix{Float64}:` with a multiplication sign; a name in capitals, or a third size, follows the second. */
static bool is_julia(const struct bz_text_sample *s)
{
    const struct bz_text_line *l = &s->line[0];
    size_t n = 0;
    while (n < l->length && isdigit((unsigned char)l->text[n]))
        n++;
    if (n == 0 || l->length < n + 5 || memcmp(l->text + n, "\xc3\x97", 2) != 0)
        return false;
    for (n += 2; n < l->length && isdigit((unsigned char)l->text[n]);)
        n++;
    return n + 2 < l->length &&
           (memcmp(l->text + n, "\xc3\x97", 2) == 0 || (l->text[n] == ' ' && isupper((unsigned char)l->text[n + 1])));
}

/* ATOM or HETATM in six columns, and the atom's number. */
static bool is_pdb(const struct bz_text_sample *s)
{
    const struct bz_text_line *l = &s->line[bz_first_line(s) % s->n];
    size_t at = 6;
    if (!bz_line_begins(l, "ATOM  ") && !bz_line_begins(l, "HETATM"))
        return false;
    while (at < l->length && l->text[at] == ' ')
        at++;
    return at < l->length && isdigit((unsigned char)l->text[at]);
}

/* Lines of numbers in brackets or parentheses, with blanks or commas between them. */
static bool is_bracketed_line(const struct bz_text_line *l)
{
    const char first = l->text[0], last = l->text[l->length - 1];
    return (first == '(' && (last == ')' || last == ',')) || (first == '[' && last == ']');
}

static bool is_bracketed(const struct bz_text_sample *s)
{
    return bz_all_lines(s, 1, is_bracketed_line);
}

static bool is_tree_line(const struct bz_text_line *l)
{
    return l->text[0] == '(' && l->text[l->length - 1] == ';';
}

static bool is_trees(const struct bz_text_sample *s)
{
    return bz_all_lines(s, 1, is_tree_line);
}

/* `||a||b||` over `|1|2|` */
static bool is_jira(const struct bz_text_sample *s)
{
    const size_t first = bz_first_line(s);
    return first < s->n && s->line[first].length > 4 && bz_line_begins(&s->line[first], "||") &&
           memcmp(s->line[first].text + s->line[first].length - 2, "||", 2) == 0;
}

static bool is_spice(const struct bz_text_sample *s)
{
    bool plot = false, step = false;
    for (size_t i = 0; i < s->n; i++) {
        plot = plot || bz_line_begins(&s->line[i], "Plotname:");
        step = step || bz_line_begins(&s->line[i], "Step Information:");
    }
    return plot || step;
}

/* `# TYPE name gauge`, or `name{label="x"} 3`. */
static bool is_metrics(const struct bz_text_sample *s)
{
    const struct bz_text_line *l = &s->line[0];
    static const char *const types[] = {"counter", "gauge", "histogram", "summary", "untyped"};
    struct bz_cell w;
    size_t at = 7;
    bool type = false;
    if (bz_line_begins(l, "# TYPE ") && bz_line_word(l, &at, &w) && bz_line_word(l, &at, &w))
        for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
            type = type || (strlen(types[i]) == w.length && memcmp(types[i], w.text, w.length) == 0);
    if (type)
        return true;
    const size_t n = bz_name_length(l->text, l->length);
    return n > 0 && n + 1 < l->length && l->text[n] == '{' && memmem(l->text, l->length, "=\"", 2);
}

const struct bz_text_kind bz_text_display_kinds[] = {
    {is_bag_of_words, "a bag of words with three sizes above (UCI)",
     "put '%%MatrixMarket matrix coordinate integer general' above and the sizes on one line"},
    {is_distances, "a matrix of distances (PHYLIP)", "write CSV there"},
    {is_xyz, "a structure (XYZ)", "write CSV there"},
    {is_word_vectors, "word vectors with their sizes above (word2vec)", "take the first line away; --sep blank reads the rest"},
    {is_assignment, "a matrix as MATLAB or Octave displays or assigns it, or a list of TOML",
     "in Octave: save -text data.txt A; in MATLAB: writematrix(A, \"data.csv\")"},
    {is_r_matrix, "a matrix as R displays it", "in R: write.csv(x, \"data.csv\", row.names = FALSE)"},
    {is_pdb, "a structure (PDB)", "write CSV there"},
    {is_julia, "what Julia displays", "in Julia: using DelimitedFiles; writedlm(\"data.csv\", A, ',')"},
    {is_trees, "trees (Newick)", "write CSV there"},
    {is_jira, "a wiki table (Jira)", "write CSV there"},
    {is_spice, "a simulation's results in steps or with a header (SPICE)", "export one plain table"},
    {is_metrics, "metrics in Prometheus' text form", "write CSV there"},
    {is_bracketed, "lists, tuples or arrays as Python displays them", "numpy.save(\"data.npy\", numpy.array(rows))"},
    {NULL, NULL, NULL},
};
