/* Matrix Market files (Boisvert, Pozo, Remington 1996): coordinate ones stay sparse, arrays are stored by columns. */
#include "mem.h"
#include "text_lines.h"
#include "triplets.h"

#include <math.h>
#include <string.h>
#include <strings.h>

struct matrix {
    bool coordinate, pattern, is_unsigned;
    enum { GENERAL, SYMMETRIC, SKEW } symmetry;
    size_t rows, columns, entries;
    bool above, below; /* entries above or below the diagonal were met */
    bool of_genes;     /* Cell Ranger wrote it */
};

static bool matches(const uint8_t *data, size_t size)
{
    return size > 14 && strncasecmp((const char *)data, "%%MatrixMarket", 14) == 0;
}

static bool is_word(const char *word, size_t length, const char *wanted)
{
    return strlen(wanted) == length && strncasecmp(word, wanted, length) == 0;
}

/* "%%MatrixMarket matrix coordinate real general" */
static int read_head(struct train_lines *l, struct matrix *m, struct bz_error *err)
{
    const char *word[5] = {0};
    size_t length[5] = {0}, place = 0;
    train_next_line(l);
    for (size_t k = 0; k < 5; k++)
        if (!train_next_word(l, &place, &word[k], &length[k]))
            return train_line_fail(l, err, "expected %%%%MatrixMarket matrix coordinate|array FIELD SYMMETRY");
    m->coordinate = is_word(word[2], length[2], "coordinate");
    m->pattern = is_word(word[3], length[3], "pattern");
    m->is_unsigned = is_word(word[3], length[3], "unsigned-integer");
    m->symmetry = is_word(word[4], length[4], "symmetric")        ? SYMMETRIC
                  : is_word(word[4], length[4], "skew-symmetric") ? SKEW
                                                                  : GENERAL;
    if (!is_word(word[1], length[1], "matrix") || (!m->coordinate && !is_word(word[2], length[2], "array")))
        return train_line_fail(l, err, "%.*s %.*s, expected a matrix, coordinate or array", (int)length[1], word[1],
                               (int)length[2], word[2]);
    if (is_word(word[3], length[3], "complex") || is_word(word[4], length[4], "hermitian"))
        return train_line_fail(l, err, "complex values, expected real ones");
    if (!m->pattern && !m->is_unsigned && !is_word(word[3], length[3], "real") && !is_word(word[3], length[3], "integer") &&
        !is_word(word[3], length[3], "double"))
        return train_line_fail(l, err, "values of kind %.*s, expected real, integer, unsigned-integer or pattern",
                               (int)length[3], word[3]);
    if (m->symmetry == GENERAL && !is_word(word[4], length[4], "general"))
        return train_line_fail(l, err, "symmetry %.*s, expected general, symmetric or skew-symmetric", (int)length[4], word[4]);
    if (m->symmetry == SKEW && m->is_unsigned)
        return train_line_fail(l, err, "unsigned values in a skew-symmetric matrix: they cannot hold its negative half");
    if (m->pattern && !m->coordinate)
        return train_line_fail(l, err, "an array without values, expected coordinate with pattern");
    return 0;
}

static bool is_comment(const struct train_lines *l)
{
    return (l->length > 0 && l->line[0] == '%') || train_line_is_blank(l);
}

/* The next whole number >= 0 of a line. */
static bool next_whole(const struct train_lines *l, size_t *place, size_t *out)
{
    double x;
    if (train_next_number(l, place, &x) != 1 || !(x >= 0 && x <= 9007199254740991.0) || x != floor(x))
        return false;
    *out = (size_t)x;
    return true;
}

static int read_sizes(struct train_lines *l, struct matrix *m, struct bz_error *err)
{
    size_t place = 0;
    do {
        if (!train_next_line(l))
            return train_line_fail(l, err, "ends before the line of sizes");
        m->of_genes = m->of_genes || (is_comment(l) && memmem(l->line, l->length, "metadata_json", 13) &&
                                      memmem(l->line, l->length, "software_version", 16));
    } while (is_comment(l));
    if (!next_whole(l, &place, &m->rows) || !next_whole(l, &place, &m->columns) ||
        (m->coordinate && !next_whole(l, &place, &m->entries)) || train_count_words(l, place) != 0)
        return train_line_fail(l, err, "expected the sizes: rows, columns%s", m->coordinate ? ", entries" : "");
    if (m->symmetry != GENERAL && m->rows != m->columns)
        return train_line_fail(l, err, "%zu x %zu, expected a square matrix where half is stored", m->rows, m->columns);
    return train_table_check_size(l->path, m->rows, m->columns, err);
}

static int read_value(const struct train_lines *l, size_t *place, double *out, struct bz_error *err)
{
    if (train_next_number(l, place, out) != 1 || train_count_words(l, *place) != 0)
        return train_line_fail(l, err, "'%.*s', expected one number more", (int)(l->length < 60 ? l->length : 60), l->line);
    if (fabs(*out) == 1e308)
        return train_line_fail(l, err, "1e308 is how R's writeMM spells NaN and Inf alike: write the matrix with NA left out");
    if (isinf(*out))
        return train_line_fail(l, err, "an infinite value, expected finite ones (nan is a missing value)");
    return 0;
}

/* --- coordinate --- */

static void put(struct train_triplets *t, size_t row, size_t column, double value)
{
    t->row[t->n] = (uint32_t)row;
    t->column[t->n] = (uint32_t)column;
    t->value[t->n++] = value;
}

static int read_entry(const struct train_lines *l, struct matrix *m, struct train_triplets *t, struct bz_error *err)
{
    size_t place = 0, row, column;
    double value = 1;
    if (!next_whole(l, &place, &row) || !next_whole(l, &place, &column) || row < 1 || row > m->rows || column < 1 ||
        column > m->columns)
        return train_line_fail(l, err, "expected a row from 1 to %zu and a column from 1 to %zu", m->rows, m->columns);
    if (m->pattern ? train_count_words(l, place) != 0 : read_value(l, &place, &value, err) < 0)
        return m->pattern ? train_line_fail(l, err, "a value in a pattern, expected row and column") : -1;
    put(t, row - 1, column - 1, value);
    if (m->symmetry == GENERAL)
        return 0;
    m->below = m->below || row > column;
    m->above = m->above || row < column;
    if (m->above && m->below)
        return train_line_fail(l, err, "both halves of a symmetric matrix are stored, expected one");
    if (m->symmetry == SKEW && row == column)
        return train_line_fail(l, err, "an entry on the diagonal of a skew-symmetric matrix");
    if (row != column)
        put(t, column - 1, row - 1, m->symmetry == SKEW ? -value : value);
    return 0;
}

static int read_coordinates(struct train_table *table, struct train_lines *l, struct matrix *m, struct bz_error *err)
{
    struct train_triplets t = {.rows = m->rows, .columns = m->columns};
    size_t read = 0;
    int rc = 0;
    if (m->entries > (size_t)(l->end - l->at)) /* each needs bytes */
        return train_line_fail(l, err, "%zu entries, the file is too short for them", m->entries);
    if (train_triplets_reserve(&t, 2 * m->entries, err) < 0)
        rc = -1;
    while (rc == 0 && train_next_line(l)) {
        if (is_comment(l))
            continue;
        rc = read++ == m->entries ? train_line_fail(l, err, "more than the %zu entries of the line of sizes", m->entries)
                                  : read_entry(l, m, &t, err);
    }
    if (rc == 0 && read != m->entries)
        rc = train_line_fail(l, err, "ends after %zu of %zu entries", read, m->entries);
    if (rc == 0)
        rc = train_table_of_triplets(table, &t, err);
    train_triplets_free(&t);
    return rc;
}

/* --- array: column after column; of symmetric ones what is on and below the diagonal, of skew-symmetric ones what is below ---
 */

static int read_array(struct train_table *t, struct train_lines *l, const struct matrix *m, struct bz_error *err)
{
    const size_t n = m->rows;
    size_t row = m->symmetry == SKEW, column = 0;
    t->rows = t->file_rows = m->rows;
    t->columns = m->columns;
    t->store = TRAIN_F64;
    if (m->rows * m->columns > 2 * (size_t)(l->end - l->at) + 2) /* bounded by the sizes' check; a value needs two bytes */
        return train_line_fail(l, err, "%zu x %zu values, the file is too short for them", m->rows, m->columns);
    if (!(t->f64 = bz_alloc(m->rows * m->columns, sizeof(double), err)))
        return -1;
    while (train_next_line(l)) {
        double value;
        size_t place = 0;
        if (is_comment(l))
            continue;
        if (column >= m->columns || row >= n)
            return train_line_fail(l, err, "more than the values of a matrix of %zu x %zu", m->rows, m->columns);
        if (read_value(l, &place, &value, err) < 0)
            return -1;
        t->f64[row * m->columns + column] = value;
        if (m->symmetry != GENERAL)
            t->f64[column * m->columns + row] = m->symmetry == SKEW ? -value : value;
        if (++row == n) {
            column++;
            row = m->symmetry == GENERAL ? 0 : column + (m->symmetry == SKEW);
        }
    }
    const size_t last = m->symmetry == SKEW && n > 0 ? m->columns - 1 : m->columns;
    return column < last ? train_line_fail(l, err, "ends in column %zu of %zu", column + 1, m->columns) : 0;
}

static int read_matrix(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    struct train_lines l = {.path = s->path, .at = (const char *)s->data, .end = (const char *)s->data + s->size};
    struct matrix m = {0};
    if (read_head(&l, &m, err) < 0 || read_sizes(&l, &m, err) < 0)
        return -1;
    if (m.of_genes && !o->user->transpose &&
        train_table_say(t, err,
                        "warning: Cell Ranger writes a row a gene and a column a cell: --transpose makes cells the rows") < 0)
        return -1;
    return m.coordinate ? read_coordinates(t, &l, &m, err) : read_array(t, &l, &m, err);
}

const struct train_format train_format_matrix_market = {"Matrix Market", matches, read_matrix, false};
