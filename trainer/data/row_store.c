#include "row_store.h"

#include "check.h"
#include "mem.h"

#include <string.h>

static size_t dense_bytes(const struct train_part *p)
{
    return p->store == TRAIN_U8 ? p->size : p->store == TRAIN_F32 ? p->size * sizeof(float) : 0;
}

static int open_part(struct train_row_store *s, size_t number, size_t first, struct bz_error *err)
{
    struct train_part *p = &s->data->parts[number];
    p->partial = true;
    p->first = first == SIZE_MAX ? 0 : first;
    p->where = s->where;
    if (p->store == TRAIN_U8)
        return (p->u8 = bz_alloc(s->room * p->size, sizeof(*p->u8), err)) ? 0 : -1;
    if (p->store == TRAIN_F32)
        return (p->f32 = bz_alloc(s->room * p->size, sizeof(*p->f32), err)) ? 0 : -1;
    return (p->row_start = bz_alloc(s->room + 1, sizeof(*p->row_start), err)) ? 0 : -1;
}

int train_row_store_open(struct train_row_store *s, struct train_data *data, size_t room, size_t first, struct bz_error *err)
{
    size_t entries;
    *s = (struct train_row_store){.data = data, .room = room};
    for (size_t p = 0; p < data->n_parts; p++)
        if (bz_mul(&entries, room, data->parts[p].size) < 0)
            return bz_fail(err, BZ_TOO_LARGE, "%zu rows of '%s' are more than can be addressed", room, data->parts[p].name);
    if (data->rows >= UINT32_MAX)
        return bz_fail(err, BZ_TOO_LARGE, "%zu rows, divided among hosts: expected fewer than 2^32", data->rows);
    if (!(s->room_index = bz_alloc(data->n_parts, sizeof(*s->room_index), err)) ||
        !(s->room_value = bz_alloc(data->n_parts, sizeof(*s->room_value), err)) ||
        !(s->rows = bz_alloc(room, sizeof(*s->rows), err)) ||
        (first == SIZE_MAX && !(s->where = bz_alloc(data->rows, sizeof(*s->where), err))))
        return -1;
    for (size_t r = 0; s->where && r < data->rows; r++)
        s->where[r] = UINT32_MAX;
    for (size_t p = 0; p < data->n_parts; p++)
        if (open_part(s, p, first, err) < 0)
            return -1;
    return 0;
}

void train_row_store_close(struct train_row_store *s)
{
    bz_free_all(s->room_index, s->room_value, s->rows, s->where);
    *s = (struct train_row_store){0};
}

void train_row_store_clear(struct train_row_store *s)
{
    for (size_t i = 0; s->where && i < s->n; i++)
        s->where[s->rows[i]] = UINT32_MAX;
    s->n = 0;
}

/* Of a sparse part: how many values, columns, values; of another the values. */
size_t train_row_bytes(const struct train_data *d, size_t row)
{
    size_t bytes = 0;
    for (size_t k = 0; k < d->n_parts; k++) {
        const struct train_part *p = &d->parts[k];
        const size_t at = train_part_place(p, row);
        bytes += p->store != TRAIN_SPARSE
                     ? dense_bytes(p)
                     : sizeof(uint32_t) + (p->row_start[at + 1] - p->row_start[at]) * (sizeof(*p->index) + sizeof(*p->value));
    }
    return bytes;
}

static uint8_t *put(uint8_t *to, const void *from, size_t bytes)
{
    if (bytes > 0)
        memcpy(to, from, bytes);
    return to + bytes;
}

uint8_t *train_row_pack(const struct train_data *d, size_t row, uint8_t *to)
{
    for (size_t k = 0; k < d->n_parts; k++) {
        const struct train_part *p = &d->parts[k];
        const size_t at = train_part_place(p, row);
        if (p->store != TRAIN_SPARSE) {
            to = put(to, p->store == TRAIN_U8 ? (const void *)(p->u8 + at * p->size) : p->f32 + at * p->size, dense_bytes(p));
            continue;
        }
        const size_t from = p->row_start[at], n = p->row_start[at + 1] - from;
        to = put(to, &(uint32_t){(uint32_t)n}, sizeof(uint32_t));
        to = put(to, p->index + from, n * sizeof(*p->index));
        to = put(to, p->value + from, n * sizeof(*p->value));
    }
    return to;
}

/* Takes the next bytes; false where there are fewer. */
static bool take(void *to, const uint8_t **from, const uint8_t *end, size_t bytes)
{
    if ((size_t)(end - *from) < bytes)
        return false;
    if (bytes > 0)
        memcpy(to, *from, bytes);
    *from += bytes;
    return true;
}

static int add_sparse(struct train_row_store *s, size_t number, const uint8_t **from, const uint8_t *end, struct bz_error *err)
{
    struct train_part *p = &s->data->parts[number];
    const size_t start = s->n == 0 ? 0 : p->row_start[s->n];
    uint32_t n;
    if (!take(&n, from, end, sizeof(n)) || n > p->size)
        return bz_fail(err, BZ_IO, "rows of another process end too early");
    if (bz_grow(&p->index, &s->room_index[number], start + n, sizeof(*p->index), err) < 0 ||
        bz_grow(&p->value, &s->room_value[number], start + n, sizeof(*p->value), err) < 0)
        return -1;
    p->row_start[s->n] = start;
    p->row_start[s->n + 1] = start + n;
    return take(p->index + start, from, end, n * sizeof(*p->index)) && take(p->value + start, from, end, n * sizeof(*p->value))
               ? 0
               : bz_fail(err, BZ_IO, "rows of another process end too early");
}

int train_row_store_add(struct train_row_store *s, size_t row, const uint8_t **from, const uint8_t *end, struct bz_error *err)
{
    bz_assert(s->n < s->room);
    for (size_t k = 0; k < s->data->n_parts; k++) {
        struct train_part *p = &s->data->parts[k];
        if (p->store == TRAIN_SPARSE) {
            if (add_sparse(s, k, from, end, err) < 0)
                return -1;
            continue;
        }
        void *to = p->store == TRAIN_U8 ? (void *)(p->u8 + s->n * p->size) : p->f32 + s->n * p->size;
        if (!take(to, from, end, dense_bytes(p)))
            return bz_fail(err, BZ_IO, "rows of another process end too early");
    }
    if (s->where)
        s->where[row] = (uint32_t)s->n;
    s->rows[s->n++] = row;
    return 0;
}
