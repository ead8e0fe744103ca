#include "record_text.h"

#include "mem.h"
#include "number_text.h"

#include <inttypes.h>
#include <string.h>

enum { WORD_ROOM = 1024 };

bool bz_word_is_gap(const char *word)
{
    static const char *const gaps[] = {"", "nan", "NaN", "NA", "<NA>", "None", "NaT", "?"};
    for (size_t k = 0; k < sizeof(gaps) / sizeof(gaps[0]); k++)
        if (strcmp(word, gaps[k]) == 0)
            return true;
    return false;
}

int bz_check_least(const char *path, enum bz_dtype dtype, double x, size_t row, size_t column, struct bz_error *err)
{
    const double least = dtype == BZ_I4 ? -0x1p31 : -0x1p63;
    if ((dtype != BZ_I4 && dtype != BZ_I8) || x != least)
        return 0;
    return bz_fail(err, BZ_BAD_INPUT,
                   "%s: row %zu, column %zu: %.0f, the least number of its type, is what R and numpy make of a missing whole "
                   "number: write the array as floating-point numbers, with NaN for what is missing",
                   path, row + 1, column + 1, least);
}

static void put_quoted(FILE *to, const char *text)
{
    fputc('"', to);
    for (; *text; text++)
        fputs(*text == '"' ? "\"\"" : (char[]){*text, 0}, to);
    fputc('"', to);
}

/* Eight-byte integers in full precision. */
static void put_long(FILE *to, const struct bz_npy *a, const void *data, size_t i)
{
    unsigned char bytes[8], turned[8];
    uint64_t x;
    memcpy(bytes, (const char *)data + 8 * i, 8);
    for (size_t k = 0; k < 8; k++)
        turned[k] = bytes[7 - k];
    memcpy(&x, a->swapped ? turned : bytes, 8);
    if (a->dtype == BZ_I8)
        fprintf(to, "%" PRId64, (int64_t)x);
    else
        fprintf(to, "%" PRIu64, x);
}

static int put_number(const struct bz_records *r, FILE *to, size_t row, size_t j, struct bz_error *err)
{
    const struct bz_npy *a = &r->fields[j].array;
    double x;
    bz_npy_doubles(a, r->columns[j], row, 1, &x);
    if (a->dtype == BZ_B1)
        fputs(x != 0 ? "true" : "false", to);
    else if (a->dtype == BZ_I8 || a->dtype == BZ_U8)
        put_long(to, a, r->columns[j], row);
    else
        fprintf(to, "%.17g", x);
    return bz_check_least(r->path, a->dtype, x, row, j, err);
}

static int put_cell(const struct bz_records *r, FILE *to, size_t row, size_t j, struct bz_error *err)
{
    char word[WORD_ROOM];
    if (bz_dtype_is_number(r->fields[j].array.dtype))
        return put_number(r, to, row, j, err);
    if (bz_npy_word(&r->fields[j].array, r->columns[j], row, word, sizeof(word)) + 1 == sizeof(word))
        return bz_fail(err, BZ_TOO_LARGE, "%s: row %zu: a word of %d letters or more", r->path, row + 1, WORD_ROOM - 1);
    if (!bz_word_is_gap(word))
        put_quoted(to, word);
    return 0;
}

int bz_records_write(const struct bz_records *r, FILE *to, size_t most, struct bz_error *err)
{
    for (size_t j = 0; j < r->n; j++) {
        fputs(j ? "," : "", to);
        put_quoted(to, r->fields[j].name);
    }
    for (size_t i = 0; i < r->rows; i++) {
        for (size_t j = 0; j < r->n; j++) {
            fputs(j ? "," : "\n", to);
            if (put_cell(r, to, i, j, err) < 0)
                return -1;
        }
        if ((size_t)ftello(to) > most)
            return bz_fail(err, BZ_TOO_LARGE,
                           "%s: the records, written as text, take more than the %zu bytes that are accepted", r->path, most);
    }
    fputc('\n', to);
    return 0;
}

bool bz_records_hold_codes(const struct bz_records *r, size_t j)
{
    char word[WORD_ROOM];
    double x;
    bool some = false;
    if (bz_dtype_is_number(r->fields[j].array.dtype))
        return false;
    for (size_t i = 0; i < r->rows; i++) {
        const size_t length = bz_npy_word(&r->fields[j].array, r->columns[j], i, word, sizeof(word));
        if (bz_word_is_gap(word))
            continue;
        if (bz_parse_number(word, length, &x) < 0)
            return false;
        some = true;
    }
    return some;
}

int bz_records_open(struct bz_records *r, const char *path, const struct bz_npy *a, const void *file, const void *data,
                    struct bz_error *err)
{
    size_t place = 0;
    *r = (struct bz_records){.path = path, .rows = a->count};
    if (!(r->fields = bz_alloc(a->n_fields, sizeof(*r->fields), err)) ||
        !(r->columns = bz_alloc(a->n_fields, sizeof(*r->columns), err)))
        return -1;
    for (struct bz_npy_field f = {0}; r->n < a->n_fields && bz_npy_field_next(a, file, &place, &f); r->n++) {
        r->fields[r->n] = f;
        if (!(r->columns[r->n] = bz_alloc(a->count, f.array.item, err)))
            return -1;
        bz_npy_field_copy(a, &f, data, r->columns[r->n]);
    }
    return 0;
}

void bz_records_close(struct bz_records *r)
{
    for (size_t j = 0; j < r->n; j++)
        bz_free(r->columns[j]);
    bz_free(r->columns);
    bz_free(r->fields);
}
