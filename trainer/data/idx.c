/* IDX, the format of the MNIST files: two zero bytes, number type, rank, big-endian sizes, values. */
#include "mem.h"
#include "table.h"

#include <string.h>

enum { IDX_MAX_RANK = BZ_MAX_RANK + 1 };

/* Bytes of a value by the type byte; 0 = no such type. */
static size_t value_bytes(uint8_t type)
{
    switch (type) {
    case 0x08: /* unsigned byte */
    case 0x09: /* signed byte */
        return 1;
    case 0x0b: /* 16-bit integer */
        return 2;
    case 0x0c: /* 32-bit integer */
    case 0x0d: /* float */
        return 4;
    case 0x0e: /* double */
        return 8;
    default:
        return 0;
    }
}

static uint64_t big_endian(const uint8_t *p, size_t bytes)
{
    uint64_t v = 0;
    for (size_t i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

static float decode(const uint8_t *p, uint8_t type)
{
    uint64_t bits = big_endian(p, value_bytes(type));
    switch (type) {
    case 0x09:
        return (float)(int8_t)bits;
    case 0x0b:
        return (float)(int16_t)bits;
    case 0x0c:
        return (float)(int32_t)bits;
    case 0x0d: {
        uint32_t bits32 = (uint32_t)bits;
        float x;
        memcpy(&x, &bits32, sizeof(x));
        return x;
    }
    case 0x0e: {
        double x;
        memcpy(&x, &bits, sizeof(x));
        return (float)x;
    }
    default:
        return (float)bits;
    }
}

/* Two zero bytes start no text and no other format here, so a bad type or rank is the reader's to report. */
static bool matches(const uint8_t *data, size_t size)
{
    return size >= 4 && data[0] == 0 && data[1] == 0;
}

/* Sizes from the header, and that they agree with the file's length. */
static int read_header(struct train_table *t, const struct train_source *s, struct bz_error *err)
{
    uint8_t type = s->data[2], rank = s->data[3];
    if (value_bytes(type) == 0)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: IDX number type 0x%02x, expected 0x08, 0x09, 0x0b, 0x0c, 0x0d or 0x0e (numbers "
                       "without a head, as tofile writes them? numpy.save writes one)",
                       s->path, type);
    if (rank == 0 || rank > IDX_MAX_RANK)
        return bz_fail(err, BZ_BAD_INPUT, "%s: IDX of %u dimensions, expected 1 to %d", s->path, rank, IDX_MAX_RANK);
    if (s->size < 4 + 4 * (size_t)rank)
        return bz_fail(err, BZ_BAD_INPUT, "%s: IDX header of %u dimensions takes %u bytes, the file has %zu", s->path, rank,
                       4 + 4 * rank, s->size);
    t->rows = (size_t)big_endian(s->data + 4, 4);
    t->file_rows = t->rows;
    t->columns = 1;
    for (size_t d = 1; d < rank; d++) {
        size_t n = (size_t)big_endian(s->data + 4 + 4 * d, 4);
        t->shape[d - 1] = n;
        if (bz_mul(&t->columns, t->columns, n) < 0)
            return bz_fail(err, BZ_TOO_LARGE, "%s: IDX sizes overflow", s->path);
    }
    t->rank = rank > 2 ? (size_t)rank - 1 : 0;
    if (train_table_check_size(s->path, t->rows, t->columns, err) < 0)
        return -1;
    size_t want = t->rows * t->columns * value_bytes(type), found = s->size - 4 - 4 * (size_t)rank;
    if (found != want)
        return bz_fail(err, BZ_BAD_INPUT, "%s: IDX of %zu rows x %zu values needs %zu bytes after the header, found %zu%s",
                       s->path, t->rows, t->columns, want, found, found < want ? " (cut short?)" : "");
    return 0;
}

static int read_idx(struct train_table *t, struct train_source *s, const struct train_table_options *o, struct bz_error *err)
{
    (void)o;
    if (read_header(t, s, err) < 0)
        return -1;
    uint8_t type = s->data[2];
    size_t header = 4 + 4 * (size_t)s->data[3], n = t->rows * t->columns, width = value_bytes(type);
    if (type == 0x08) {
        t->store = TRAIN_U8;
        t->bytes = true;
        t->u8 = train_source_take(s, header, n);
        return 0;
    }
    t->store = TRAIN_F32;
    t->f32 = bz_alloc(n, sizeof(float), err);
    if (!t->f32)
        return -1;
    for (size_t i = 0; i < n; i++)
        t->f32[i] = decode(s->data + header + i * width, type);
    return 0;
}

const struct train_format train_format_idx = {"IDX", matches, read_idx, false};
