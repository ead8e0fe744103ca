#include "pieces.h"

#include "float_text.h"
#include "mem.h"

#include <string.h>

enum {
    FOR_LATER = 1 << 20, /* numbers */
    BLOCK = 16 * 1024,
};

/* x[count] in rows of `width`, after the first `at` bytes of the text. A list is one row. Or `count` lines. */
struct piece {
    size_t at;
    enum api_piece_form form;
    const float *x;
    float *own; /* x, if the piece owns it */
    size_t count, width;
    struct api_lines lines;
    struct api_call *call; /* borrowed; NULL if nothing of it is needed */
};

struct api_pieces {
    char *text; /* [text_size]; owned */
    size_t text_size;
    struct piece *piece; /* [room]; owned */
    size_t n, room;

    size_t next;                    /* piece */
    size_t read;                    /* bytes of the text */
    size_t done;                    /* of the piece: numbers as text, bytes, or lines */
    size_t text_freed, piece_freed; /* bytes released, of each from its start */
    size_t freed;                   /* bytes released but not yet reported */
    char block[BLOCK];              /* numbers as text */
    size_t block_size, block_at;
    struct api_buffer line; /* the last one written */
    size_t line_at;
};

bool api_is_for_later(const struct api_call *call, size_t rows, size_t width)
{
    return call->host->takes_pieces && !call->stream && rows * width >= FOR_LATER;
}

static bool make_room(struct api_pieces *p)
{
    return bz_grow(&p->piece, &p->room, p->n + 1, sizeof(*p->piece), NULL) == 0;
}

bool api_pieces_begin(struct api_call *call)
{
    if (!call->reply.pieces)
        call->reply.pieces = bz_alloc(1, sizeof(*call->reply.pieces), NULL);
    return call->reply.pieces != NULL;
}

static struct piece *add(struct api_call *call, const struct api_buffer *b)
{
    struct api_pieces *p = api_pieces_begin(call) ? call->reply.pieces : NULL;
    return p && !b->failed && make_room(p) ? &p->piece[p->n++] : NULL;
}

static bool add_array(struct api_call *call, const struct api_buffer *b, const float *x, size_t rows, size_t width,
                      enum api_piece_form form, float *own, struct api_call *lent)
{
    struct piece *piece = add(call, b);
    const size_t count = rows * width;
    if (!piece)
        return false;
    *piece = (struct piece){.at = b->size,
                            .form = form,
                            .x = x,
                            .own = own,
                            .count = count,
                            .width = form == API_PIECE_LIST ? count : width,
                            .call = lent};
    return true;
}

bool api_piece_add(struct api_call *call, const struct api_buffer *b, float **x, size_t rows, size_t width,
                   enum api_piece_form form)
{
    if (!add_array(call, b, *x, rows, width, form, *x, NULL))
        return false;
    *x = NULL;
    return true;
}

bool api_piece_borrow(struct api_call *call, const struct api_buffer *b, const float *x, size_t rows, size_t width,
                      enum api_piece_form form)
{
    if (!add_array(call, b, x, rows, width, form, NULL, call))
        return false;
    call->lent++;
    return true;
}

bool api_piece_lines(struct api_call *call, const struct api_buffer *b, const struct api_lines *lines)
{
    struct piece *piece = add(call, b);
    if (!piece)
        return false;
    *piece = (struct piece){.at = b->size, .form = API_PIECE_LINES, .count = lines->n, .lines = *lines};
    if (!lines->alone) {
        piece->call = call;
        call->lent++;
    }
    return true;
}

static void complete(struct api_call *call, struct api_buffer *b)
{
    struct api_pieces *p = call->reply.pieces;
    bz_free(p->text);
    p->text = api_buffer_take(b, &p->text_size);
}

void api_pieces_body(struct api_call *call, struct api_buffer *b)
{
    bz_drop(&call->reply.body);
    if (call->reply.pieces)
        complete(call, b);
    else
        call->reply.body = api_buffer_take(b, &call->reply.size);
}

static void json_later(struct json_writer *w, struct api_call *call, float **x, size_t rows, size_t width,
                       enum api_piece_form form)
{
    json_raw(w, ""); /* the comma, if one is due */
    if (!api_piece_add(call, w->b, x, rows, width, form))
        w->b->failed = true;
}

void api_json_rows(struct json_writer *w, struct api_call *call, float **x, size_t rows, size_t width)
{
    if (api_is_for_later(call, rows, width))
        json_later(w, call, x, rows, width, API_PIECE_ROWS);
    else
        json_float_rows(w, *x, rows, width);
}

void api_json_list(struct json_writer *w, struct api_call *call, float **x, size_t rows, size_t width)
{
    if (api_is_for_later(call, rows, width))
        json_later(w, call, x, rows, width, API_PIECE_LIST);
    else
        json_floats(w, *x, rows * width);
}

struct api_pieces *api_pieces_of(char *text, size_t size)
{
    struct api_pieces *p = bz_alloc(1, sizeof(*p), NULL);
    if (p) {
        p->text = text;
        p->text_size = size;
    }
    return p;
}

struct api_pieces *api_take_pieces(struct api_call *call)
{
    return bz_take(&call->reply.pieces);
}

/* Bytes it keeps in memory. */
static size_t memory_of(const struct piece *piece)
{
    return piece->own ? piece->count * sizeof(float) : piece->lines.memory;
}

static void let_go(struct piece *piece)
{
    bz_drop(&piece->own);
    if (piece->lines.release)
        piece->lines.release(piece->lines.arg);
    if (piece->call)
        piece->call->let_go(piece->call);
    piece->call = NULL;
}

void api_pieces_free(struct api_pieces *p)
{
    if (!p)
        return;
    bz_free(p->text);
    api_buffer_free(&p->line);
    for (size_t i = p->next; i < p->n; i++)
        let_go(&p->piece[i]);
    bz_free(p->piece);
    bz_free(p);
}

size_t api_pieces_memory(const struct api_pieces *p)
{
    size_t bytes = p->text_size;
    for (size_t i = 0; i < p->n; i++)
        bytes += memory_of(&p->piece[i]);
    return bytes;
}

bool api_pieces_size(const struct api_pieces *p, uint64_t *size)
{
    *size = p->text_size;
    for (size_t i = 0; i < p->n; i++) {
        if (p->piece[i].form != API_PIECE_BYTES)
            return false;
        *size += p->piece[i].count * sizeof(float);
    }
    return true;
}

size_t api_pieces_freed(struct api_pieces *p)
{
    const size_t freed = p->freed;
    p->freed = 0;
    return freed;
}

/* Releases the memory of what has been read. */
static void give_back(struct api_pieces *p, void *base, size_t *from, size_t to)
{
    const size_t before = *from;
    *from = bz_give_back(base, before, to);
    p->freed += *from - before;
}

/* The next numbers of a piece as JSON. */
static void fill_block(struct api_pieces *p, const struct piece *piece)
{
    enum { BESIDE = 4 }; /* brackets, a comma */
    char *to = p->block, *const end = p->block + BLOCK - BESIDE;
    const bool rows = piece->form == API_PIECE_ROWS;
    if (p->done == 0 && rows)
        *to++ = '[';
    for (size_t room; p->done < piece->count && (room = (size_t)(end - to) / BZ_FLOAT_ROOM) > 0;) {
        const size_t column = p->done % piece->width, left = piece->width - column, n = left < room ? left : room;
        if (p->done)
            *to++ = ',';
        if (column == 0)
            *to++ = '[';
        to = bz_floats_text(to, piece->x + p->done, n, ',') - 1;
        p->done += n;
        if (column + n == piece->width)
            *to++ = ']';
    }
    if (p->done == piece->count && rows)
        *to++ = ']';
    p->block_size = (size_t)(to - p->block);
    p->block_at = 0;
}

static size_t copy(char *out, size_t max, const char *from, size_t n)
{
    if (n > max)
        n = max;
    memcpy(out, from, n);
    return n;
}

/* The next bytes of the text, the block or the piece; 0 = at its end. */
static size_t read_some(struct api_pieces *p, char *out, size_t max)
{
    const size_t text_end = p->next < p->n ? p->piece[p->next].at : p->text_size;
    size_t n = 0;
    if (p->line_at < p->line.size) {
        n = copy(out, max, p->line.data + p->line_at, p->line.size - p->line_at);
        p->line_at += n;
    } else if (p->block_at < p->block_size) {
        n = copy(out, max, p->block + p->block_at, p->block_size - p->block_at);
        p->block_at += n;
    } else if (p->read < text_end) {
        n = copy(out, max, p->text + p->read, text_end - p->read);
        p->read += n;
        give_back(p, p->text, &p->text_freed, p->read);
    } else if (p->next < p->n && p->piece[p->next].form == API_PIECE_BYTES) {
        const struct piece *piece = &p->piece[p->next];
        n = copy(out, max, (const char *)piece->x + p->done, piece->count * sizeof(float) - p->done);
        p->done += n;
        if (piece->own)
            give_back(p, piece->own, &p->piece_freed, p->done);
    }
    return n;
}

ssize_t api_pieces_read(struct api_pieces *p, char *out, size_t max)
{
    size_t n = 0;
    while (n < max) {
        const size_t some = read_some(p, out + n, max - n);
        n += some;
        if (some)
            continue;
        if (p->next == p->n)
            break;
        struct piece *piece = &p->piece[p->next];
        if (piece->form == API_PIECE_LINES && p->done < piece->count) {
            if (n && piece->lines.dear)
                break;
            p->line.size = p->line_at = 0;
            piece->lines.write(piece->lines.arg, p->done++, &p->line);
            if (p->line.failed)
                return -1;
            continue;
        }
        if (piece->form != API_PIECE_BYTES && piece->form != API_PIECE_LINES && p->done < piece->count) {
            fill_block(p, piece);
            if (piece->own)
                give_back(p, piece->own, &p->piece_freed, p->done * sizeof(float));
            continue;
        }
        p->freed += memory_of(piece) - p->piece_freed;
        let_go(piece);
        p->next++;
        p->done = p->piece_freed = 0;
    }
    return (ssize_t)n;
}
