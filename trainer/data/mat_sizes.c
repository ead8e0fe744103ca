#include "mat_sizes.h"

#include "machine.h"
#include "mem.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

/* MAT-File Format (MathWorks), chapter 1: an element is a tag, its type and its number of bytes, and that many bytes, up to a
 * multiple of 8. A packed one holds one other. */
enum {
    MI_MATRIX = 14,
    MI_COMPRESSED = 15,
    MX_CELL = 1,
    MX_STRUCT = 2,
    MX_OBJECT = 3,
    MX_CHAR = 4,
    MX_SPARSE = 5,
    MX_LAST_NUMBER = 15,
    MX_FUNCTION = 16,
    DEFLATE_MOST = 1032, /* bytes out of one */
    MOST_DEPTH = 64,
    MOST_RANK = 64,
    STEP = 1 << 14
};

static uint32_t word_at(const uint8_t *p, bool big)
{
    return big ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
               : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

/* The file, or what a packed element unpacks to, from front to back. */
struct bytes {
    const char *file;
    const uint8_t *at; /* of the file */
    size_t left;
    bool big, packed;
    z_stream z;
    char name[64]; /* of the variable */
    uint8_t scratch[STEP];
};

/* Takes up to n bytes, which are thrown away where `to` is NULL. Returns how many there were. */
static uint64_t take(struct bytes *b, void *to, uint64_t n)
{
    if (!b->packed) {
        const size_t some = n < b->left ? (size_t)n : b->left;
        if (to)
            memcpy(to, b->at, some);
        b->at += some;
        b->left -= some;
        return some;
    }
    uint64_t done = 0;
    int status = Z_OK;
    while (done < n && status == Z_OK) {
        const size_t want = n - done < STEP ? (size_t)(n - done) : STEP;
        b->z.next_out = to ? (uint8_t *)to + done : b->scratch;
        b->z.avail_out = (uInt)want;
        status = inflate(&b->z, Z_NO_FLUSH);
        done += want - b->z.avail_out;
        if (status == Z_OK && b->z.avail_out == want)
            break;
    }
    return done;
}

/* What is left of a matrix. */
struct matrix {
    uint64_t left;
    size_t count;
    uint32_t dims[MOST_RANK], rank, class, columns;
};

/* A part of a matrix. */
struct part {
    uint32_t type, size;
    bool small; /* its bytes stand in the tag */
    uint8_t tag[8];
};

static int damaged(const struct bytes *b, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s: %s cannot be read: the file is damaged or cut off", b->file,
                   b->name[0] ? b->name : "a variable");
}

static int next_part(struct bytes *b, struct matrix *m, struct part *p, struct bz_error *err)
{
    if (m->left < 8 || take(b, p->tag, 8) != 8)
        return damaged(b, err);
    m->left -= 8;
    p->type = word_at(p->tag, b->big);
    p->size = word_at(p->tag + 4, b->big);
    p->small = p->type >> 16;
    if (p->small) {
        p->size = p->type >> 16;
        p->type &= 0xffff;
    }
    return (p->small ? p->size > 4 : p->size > m->left) ? damaged(b, err) : 0;
}

/* The first n bytes of a part into `to`, the others are passed over. */
static int part_bytes(struct bytes *b, struct matrix *m, const struct part *p, void *to, size_t n, struct bz_error *err)
{
    if (p->small) {
        if (n > 0)
            memcpy(to, p->tag + 4, n < 4 ? n : 4);
        return 0;
    }
    uint64_t padded = ((uint64_t)p->size + 7) / 8 * 8;
    const uint64_t wanted = n < p->size ? n : p->size;
    if (padded > m->left) /* the last part of some writers */
        padded = m->left;
    m->left -= padded;
    if (take(b, to, wanted) != wanted)
        return damaged(b, err);
    return take(b, NULL, p->size - wanted) != p->size - wanted ? damaged(b, err) : (take(b, NULL, padded - p->size), 0);
}

static size_t size_of(uint32_t type)
{
    static const uint8_t sizes[] = {0, 1, 1, 2, 2, 4, 4, 4, 0, 8, 0, 0, 8, 8, 0, 0, 1, 2, 4};
    return type < sizeof(sizes) ? sizes[type] : 0;
}

static int refuse_claim(const struct bytes *b, const struct matrix *m, uint64_t found, const char *of, struct bz_error *err)
{
    char dims[100] = "";
    size_t used = 0;
    for (uint32_t d = 0; d < m->rank && used + 12 < sizeof(dims); d++)
        used += (size_t)snprintf(dims + used, sizeof(dims) - used, "%s%u", d ? " x " : "", m->dims[d]);
    return bz_fail(err, BZ_BAD_INPUT, "%s: %s claims %s %s, the file holds %llu: it is damaged or cut off", b->file,
                   b->name[0] ? b->name : "a variable", dims, of, (unsigned long long)found);
}

/* Whether a part holds what its size says, and so many values; chars: at least. */
static int check_values(struct bytes *b, struct matrix *m, struct bz_error *err)
{
    struct part p;
    if (next_part(b, m, &p, err) < 0)
        return -1;
    const size_t size = size_of(p.type), found = size ? p.size / size : p.size;
    if (m->class == MX_CHAR ? p.size < m->count : found != m->count)
        return refuse_claim(b, m, found, "values", err);
    return part_bytes(b, m, &p, NULL, 0, err);
}

static int check_sparse(struct bytes *b, struct matrix *m, struct bz_error *err)
{
    struct part p;
    if (next_part(b, m, &p, err) < 0 || part_bytes(b, m, &p, NULL, 0, err) < 0 || next_part(b, m, &p, err) < 0)
        return -1;
    if (p.size / 4 != (uint64_t)m->dims[1] + 1)
        return refuse_claim(b, m, p.size / 4, "cells and one pointer more than columns", err);
    return part_bytes(b, m, &p, NULL, 0, err); /* the values follow: they have no claim but their size */
}

static int check_matrix(struct bytes *b, uint64_t size, int depth, struct bz_error *err);

/* n matrices, each of which has a tag at least. */
static int check_members(struct bytes *b, struct matrix *m, size_t n, int depth, struct bz_error *err)
{
    struct part p;
    if (n > m->left / 8)
        return refuse_claim(b, m, m->left, "cells or fields", err);
    for (size_t i = 0; i < n; i++) {
        if (next_part(b, m, &p, err) < 0)
            return -1;
        if (p.type != MI_MATRIX || p.small)
            return damaged(b, err);
        m->left -= p.size;
        if (check_matrix(b, p.size, depth + 1, err) < 0)
            return -1;
    }
    return 0;
}

static int check_struct(struct bytes *b, struct matrix *m, int depth, struct bz_error *err)
{
    struct part p;
    uint8_t word[4] = {0};
    size_t n;
    if (m->class == MX_OBJECT && (next_part(b, m, &p, err) < 0 || part_bytes(b, m, &p, NULL, 0, err) < 0))
        return -1;
    if (next_part(b, m, &p, err) < 0 || part_bytes(b, m, &p, word, 4, err) < 0)
        return -1;
    const uint32_t length = word_at(word, b->big);
    if (next_part(b, m, &p, err) < 0 || part_bytes(b, m, &p, NULL, 0, err) < 0)
        return -1;
    const size_t fields = length ? p.size / length : 0;
    return bz_mul(&n, m->count, fields) < 0 ? damaged(b, err) : check_members(b, m, n, depth, err);
}

/* Flags, dimensions and name stand in front of every matrix. */
static int read_head(struct bytes *b, struct matrix *m, int depth, struct bz_error *err)
{
    struct part p;
    uint8_t flags[8] = {0}, dims[4 * MOST_RANK] = {0};
    char name[sizeof(b->name)] = "";
    if (next_part(b, m, &p, err) < 0 || part_bytes(b, m, &p, flags, 8, err) < 0)
        return -1;
    m->class = word_at(flags, b->big) & 0xff;
    m->count = 1;
    if (m->class > MX_FUNCTION) /* MATLAB's own, of which nothing is read */
        return 0;
    if (next_part(b, m, &p, err) < 0)
        return -1;
    if (p.size / 4 > MOST_RANK)
        return damaged(b, err);
    if (part_bytes(b, m, &p, dims, sizeof(dims), err) < 0)
        return -1;
    m->rank = p.size / 4;
    for (uint32_t d = 0; d < m->rank; d++) {
        m->dims[d] = word_at(dims + 4 * d, b->big);
        if (bz_mul(&m->count, m->count, m->dims[d]) < 0)
            m->count = SIZE_MAX;
    }
    if (next_part(b, m, &p, err) < 0 || part_bytes(b, m, &p, name, p.size < sizeof(name) ? p.size : sizeof(name) - 1, err) < 0)
        return -1;
    if (depth == 0)
        memcpy(b->name, name, sizeof(name));
    return 0;
}

static int check_matrix(struct bytes *b, uint64_t size, int depth, struct bz_error *err)
{
    struct matrix m = {.left = size};
    int rc = 0;
    if (size == 0)
        return 0; /* an empty cell or field */
    if (depth > MOST_DEPTH)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %s has cells and structs more than %d deep", b->file, b->name, MOST_DEPTH);
    if (read_head(b, &m, depth, err) < 0)
        return -1;
    if (m.class == MX_CELL)
        rc = check_members(b, &m, m.count, depth, err);
    else if (m.class == MX_STRUCT || m.class == MX_OBJECT)
        rc = check_struct(b, &m, depth, err);
    else if (m.class == MX_FUNCTION)
        rc = check_members(b, &m, 1, depth, err);
    else if (m.class == MX_SPARSE)
        rc = m.rank == 2 ? check_sparse(b, &m, err) : damaged(b, err);
    else if (m.class >= MX_CHAR && m.class <= MX_LAST_NUMBER)
        rc = check_values(b, &m, err);
    if (rc == 0 && take(b, NULL, m.left) != m.left)
        return damaged(b, err);
    return rc;
}

static int check_packed(struct bytes *b, uint32_t size, struct bz_error *err)
{
    uint8_t tag[8];
    b->z = (z_stream){.next_in = (Bytef *)(uintptr_t)b->at, .avail_in = size};
    if (inflateInit(&b->z) != Z_OK)
        return bz_fail(err, BZ_NO_MEMORY, "%s: no memory left to unpack", b->file);
    b->packed = true;
    int rc = take(b, tag, 8) == 8 && word_at(tag, b->big) == MI_MATRIX ? 0 : damaged(b, err);
    const uint32_t claimed = word_at(tag + 4, b->big);
    if (rc == 0 && claimed / DEFLATE_MOST > size)
        rc = bz_fail(err, BZ_BAD_INPUT, "%s: a variable claims %u bytes, more than %u packed ones can hold", b->file, claimed,
                     size);
    if (rc == 0)
        rc = check_matrix(b, claimed, 0, err);
    inflateEnd(&b->z);
    b->packed = false;
    b->at += size;
    b->left -= size;
    return rc;
}

static int check_version_5(struct bytes *b, struct bz_error *err)
{
    uint8_t tag[8];
    take(b, NULL, 128);
    while (b->left >= 8) {
        take(b, tag, 8);
        const uint32_t type = word_at(tag, b->big), size = word_at(tag + 4, b->big);
        b->name[0] = 0;
        if (type >> 16) /* a small element, of nothing that is read */
            continue;
        if (size > b->left)
            return bz_fail(err, BZ_BAD_INPUT, "%s: an element claims %u bytes, the file holds %zu: it is damaged or cut off",
                           b->file, size, b->left);
        const uint8_t *end = b->at + size;
        if (type == MI_COMPRESSED ? check_packed(b, size, err) < 0 : type == MI_MATRIX && check_matrix(b, size, 0, err) < 0)
            return -1;
        take(b, NULL, (size_t)(end - b->at));
    }
    return 0;
}

/* Sparse ones are lists of row, column, value, of which the last holds the sizes. */
static int check_list(const struct bytes *b, const uint8_t *values, uint32_t n, struct bz_error *err)
{
    uint64_t bits = 0;
    double columns;
    for (int k = 0; k < 8; k++)
        bits |= (uint64_t)values[8 * (2 * (size_t)n - 1) + (size_t)(b->big ? 7 - k : k)] << 8 * k;
    memcpy(&columns, &bits, sizeof(columns));
    return columns >= 0 && columns <= BZ_MAX_UNITS
               ? 0
               : bz_fail(err, BZ_TOO_LARGE, "%s: %s claims %g columns, at most %zu are accepted", b->file, b->name, columns,
                         (size_t)BZ_MAX_UNITS);
}

static int check_version_4(struct bytes *b, struct bz_error *err)
{
    static const uint8_t sizes[] = {8, 4, 4, 2, 2, 1};
    uint8_t head[20];
    while (b->left >= sizeof(head)) {
        take(b, head, sizeof(head));
        const uint32_t kind = word_at(head, b->big), length = word_at(head + 16, b->big);
        struct matrix m = {.rank = 2, .dims = {word_at(head + 4, b->big), word_at(head + 8, b->big)}};
        const size_t size = kind / 10 % 10 < sizeof(sizes) ? sizes[kind / 10 % 10] : 0,
                     parts = word_at(head + 12, b->big) ? 2 : 1;
        if (size == 0 || length > b->left)
            return damaged(b, err);
        snprintf(b->name, sizeof(b->name), "%.*s", (int)(length < 63 ? length : 63), (const char *)b->at);
        take(b, NULL, length);
        size_t bytes = size * parts;
        if (bz_mul(&bytes, bytes, m.dims[0]) < 0 || bz_mul(&bytes, bytes, m.dims[1]) < 0 || bytes > b->left)
            return refuse_claim(b, &m, b->left / size / parts, "values", err);
        if (kind % 10 == 2 && size == 8 && m.dims[0] > 0 && m.dims[1] >= 2 && check_list(b, b->at, m.dims[0], err) < 0)
            return -1;
        take(b, NULL, bytes);
    }
    return 0;
}

int train_mat_check_sizes(const char *file, const uint8_t *data, size_t size, struct bz_error *err)
{
    struct bytes *b = bz_alloc(1, sizeof(*b), err);
    if (!b)
        return -1;
    *b = (struct bytes){.file = file, .at = data, .left = size};
    const bool five = size > 128 && data[0] >= ' ' && data[0] < 127 &&
                      ((data[126] == 'I' && data[127] == 'M') || (data[126] == 'M' && data[127] == 'I'));
    b->big = five ? data[126] == 'M' : size > 4 && word_at(data, true) / 1000 == 1;
    const int rc = five ? check_version_5(b, err) : check_version_4(b, err);
    bz_free(b);
    return rc;
}
