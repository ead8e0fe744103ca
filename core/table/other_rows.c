/* Rows and records of other programs, recognised by what all of the first lines have in common. */
#include "other_text.h"

#include <ctype.h>
#include <string.h>

enum { MANY_SEQUENCES = 10 };

/* --- rows for machine-learning programs --- */

/* A name or a number, a colon, a number; no time of day. */
static bool is_feature(const struct bz_cell *w)
{
    const char *colon = memchr(w->text, ':', w->length);
    double x;
    return bz_cell_kind(w, '.', NULL, &x) != BZ_CELL_TIME && colon && colon > w->text &&
           bz_text_is_number(colon + 1, w->length - (size_t)(colon + 1 - w->text));
}

/* `1 2.0 'tag|space a:1 b`: labels, weights, a tag; then names behind bars. */
static bool is_vw_line(const struct bz_text_line *l)
{
    const char *bar = memchr(l->text, '|', l->length);
    if (!bar || l->text[l->length - 1] == '|')
        return false;
    const struct bz_text_line head = {l->text, (size_t)(bar - l->text), 0};
    const struct bz_text_line rest = {bar + 1, l->length - head.length - 1, 0};
    struct bz_cell w;
    size_t features = 0, words = 0;
    bool tag = false, cells = false;
    for (size_t at = 0; bz_line_word(&head, &at, &w);) {
        if (tag || !(bz_text_is_number(w.text, w.length) || w.text[0] == '\''))
            return false;
        tag = w.text[0] == '\'';
    }
    for (size_t at = 0; bz_line_word(&rest, &at, &w); words++) {
        features += is_feature(&w);
        cells = cells || (w.text[0] == '|' && bz_text_is_number(w.text + 1, w.length - 1));
    }
    if (features > 0 && (words > 1 || rest.text[0] == ' ') && features * 2 >= words - (words > 1))
        return true;
    return rest.length > 0 && isalpha((unsigned char)rest.text[0]) && head.length > 0 && !cells && words > 1 &&
           (tag || head.text[head.length - 1] == ' ');
}

static bool is_vw(const struct bz_text_sample *s)
{
    return bz_all_lines(s, 1, is_vw_line);
}

/* `1 0:12:1 3:7:0.5`: field, index, value. */
static bool is_triple(const struct bz_cell *w)
{
    const char *one = memchr(w->text, ':', w->length), *end = w->text + w->length;
    const char *two = one ? memchr(one + 1, ':', (size_t)(end - one - 1)) : NULL;
    const struct bz_cell field = {w->text, one ? (size_t)(one - w->text) : 0, false},
                         index = {one ? one + 1 : NULL, two ? (size_t)(two - one - 1) : 0, false};
    return two && bz_cell_is_whole(&field) && bz_cell_is_whole(&index) && bz_text_is_number(two + 1, (size_t)(end - two - 1));
}

static bool is_ffm_line(const struct bz_text_line *l)
{
    struct bz_cell w;
    size_t at = 0, n = 0;
    if (!bz_line_word(l, &at, &w) || !bz_text_is_number(w.text, w.length))
        return false;
    for (; bz_line_word(l, &at, &w); n++)
        if (!is_triple(&w))
            return false;
    return n > 0;
}

/* Not where all of them may be times of day. */
static bool is_ffm(const struct bz_text_sample *s)
{
    if (!bz_all_lines(s, 1, is_ffm_line))
        return false;
    for (size_t i = 0; i < s->n; i++) {
        struct bz_cell w;
        size_t at = 0;
        bz_line_word(&s->line[i], &at, &w);
        for (double x; bz_line_word(&s->line[i], &at, &w);)
            if (bz_cell_kind(&w, '.', NULL, &x) != BZ_CELL_TIME)
                return true;
    }
    return false;
}

/* `1 age:0.5 cnt:3`, or without a label: words where svmlight has whole numbers. */
static bool is_named_features_line(const struct bz_text_line *l)
{
    struct bz_cell w;
    size_t n = 0, others = 0;
    for (size_t at = 0; bz_line_word(l, &at, &w); n++)
        if (!is_feature(&w) || bz_name_length(w.text, w.length) == 0)
            others++;
    return n > others && others <= 2;
}

/* At least two features with different names in one line: `chr1:100 3.5` does not count. */
static bool is_named_features(const struct bz_text_sample *s)
{
    if (!bz_all_lines(s, 2, is_named_features_line))
        return false;
    for (size_t i = 0; i < s->n; i++) {
        struct bz_cell w, first = {NULL, 0, false};
        for (size_t at = 0; bz_line_word(&s->line[i], &at, &w);) {
            w.length = is_feature(&w) ? bz_name_length(w.text, w.length) : 0;
            if (first.length > 0 && w.length > 0 && (w.length != first.length || memcmp(w.text, first.text, w.length) != 0))
                return true;
            first = w.length > 0 ? w : first;
        }
    }
    return false;
}

/* `name: ...`, no separator of cells in front of the colon. */
static bool is_definition(const struct bz_text_line *l)
{
    const char *colon = memchr(l->text, ':', l->length);
    for (const char *p = l->text; colon && p < colon; p++)
        if (strchr(",;|\t", *p))
            return false;
    return colon && colon > l->text;
}

static bool is_class_definition_line(const struct bz_text_line *l)
{
    static const char *const words[] = {"continuous", "ignore", "discrete"};
    const char *colon = memchr(l->text, ':', l->length);
    size_t at = colon ? (size_t)(colon + 1 - l->text) : l->length;
    struct bz_cell w;
    if (!is_definition(l) || !bz_line_word(l, &at, &w))
        return false;
    w.length -= w.text[w.length - 1] == '.';
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == w.length && memcmp(words[i], w.text, w.length) == 0)
            return true;
    return false;
}

/* The classes, then a definition in each line; bars begin comments. */
static bool is_c45_names(const struct bz_text_sample *s)
{
    bool found = false;
    size_t others = 0;
    for (size_t i = 0; i < s->n; i++) {
        found = found || is_class_definition_line(&s->line[i]);
        others += s->line[i].length > 0 && s->line[i].text[0] != '|' && !is_definition(&s->line[i]);
    }
    return found && others < 2;
}

/* How many cells between tabs are among these words, and how many are not empty. */
static size_t count_among(const struct bz_text_line *l, const char *const *words, size_t n, size_t *filled)
{
    const char *p = l->text, *end = l->text + l->length;
    size_t found = 0;
    *filled = 0;
    while (p < end) {
        const char *tab = memchr(p, '\t', (size_t)(end - p)), *stop = tab ? tab : end;
        for (size_t i = 0; i < n; i++)
            found += strlen(words[i]) == (size_t)(stop - p) && memcmp(words[i], p, strlen(words[i])) == 0;
        *filled += p < stop;
        p = stop + 1;
    }
    return found;
}

/* Three lines of names: columns, types (or lists of values), and which is the class. */
static bool is_orange(const struct bz_text_sample *s)
{
    static const char *const types[] = {"continuous", "discrete", "string", "time", "c", "d", "s", "t"}, *const flags[] = {
                                                                                                             "class", "meta",
                                                                                                             "ignore", "i",
                                                                                                             "m"};
    size_t filled, columns;
    if (s->n < 4 || !memchr(s->line[0].text, '\t', s->line[0].length))
        return false;
    count_among(&s->line[0], flags, 0, &columns);
    const size_t typed = count_among(&s->line[1], types, sizeof(types) / sizeof(types[0]), &filled);
    const size_t flagged = count_among(&s->line[2], flags, typed > 0 ? 5 : 3, &filled);
    return flagged == filled && (flagged > 0 ? flagged < columns : typed == columns && s->line[2].length == 0);
}

static bool is_gap(char c)
{
    return c == '-' || c == '.';
}

/* Whether the line is one of those in front of it. */
static bool comes_again(const struct bz_text_sample *s, size_t line)
{
    for (size_t i = 0; i < line; i++)
        if (s->line[i].length == s->line[line].length && memcmp(s->line[i].text, s->line[line].text, s->line[i].length) == 0)
            return true;
    return false;
}

/* Letters of sequences and gaps, the same number in each line; a gap where another line has a letter, or more letters than
 * words have, or many lines of which few recur. Words such as GROUP-A have their dashes in one place, and recur. */
static bool is_sequences(const struct bz_text_sample *s)
{
    size_t lines = 0, again = 0, first = 0;
    bool gaps = false;
    while (first < s->n && s->line[first].length == 0)
        first++;
    const struct bz_text_line *f = &s->line[first % s->n];
    for (size_t i = first; i < s->n; i++) {
        const struct bz_text_line *l = &s->line[i];
        if (l->length == 0)
            continue;
        lines++;
        again += comes_again(s, i);
        if (l->length != f->length)
            return false;
        for (size_t k = 0; k < l->length; k++) {
            if (!isupper((unsigned char)l->text[k]) && !is_gap(l->text[k]))
                return false;
            gaps = gaps || is_gap(l->text[k]) != is_gap(f->text[k]);
        }
    }
    return lines > 1 && f->length >= 5 && again * 2 < lines && (gaps || f->length >= 10 || lines >= MANY_SEQUENCES);
}

/* --- records of name and value --- */

static bool is_text(const struct bz_text_line *l, const char *text)
{
    return l->length == strlen(text) && memcmp(l->text, text, l->length) == 0;
}

/* The name at the start of `temp 1.5`, `temp = 1.5`. */
static struct bz_cell field_name(const struct bz_text_line *l)
{
    struct bz_cell w = {l->text, bz_name_length(l->text, l->length), false};
    size_t at = w.length;
    struct bz_cell value;
    return w.length > 0 && at < l->length && strchr(" \t=:|", l->text[at]) && bz_line_word(l, &at, &value)
               ? w
               : (struct bz_cell){NULL, 0, false};
}

/* ... or of `temp`, whose value is missing. */
static struct bz_cell record_name(const struct bz_text_line *l)
{
    const struct bz_cell w = field_name(l);
    return w.length == 0 && bz_name_length(l->text, l->length) == l->length ? (struct bz_cell){l->text, l->length, false} : w;
}

/* Blocks, separated by blank lines, whose lines begin with the same names; most have a value. */
static bool is_records(const struct bz_text_sample *s)
{
    size_t start = bz_first_line(s), n = 0, next, filled = 0;
    for (; start + n < s->n && s->line[start + n].length > 0; n++) {
        if (record_name(&s->line[start + n]).length == 0)
            return false;
        filled += field_name(&s->line[start + n]).length > 0;
    }
    for (next = start + n; next < s->n && s->line[next].length == 0;)
        next++;
    if (n < 2 || 2 * filled <= n || next + 1 >= s->n)
        return false;
    for (size_t i = 0; i < n && next + i < s->n; i++) {
        const struct bz_cell a = record_name(&s->line[start + i]), b = record_name(&s->line[next + i]);
        if (a.length != b.length || memcmp(a.text, b.text, a.length) != 0)
            return false;
    }
    return true;
}

/* `temp:1.5<tab>cnt:2`, `a.b:3|c`: two cells at least, each of a name, a colon and more. */
static bool is_all_colons(const struct bz_text_line *l)
{
    const char *p = l->text, *end = p + l->length;
    size_t n = 0;
    for (; p < end; n++) {
        const size_t name = bz_name_length(p, (size_t)(end - p));
        if (name == 0 || p + name >= end || p[name] != ':')
            return false;
        p = memchr(p, '\t', (size_t)(end - p));
        p = p ? p + 1 : end;
    }
    return n > 1 || (l->length > 2 && l->text[l->length - 2] == '|');
}

/* `temp=-16.0,cnt=472`, `temp:1.5<tab>cnt:2`: each line begins with the same name and sign. */
static bool is_pairs(const struct bz_text_sample *s)
{
    const struct bz_text_line *first = NULL;
    size_t length = 0, lines = 0;
    for (size_t i = 0; i < s->n && lines < 20; i++) {
        const struct bz_text_line *l = &s->line[i];
        if (l->length == 0 || l->text[0] == '#')
            continue;
        size_t n = 0;
        while (n < l->length && !strchr("=:,;\t|(){}\"", l->text[n]))
            n++;
        if (n == 0 || n >= l->length || (l->text[n] != '=' && !(l->text[n] == ':' && is_all_colons(l))) ||
            bz_text_is_number(l->text, n))
            return false;
        if (first && (n != length || memcmp(first->text, l->text, n + 1) != 0))
            return false;
        first = l;
        length = n;
        lines++;
    }
    return lines > 1;
}

/* The name before the colon or equals sign of a cell, after what opens a record: `Row { temp: 1.5`. Not https://. */
static struct bz_cell cell_name(const char *p, const char *end)
{
    for (const char *open = p; open < end && !strchr(":=\"'", *open); open++)
        p = strchr("{([", *open) ? open + 1 : p;
    while (p < end && *p == ' ')
        p++;
    struct bz_cell name = {p, bz_name_length(p, (size_t)(end - p)), false};
    for (p += name.length; p < end && *p == ' ';)
        p++;
    if (p == end || (*p != ':' && *p != '=') || (end - p > 2 && memcmp(p, "://", 3) == 0))
        name.length = 0;
    return name;
}

/* `temp: 1.5, cnt: 2`, `Row { temp: 1.5, cnt: 2 }`: cells with the same names in each line, two and more. */
static bool is_named_cells(const struct bz_text_sample *s)
{
    const struct bz_text_line *first = NULL;
    size_t lines = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct bz_text_line *l = &s->line[i];
        if (l->length == 0)
            continue;
        first = first ? first : l;
        const char *p = l->text, *end = p + l->length, *q = first->text, *q_end = q + first->length;
        size_t n = 0;
        for (; p <= end; n++) {
            const char *stop = memchr(p, ',', (size_t)(end - p)),
                       *q_stop = q <= q_end ? memchr(q, ',', (size_t)(q_end - q)) : NULL;
            const struct bz_cell a = cell_name(p, stop ? stop : end),
                                 b = q <= q_end ? cell_name(q, q_stop ? q_stop : q_end) : a;
            if (a.length == 0 || q > q_end || a.length != b.length || memcmp(a.text, b.text, a.length) != 0)
                return false;
            p = stop ? stop + 1 : end + 1;
            q = q_stop ? q_stop + 1 : q_end + 1;
        }
        if (n < 2 || q <= q_end)
            return false;
        lines++;
    }
    return lines > 1;
}

/* `weather,place=x temp=1.5 1465839830100400200` */
static bool is_influx_line(const struct bz_text_line *l)
{
    struct bz_cell w;
    size_t at = 0;
    if (memchr(l->text, '\t', l->length) || !bz_line_word(l, &at, &w) || bz_name_length(w.text, w.length) == 0)
        return false;
    const char *comma = memchr(w.text, ',', w.length), *equals = memchr(w.text, '=', w.length);
    if (comma ? !equals || equals < comma : equals != NULL)
        return false;
    return bz_line_word(l, &at, &w) && bz_name_length(w.text, w.length) > 0 && memchr(w.text, '=', w.length);
}

static bool is_influx(const struct bz_text_sample *s)
{
    return bz_all_lines(s, 2, is_influx_line);
}

/* [section] and [[section]] */
static bool is_section(const struct bz_text_line *l)
{
    return l->length > 3 && l->text[0] == '[' && l->text[l->length - 1] == ']' &&
           bz_name_length(l->text + 1 + (l->text[1] == '['), l->length - 2) > 0;
}

static bool is_remark(const struct bz_text_line *l)
{
    return l->text[0] == ';';
}

/* `name=value`, another name in each line, sections and remarks between them. */
static bool is_settings_line(const struct bz_text_line *l)
{
    const size_t n = bz_name_length(l->text, l->length);
    size_t at = n;
    while (at < l->length && l->text[at] == ' ')
        at++;
    return is_section(l) || is_remark(l) || (n > 0 && at < l->length && l->text[at] == '=');
}

/* How many lines begin with a name that an earlier line has. */
static size_t names_again(const struct bz_text_sample *s)
{
    size_t again = 0;
    for (size_t i = 1; i < s->n; i++) {
        const struct bz_text_line *l = &s->line[i];
        const size_t n = bz_name_length(l->text, l->length);
        for (size_t k = 0; n > 0 && k < i; k++)
            if (bz_name_length(s->line[k].text, s->line[k].length) == n && memcmp(s->line[k].text, l->text, n) == 0) {
                again++;
                break;
            }
    }
    return again;
}

static bool is_settings(const struct bz_text_sample *s)
{
    const size_t first = bz_first_line(s);
    const bool sections = first < s->n && is_section(&s->line[first]);
    return !bz_all_lines(s, 1, is_remark) && bz_all_lines(s, sections ? 2 : 3, is_settings_line) &&
           (sections || 2 * names_again(s) < s->n); /* cells such as x=1 and y=2 */
}

/* Apart from `{"a": 1}`: lines of `name:` above indented ones, or of `- value`. */
static bool is_yaml(const struct bz_text_sample *s)
{
    const size_t first = bz_first_line(s);
    size_t items = 0, keys = 0, under = 0;
    for (size_t i = first; i < s->n; i++) {
        const struct bz_text_line *l = &s->line[i];
        const size_t n = bz_name_length(l->text, l->length);
        if (l->length == 0 || l->text[0] == '#')
            continue;
        const bool item = bz_line_begins(l, "- ");
        const bool key = n > 0 && n < l->length && l->text[n] == ':' && (n + 1 == l->length || l->text[n + 1] == ' ');
        items += item;
        keys += key && !item;
        under += key && n + 1 == l->length;
        if (!item && !key && l->indent == 0)
            return false;
    }
    return first < s->n && ((items > 1 && bz_line_begins(&s->line[first], "- ")) || (under > 0 && keys + items > 1));
}

/* Rows of LaTeX: `a & b \\`, rules and comments between them. */
static bool is_latex(const struct bz_text_sample *s)
{
    size_t rows = 0, others = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct bz_text_line *l = &s->line[i];
        if (l->length == 0 || l->text[0] == '%' || l->text[0] == '\\')
            continue;
        const bool row = memchr(l->text, '&', l->length) && memmem(l->text, l->length, "\\\\", 2);
        rows += row;
        others += !row;
    }
    return rows > 1 && others == 0;
}

/* `name {`, lines of `name: value`, `}`. */
static bool is_braces(const struct bz_text_sample *s)
{
    const size_t first = bz_first_line(s);
    if (first == s->n)
        return false;
    const struct bz_text_line *l = &s->line[first];
    const size_t n = bz_name_length(l->text, l->length);
    if (n == 0 || l->text[l->length - 1] != '{')
        return false;
    for (size_t i = first; i < s->n; i++)
        if (is_text(&s->line[i], "}"))
            return true;
    return false;
}

const struct bz_text_kind bz_text_row_kinds[] = {
    {is_vw, "Vowpal Wabbit's rows", "write svmlight (whole numbers for names) or a table"},
    {is_ffm, "libffm's rows (field:index:value)", "write svmlight (index:value) or a table"},
    {bz_lines_of_two_signs, "rows of two signs", "write 0 and 1 without blanks for them (sed 'y/+-/10/'): rows of bits"},
    {bz_lines_of_joined_numbers, "numbers with nothing between them but signs", "sed 's/[+-]/ &/g' FILE puts blanks there"},
    {is_sequences, "sequences without names", "put a line >NAME above each (FASTA): awk '{print \">\" NR \"\\n\" $0}'"},
    {is_c45_names, "a description of columns (C4.5)", "the rows are in the file that ends in .data"},
    {is_orange, "an Orange table with three lines of names", "take the second and the third line away, or save CSV there"},
    {is_influx, "InfluxDB's line protocol", "influx query --raw writes CSV"},
    {is_pairs, "rows of name=value, as Miller writes by itself", "mlr --ocsv writes cells"},
    {is_named_cells, "rows of names and values, as printf and {:?} write them",
     "write the values with commas, the names above"},
    {is_named_features, "sparse rows with names for indices", "write svmlight (whole numbers for names) or a table"},
    {is_records, "records of a name and a value in each line (Miller's xtab, sqlite3's line mode)",
     "mlr --ixtab --ocsv cat, sqlite3 -csv -header"},
    {is_settings, "settings (name = value in each line: INI, TOML, properties)", "write a table"},
    {is_yaml, "YAML", "write CSV there"},
    {is_latex, "rows of LaTeX", "write CSV there"},
    {is_braces, "records in braces (protobuf's text form and the like)", "write CSV there"},
    {NULL, NULL, NULL},
};
