#include "layout.h"

#include "evidence.h"
#include "mem.h"
#include "other_text.h"
#include "stop.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { N_SEPARATORS = 5, NEARLY_ANY_DIGIT = 8, DOUBTED_COMMENTS = 16 };
static const char separators[N_SEPARATORS] = {',', ';', '\t', '|', ' '};

/* "tab", "," */
static const char *separator_name(char separator)
{
    return separator == '\t' ? "tab" : separator == ' ' ? "blanks" : separator == ',' ? "," : separator == ';' ? ";" : "|";
}

/* --- before the first row --- */

static const char *line_stop(const char *p, const char *end, char line_end)
{
    const char *stop = memchr(p, line_end, (size_t)(end - p));
    return stop ? stop : end;
}

static const char *skip_space(const char *p, const char *stop)
{
    while (p < stop && (*p == ' ' || *p == '\t' || *p == '\r'))
        p++;
    return p;
}

/* Excel's `sep=;`; the separator, or 0. */
static char sep_line(const char *p, const char *stop)
{
    while (stop > p && (stop[-1] == '\r' || stop[-1] == ' '))
        stop--;
    if (stop - p >= 2 && *p == '"' && stop[-1] == '"')
        p++, stop--;
    if (stop - p == 5 && memcmp(p, "sep=", 4) == 0)
        return p[4];
    return 0;
}

/* `// made by`, but not the path of a server: //server/share */
static bool is_remark(const char *p, const char *stop)
{
    return stop - p > 1 && memcmp(p, "//", 2) == 0 && (stop - p == 2 || memchr(" \t\r/", p[2], 4));
}

struct start {
    const char *text;
    size_t line;
};

/* Whether two lines contain the same number, at least one, of some separator. */
static bool divides_alike(const char *a, const char *a_stop, const char *b, const char *b_stop)
{
    for (size_t i = 0; i < N_SEPARATORS; i++) {
        size_t of_a = 0, of_b = 0;
        for (const char *p = a; p < a_stop; p++)
            of_a += *p == separators[i];
        for (const char *p = b; p < b_stop; p++)
            of_b += *p == separators[i];
        if (separators[i] != ' ' && of_a > 0 && of_a == of_b)
            return true;
    }
    return false;
}

/* A first cell that looks like a comment but is followed by others: #N/A; #1 where rows further down begin with #2, too. */
static bool is_cell(const struct bz_layout *l, const char *p, const char *stop)
{
    struct bz_cell first = {p, 0, false};
    double x;
    while (p + first.length < stop && !memchr(",;\t|", p[first.length], 4))
        first.length++;
    if (first.length < 2 || p + first.length == stop || *p != '#')
        return false;
    if (bz_cell_kind(&first, '.', NULL, &x) <= BZ_CELL_GAP_OR_WORD)
        return true;
    if (strchr("# \t!", p[1]))
        return false;
    size_t lines = 0;
    bool rows = false, marked = false;
    const char *asked = stop;
    for (const char *q = stop, *next; q < l->end && lines < BZ_LINES_LOOKED_AT; q = next, lines++) {
        if (bz_stopping_at(&asked, q))
            return false;
        q++;
        next = line_stop(q, l->end, l->dialect.line_end);
        const bool mark = next - q > 1 && *q == '#';
        if (mark && q[1] != ' ' && divides_alike(p, stop, q, next)) {
            if (rows)
                return true;
            marked = true;
        }
        rows = rows || (!mark && skip_space(q, next) < next);
    }
    return marked && !rows; /* all lines begin with one */
}

/* Blank lines, `sep=`, and comments; the last comment may hold names. *gaps: where the blank lines directly above the rows
   begin. */
static void skip_prelude(struct bz_layout *l, char *separator, struct start *gaps)
{
    *gaps = (struct start){l->rows, l->line};
    const char *asked = l->rows;
    size_t comments = 0;
    for (bool first = true; l->rows < l->end && !bz_stopping_at(&asked, l->rows);) {
        const char *stop = line_stop(l->rows, l->end, l->dialect.line_end), *p = skip_space(l->rows, stop);
        const bool comment = p < stop && (*p == '#' || *p == '%' || is_remark(p, stop)) &&
                             (comments++ >= DOUBTED_COMMENTS || !is_cell(l, p, stop));
        const char sep = first ? sep_line(l->rows, stop) : 0;
        if (p < stop && !comment && !sep)
            break;
        if (sep && *separator == 0)
            *separator = sep;
        if (comment) {
            while (p < stop && (*p == '#' || *p == '%' || *p == '/' || *p == ' '))
                p++;
            const struct bz_text_line line = {p, (size_t)(stop - p), 0};
            const struct bz_text_line above = {l->comment, l->comment_length, 0};
            if (!l->comment || !bz_line_is_of_types(&line, &above)) { /* QIIME has types below the names */
                l->comment = p;
                l->comment_length = line.length;
            }
        }
        first = first && p == stop;
        l->rows = stop < l->end ? stop + 1 : l->end;
        l->line++;
        if (p < stop)
            *gaps = (struct start){l->rows, l->line};
    }
}

/* --- the separator --- */

/* Whether the lines agree on more than one cell, ignoring a few stray lines. */
static bool divides(const struct bz_evidence *e)
{
    if (e->lines == 0)
        return e->first > 1 && !e->broken && (e->separator != ' ' || e->first_words == 0);
    const size_t stray = e->lines - e->agree, few = e->lines / 5;
    if (e->fields < 2 || stray > (few || e->first != e->fields ? few : 1))
        return false;
    return e->separator != ' ' || e->bare_words == 0;
}

static double number_share(const struct bz_evidence *e)
{
    return e->cells ? (double)e->numbers / (double)e->cells : 0;
}

static bool all_agree(const struct bz_evidence *e)
{
    return e->agree == e->lines && !e->broken && (e->first == e->fields || e->first + 1 == e->fields);
}

/* Which of two separators the lines support: > 0 the first, < 0 the second, 0 neither. */
static int compare(const struct bz_evidence *a, const struct bz_evidence *b)
{
    if (all_agree(a) != all_agree(b))
        return all_agree(a) ? 1 : -1;
    const bool names_a = a->first == a->fields, names_b = b->first == b->fields;
    if (names_a != names_b && a->lines > 0 && all_agree(a))
        return names_a ? 1 : -1;
    if ((a->torn > 0) != (b->torn > 0)) /* 165,5;Maier */
        return a->torn > 0 ? -1 : 1;
    const double difference = number_share(a) - number_share(b);
    if (difference > 0.1 || difference < -0.1)
        return difference > 0 ? 1 : -1;
    if (a->separator == ' ' || b->separator == ' ') { /* a tab is a blank too */
        if (a->separator == '\t' || b->separator == '\t')
            return a->separator == '\t' ? 1 : -1;
    }
    if (a->lines == 0 && b->lines == 0) /* a single line: most cells */
        return a->first > b->first ? 1 : a->first < b->first ? -1 : 0;
    return 0;
}

static int refuse_tie(const struct bz_layout *l, const struct bz_evidence *a, const struct bz_evidence *b, struct bz_error *err)
{
    return bz_fail(
        err, BZ_BAD_INPUT,
        "%s: both %s and %s divide the lines (%zu and %zu cells in %zu and %zu of %zu); --sep says which: --sep '%c' or "
        "--sep '%c'",
        l->path, separator_name(a->separator), separator_name(b->separator), a->fields, b->fields, a->agree, b->agree, a->lines,
        a->separator, b->separator);
}

/* A column of numbers with decimal commas looks like two columns of whole numbers, of which only the first is ever negative,
 * and the second always has the same number of digits; or a single digit, nearly any of the ten. */
static bool may_be_one_column(const struct bz_layout *l, const struct bz_evidence *comma)
{
    if (comma->fields != 2 || comma->lines == 0)
        return false;
    const bool header = comma->first == 1; /* a header of one name, or none */
    const char *rows = l->rows;
    if (header)
        rows = line_stop(rows, l->end, l->dialect.line_end) + 1;
    size_t lines = 0, width = 0;
    unsigned digits = 0; /* that occur alone after the comma, a bit each */
    bool below = false, even = true;
    for (const char *p = rows; p < l->sample && lines < BZ_LINES_LOOKED_AT; lines++) {
        const char *stop = line_stop(p, l->end, l->dialect.line_end), *sign = p, *next = stop < l->end ? stop + 1 : l->end;
        while (stop > p && stop[-1] == '\r')
            stop--;
        const char *mark = memchr(p, ',', (size_t)(stop - p));
        width = mark && width == 0 ? (size_t)(stop - mark) : width;
        even = even && (!mark || width == (size_t)(stop - mark));
        below = below || (mark && *p == '-');
        digits |= mark && width == 2 ? 1u << (mark[1] & 15) : 0;
        for (; mark && sign < mark; sign++)
            if (!strchr("+-0123456789", *sign))
                return false;
        /* a leading 0, or minus zero, is not a whole number by itself */
        if (mark &&
            (memchr(mark, '.', (size_t)(stop - mark)) || (!header && !(stop - mark > 1 && isdigit((unsigned char)mark[1])))))
            return false;
        if (mark && ((stop - mark > 2 && mark[1] == '0' && mark[2] >= '0' && mark[2] <= '9') ||
                     (mark - p == 2 && p[0] == '-' && p[1] == '0')))
            return true;
        p = next;
    }
    return header || (even && lines > 3 && width > 2 && below) ||
           (even && width == 2 && __builtin_popcount(digits) >= NEARLY_ANY_DIGIT);
}

static int choose_separator(struct bz_layout *l, const struct bz_layout_options *o, struct bz_evidence *chosen,
                            struct bz_error *err)
{
    struct bz_evidence all[N_SEPARATORS] = {0}, *best = NULL, *tied = NULL;
    for (size_t i = 0; i < N_SEPARATORS; i++) {
        all[i].separator = separators[i];
        const char decimal = o->decimal ? o->decimal : separators[i] == ',' ? '.' : 0;
        if (bz_look_at(&all[i], l, decimal ? decimal : ',', o->gaps, err) < 0)
            return -1;
        if (!decimal) { /* cells with a decimal sign of either kind count as numbers */
            struct bz_evidence point = {.separator = separators[i]};
            if (bz_look_at(&point, l, '.', o->gaps, err) < 0)
                return -1;
            if (point.numbers > all[i].numbers || (point.lines == 0 && point.first_words < all[i].first_words))
                all[i] = point;
        }
        if (!divides(&all[i]))
            continue;
        const int order = best ? compare(&all[i], best) : 1;
        tied = order > 0 ? NULL : order == 0 ? &all[i] : tied;
        best = order > 0 ? &all[i] : best;
    }
    if (best && best->separator == ',' && o->decimal != '.' && may_be_one_column(l, best))
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: line %zu: either two columns of whole numbers or one of numbers with decimal commas; --sep , or "
                       "--decimal , --sep none says which",
                       l->path, l->line + (best->first == 1));
    if (tied)
        return refuse_tie(l, best, tied, err);
    if (!best && all[4].fields > 1 && all[4].agree == all[4].lines && all[4].lines > 1 && all[4].numbers > 0 &&
        all[4].first >= all[4].fields - 1)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: line %zu: blanks between words and numbers (%zu in every line): they may separate cells or belong "
                       "to words; --sep ' ' or --sep none says which",
                       l->path, l->line, all[4].fields);
    for (size_t i = 0; i < N_SEPARATORS && !best; i++) /* the reader reports a quote that never ends */
        best = all[i].broken && all[i].first > 1 && all[i].separator != ' ' ? &all[i] : NULL;
    if (best && best->broken)
        best->fields = best->first;
    *chosen = best ? *best : (struct bz_evidence){.fields = 1, .first = 1};
    return 0;
}

/* A requested separator that is in no line, though another divides all of them into three or more cells (two may be a number
 * with a decimal comma). */
static int check_asked(struct bz_layout *l, const struct bz_layout_options *o, const struct bz_evidence *asked,
                       struct bz_error *err)
{
    struct bz_evidence other;
    if (asked->fields > 1 || asked->first > 1 || choose_separator(l, o, &other, NULL) < 0 || other.fields < 3 ||
        !all_agree(&other))
        return 0;
    return bz_fail(err, BZ_BAD_USAGE,
                   "--sep '%c': no line of %s has it; %s divides them into %zu cells (--sep none: a line is one)", o->separator,
                   l->path, separator_name(other.separator), other.fields);
}

/* Lines of the digits 0 and 1, all of one length and at least one with a leading 0: rows of bits without separators. Returns
 * their length, or 0. */
static size_t bit_string(const struct bz_layout *l)
{
    size_t length = 0, lines = 0;
    bool zero = false;
    for (const char *p = l->rows; p < l->sample; lines++) {
        const char *stop = line_stop(p, l->end, l->dialect.line_end), *next = stop < l->end ? stop + 1 : l->end;
        while (stop > p && (stop[-1] == '\r' || stop[-1] == ' '))
            stop--;
        if (lines > 0 && (size_t)(stop - p) != length)
            return 0;
        length = (size_t)(stop - p);
        zero = zero || *p == '0';
        for (; p < stop; p++)
            if (*p != '0' && *p != '1')
                return 0;
        p = next;
    }
    return length > 1 && lines > 1 && zero ? length : 0;
}

/* --- the decimal sign --- */

struct decimals {
    size_t points, commas, doubtful; /* cells with a decimal point; with a comma; the latter that may be thousands */
};

static int count_decimals(const struct bz_layout *l, struct decimals *d, size_t *odd_line, struct bz_error *err)
{
    struct bz_cells c;
    size_t n, line, lines = 0;
    struct bz_cell *cells = bz_alloc(l->fields, sizeof(*cells), err);
    int got = cells ? 1 : -1;
    bz_cells_start(&c, l->path, l->rows, (size_t)(l->sample - l->rows), &l->dialect, l->line);
    while (got > 0 && lines++ < BZ_LINES_LOOKED_AT && (got = bz_cells_row(&c, cells, l->fields, &n, &line, err)) > 0)
        for (size_t j = 0; j < n && j < l->fields; j++) {
            double x;
            const enum bz_cell_kind as_comma = bz_cell_kind(&cells[j], ',', NULL, &x);
            const bool comma = as_comma == BZ_CELL_NUMBER && memchr(cells[j].text, ',', cells[j].length);
            d->commas += comma;
            d->points += as_comma == BZ_CELL_OTHER_DECIMAL;
            if (comma && bz_cell_may_be_thousands(&cells[j])) {
                d->doubtful++;
                *odd_line = *odd_line ? *odd_line : line;
            }
        }
    bz_cells_free(&c);
    bz_free(cells);
    return got < 0 ? -1 : 0;
}

static int find_decimal(struct bz_layout *l, const struct bz_layout_options *o, struct bz_error *err)
{
    struct decimals d = {0};
    size_t line = 0;
    l->dialect.decimal = o->decimal ? o->decimal : '.';
    if (o->decimal || count_decimals(l, &d, &line, err) < 0)
        return o->decimal ? 0 : -1;
    if (d.commas == 0)
        return 0;
    if (d.commas == d.doubtful)
        return bz_fail(
            err, BZ_BAD_INPUT,
            "%s: line %zu: numbers such as 16,039 have three digits behind each comma: thousands or a decimal comma? "
            "Remove the thousands separators where the file comes from, or give --decimal ,",
            l->path, line);
    if (d.points == 0 || d.commas > d.points)
        l->dialect.decimal = ',';
    return 0;
}

/* --- all together --- */

static int open_text(struct bz_layout *l, const char *text, size_t size, struct bz_error *err)
{
    size_t length, skip;
    if (bz_text_decode(l->path, text, size, &l->converted, &length, &skip, err) < 0)
        return -1;
    if (l->converted)
        text = l->converted;
    size_t n = length - skip;
    l->rows = text + skip;
    if (n > 0 && l->rows[n - 1] == 0x1a) /* the end-of-file character of DOS */
        n--;
    l->end = l->rows + n;
    l->dialect.line_end = !bz_text_find(l->rows, n, '\n') && bz_text_find(l->rows, n, '\r') ? '\r' : '\n';
    l->line = 1;
    return 0;
}

int bz_layout_find(struct bz_layout *out, const char *path, const char *text, size_t size, const struct bz_layout_options *o,
                   struct bz_error *err)
{
    struct bz_layout l = {.path = path};
    struct bz_evidence e = {0};
    struct start gaps;
    char separator = o->separator;
    if (open_text(&l, text, size, err) < 0)
        return -1;
    const char *all = l.rows;
    if (bz_check_lines(&l, o, err) < 0)
        goto fail;
    skip_prelude(&l, &separator, &gaps);
    if (l.rows == l.end) {
        bz_fail(err, BZ_BAD_INPUT, "%s: holds no rows", path);
        goto fail;
    }
    l.sample = l.end;
    if (l.end - l.rows > BZ_BYTES_LOOKED_AT)
        l.sample = line_stop(l.rows + BZ_BYTES_LOOKED_AT, l.end, l.dialect.line_end);
    bz_find_quotes(&l);
    if (separator == 0 && !o->one_per_line && bz_refuse_other_text(&l, all, err) < 0)
        goto fail;
    e.separator = separator == BZ_ONE_CELL ? 0 : separator;
    if (separator == BZ_ONE_CELL || (o->one_per_line && separator == 0))
        e = (struct bz_evidence){.fields = 1, .first = 1};
    else if ((separator ? bz_look_at(&e, &l, o->decimal ? o->decimal : '.', o->gaps, err) : choose_separator(&l, o, &e, err)) <
             0)
        goto fail;
    if (o->separator && o->separator != BZ_ONE_CELL && !o->one_per_line && check_asked(&l, o, &e, err) < 0)
        goto fail;
    if (e.separator == 0 && separator == 0 && !o->one_per_line && bz_refuse_lists(&l, err) < 0)
        goto fail;
    l.dialect.separator = e.separator;
    l.fields = e.lines == 0 ? e.first : e.fields;
    if (l.dialect.separator == 0 && separator == 0 && !o->one_per_line && (l.dialect.bits = bit_string(&l)) > 0)
        l.fields = l.dialect.bits;
    if (bz_check_columns(&l, o, err) < 0)
        goto fail;
    l.lines_seen = e.lines + 1;
    l.lines_agree = e.agree + (e.first == l.fields);
    const bool but_names = e.first + 1 == l.fields && e.empty_last == e.lines; /* the header does not end in a separator */
    if (l.fields > 2 && e.lines > 0 && (e.empty_last == e.lines + 1 || but_names)) {
        l.dialect.trailing = true;
        l.fields--;
        e.first -= !but_names;
    }
    l.row_names = e.lines > 0 && e.first + 1 == l.fields;
    if (find_decimal(&l, o, err) < 0)
        goto fail;
    bz_find_comment(&l);
    if (bz_find_header(&l, o, err) < 0)
        goto fail;
    if (l.dialect.separator == 0 && l.dialect.bits == 0 && !l.header) { /* one column: its empty lines are gaps */
        l.rows = gaps.text;
        l.line = gaps.line;
    }
    *out = l;
    return 0;
fail:
    bz_layout_free(&l);
    return -1;
}

void bz_layout_free(struct bz_layout *l)
{
    bz_drop(&l->converted);
}

const char *bz_layout_text(const struct bz_layout *l, char *text, size_t room)
{
    char separator[96] = "a line is one cell";
    if (l->dialect.bits)
        snprintf(separator, sizeof(separator), "%zu bits a line", l->dialect.bits);
    else if (l->dialect.separator)
        snprintf(separator, sizeof(separator), "separator %s (%zu of %zu lines have %zu cells)",
                 separator_name(l->dialect.separator), l->lines_agree, l->lines_seen, l->fields);
    snprintf(text, room, "%s, %s%s%s%s", separator,
             l->comment          ? "names in a comment line"
             : l->numeric_header ? "header (its names are numbers)"
             : l->header         ? "header"
                                 : "no header",
             l->dialect.decimal == ',' ? ", decimal comma" : "", l->dialect.trailing ? ", lines end in a separator" : "",
             l->dialect.quote    ? ", words in single quotes"
             : l->dialect.escape ? ", quotes in words as \\\""
                                 : "");
    return text;
}
