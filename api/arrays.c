#include "arrays.h"

#include "body.h"
#include "missing.h"
#include "named_rows.h"
#include "pieces.h"

#include "float_text.h"
#include "layer_picture.h"
#include "mem.h"
#include "npy.h"
#include "stop.h"

#include <stdio.h>
#include <string.h>

enum {
    MAX_PICTURES = 16384,
    LARGE_PICTURE = 1 << 20, /* bytes of pixels from which on a picture is encoded while it is read */
    ENCODER_MEMORY = 300 * 1024,
    LINES_HELD = 5 /* one of ours; libpng has the current one, the previous one, and two to try filters on */
};

static int no_memory(struct api_fault *fault)
{
    return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the reply");
}

int api_reply_buffer(struct api_call *call, struct api_buffer *b, struct api_fault *fault)
{
    if (b->failed) {
        api_buffer_free(b);
        return no_memory(fault);
    }
    api_pieces_body(call, b);
    call->reply.content_type = api_format_media_type(call->job->out);
    call->reply.compressible = call->job->out != API_PNG;
    return 0;
}

static void shape_header(struct api_call *call, const size_t *shape, size_t rank)
{
    char text[160];
    size_t used = 0;
    for (size_t d = 0; d < rank && used + 1 + BZ_WHOLE_ROOM <= sizeof(text); d++) {
        if (d)
            text[used++] = ',';
        used += bz_whole_text(shape[d], text + used);
    }
    api_add_header_text(&call->reply, "X-Boltz-Shape", text);
}

/* A picture that is encoded while it is read. */
struct pictures {
    struct bz_png_lines *lines; /* owned, as the next */
    float *own;                 /* what it is drawn from; NULL: it belongs to the call */
};

static void pictures_free(void *arg)
{
    struct pictures *p = arg;
    if (!p)
        return;
    bz_png_lines_free(p->lines);
    bz_free(p->own);
    bz_free(p);
}

static void write_line(void *arg, size_t y, struct api_buffer *b)
{
    const struct pictures *p = arg;
    struct bz_error err;
    size_t size;
    const uint8_t *bytes = bz_png_lines_next(p->lines, y, &size, &err);
    if (bytes)
        api_buffer_add(b, bytes, size);
    else
        b->failed = true;
}

/* Encoded now or later; in the latter case *own, if not NULL, is taken over. */
static void write_pictures(struct api_call *call, struct pictures *p, struct api_buffer *b, float **own, size_t bytes)
{
    const struct bz_picture whole = bz_png_lines_picture(p->lines);
    const size_t stride = whole.width * whole.channels;
    const bool later = call->host->takes_pieces && stride * whole.height >= LARGE_PICTURE;
    for (size_t y = 0; !later && y < whole.height && !b->failed && !bz_stopping_work(BZ_STOP_TEXT * stride); y++)
        write_line(p, y, b);
    if (!later) {
        pictures_free(p);
        return;
    }
    const struct api_lines lines = {.n = whole.height,
                                    .write = write_line,
                                    .release = pictures_free,
                                    .arg = p,
                                    .memory = (own ? bytes : 0) + LINES_HELD * stride + ENCODER_MEMORY,
                                    .dear = true,
                                    .alone = own != NULL};
    if (api_piece_lines(call, b, &lines)) {
        p->own = own ? *own : NULL;
        if (own)
            *own = NULL;
    } else {
        pictures_free(p);
        b->failed = true;
    }
}

/* One picture per row. own: the owner of x, if it may be taken over. */
static int reply_pictures(struct api_call *call, const float *x, float **own, size_t rows, size_t size, struct bz_tiling tiling,
                          struct api_fault *fault)
{
    struct bz_error err;
    const struct api_params *par = &call->job->par;
    if (rows > MAX_PICTURES)
        return api_fault(fault, API_BAD_VALUE, "png: %zu pictures, at most %d fit one image", rows, MAX_PICTURES);
    tiling.scale = api_given(par, API_P_UPSCALE) ? (size_t)par->upscale : 1;
    tiling.columns = api_given(par, API_P_COLUMNS) ? (size_t)par->columns : 0;
    tiling.gap = api_given(par, API_P_GAP) ? (size_t)par->gap : 1;
    struct pictures *p = bz_alloc(1, sizeof(*p), &err);
    if (!p || bz_png_lines_new(&p->lines, x, rows, size, &tiling, &err) < 0) {
        pictures_free(p);
        return err.code == BZ_NO_MEMORY ? no_memory(fault) : api_fault(fault, API_BAD_VALUE, "png: %s", err.msg);
    }
    const struct bz_picture whole = bz_png_lines_picture(p->lines);
    struct api_buffer b = {0};
    write_pictures(call, p, &b, own, rows * size * sizeof(float));
    if (api_reply_buffer(call, &b, fault) < 0)
        return -1;
    api_add_header(&call->reply, "X-Boltz-Tiles", "%zu,%zu,%zu", whole.down, whole.across, rows);
    return 0;
}

static void npy_header(struct api_buffer *b, enum bz_dtype dtype, const size_t *shape, size_t rank)
{
    char *to = api_buffer_reserve(b, BZ_NPY_HEADER_ROOM);
    if (to)
        b->size += bz_npy_header(to, dtype, shape, rank);
}

static int reply_npy(struct api_call *call, const void *x, enum bz_dtype dtype, const size_t *shape, size_t rank,
                     struct api_fault *fault)
{
    struct api_buffer b = {0};
    size_t count = bz_dtype_size(dtype);
    for (size_t d = 0; d < rank; d++)
        count *= shape[d];
    npy_header(&b, dtype, shape, rank);
    api_buffer_add(&b, x, count);
    return api_reply_buffer(call, &b, fault);
}

int api_reply_array(struct api_call *call, float **x, size_t rows, const struct bz_layer *layer, struct api_fault *fault)
{
    const size_t shape[2] = {rows, layer->size};
    shape_header(call, shape, 2);
    const struct bz_tiling tiling = bz_tiling_of(layer);
    if (call->job->out == API_PNG)
        return reply_pictures(call, *x, x, rows, layer->size, tiling, fault);
    struct api_buffer b = {0};
    if (call->job->out == API_NPY)
        npy_header(&b, BZ_F4, shape, 2);
    if (!api_is_for_later(call, rows, layer->size))
        api_buffer_add(&b, *x, rows * layer->size * sizeof(float));
    else if (!api_piece_add(call, &b, x, rows, layer->size, API_PIECE_BYTES))
        b.failed = true;
    return api_reply_buffer(call, &b, fault);
}

int api_reply_doubles(struct api_call *call, const double *x, size_t rows, struct api_fault *fault)
{
    shape_header(call, &rows, 1);
    if (call->job->out == API_NPY)
        return reply_npy(call, x, BZ_F8, &rows, 1, fault);
    struct api_buffer b = {0};
    char *to = api_buffer_reserve(&b, rows * sizeof(float));
    for (size_t r = 0; to && r < rows; r++) {
        const float value = (float)x[r];
        memcpy(to + r * sizeof(float), &value, sizeof(float));
    }
    b.size = b.failed ? 0 : rows * sizeof(float);
    return api_reply_buffer(call, &b, fault);
}

int api_reply_indices(struct api_call *call, const int64_t *x, size_t rows, size_t width, struct api_fault *fault)
{
    const size_t shape[2] = {rows, width}, count = rows * width;
    shape_header(call, shape, 2);
    if (call->job->out == API_NPY)
        return reply_npy(call, x, BZ_I8, shape, 2, fault);
    struct api_buffer b = {0};
    char *to = api_buffer_reserve(&b, count * sizeof(float));
    for (size_t i = 0; to && i < count; i++) {
        const float value = (float)x[i]; /* below 2^24: exact */
        memcpy(to + i * sizeof(float), &value, sizeof(float));
    }
    b.size = b.failed ? 0 : count * sizeof(float);
    return api_reply_buffer(call, &b, fault);
}

int api_reply_tensor(struct api_call *call, const float *x, const size_t *shape, size_t rank, const struct bz_layer *picture,
                     struct api_fault *fault)
{
    const size_t rows = rank == 2 ? shape[0] : 1, size = rank == 2 ? shape[1] : shape[0];
    struct bz_tiling tiling = bz_tiling_of(picture);
    tiling.tone = BZ_TONE_BALANCED; /* weights: grey is zero */
    shape_header(call, shape, rank);
    if (call->job->out == API_PNG)
        return reply_pictures(call, x, NULL, rows, size, tiling, fault);
    struct api_buffer b = {0};
    if (call->job->out == API_NPY)
        npy_header(&b, BZ_F4, shape, rank);
    if (!api_is_for_later(call, rows, size))
        api_buffer_add(&b, x, rows * size * sizeof(float));
    else if (!api_piece_borrow(call, &b, x, rows, size, API_PIECE_BYTES))
        b.failed = true;
    return api_reply_buffer(call, &b, fault);
}

struct json_writer api_json_begin(struct api_call *call, struct api_buffer *b)
{
    struct json_writer w = json_writer(b);
    json_object(&w);
    json_key_string(&w, "model", call->model->name);
    json_key_whole(&w, "version", call->model->version);
    return w;
}

int api_json_end(struct api_call *call, struct json_writer *w, struct api_fault *fault)
{
    api_missing_write(w, call);
    api_table_write_notes(w, call);
    json_end_object(w);
    return api_reply_buffer(call, w->b, fault);
}

bool api_by_layer(const struct api_call *call)
{
    const struct bz_machine *m = api_machine(call);
    size_t visible = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        visible += bz_is_visible(&m->layers[l]);
    return visible != 1 || call->job->n_returned > 0;
}

void api_json_layers(struct json_writer *w, struct api_call *call, const char *name, float **x, size_t rows)
{
    const struct bz_machine *m = api_machine(call);
    const bool by_layer = api_by_layer(call);
    json_key(w, name);
    if (by_layer)
        json_object(w);
    for (size_t l = 0; l < m->n_layers; l++) {
        if (!x[l])
            continue;
        if (by_layer)
            json_key(w, m->layers[l].name);
        api_json_rows(w, call, &x[l], rows, m->layers[l].size);
    }
    if (by_layer)
        json_end_object(w);
}

long api_reply_layer(const struct api_call *call, const struct api_task *task, struct api_fault *fault)
{
    const struct bz_machine *m = api_machine(call);
    if (task->asked >= 0)
        return task->asked;
    if (call->job->n_returned == 1)
        return (long)call->job->returned[0];
    if (!api_by_layer(call))
        return bz_machine_only_visible(m);
    char names[400] = "";
    if (call->job->n_returned == 0)
        api_layer_names(m, true, names, sizeof(names));
    for (size_t i = 0, used = 0; i < call->job->n_returned && used < sizeof(names); i++)
        used +=
            (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "", m->layers[call->job->returned[i]].name);
    return api_fault(fault, API_NOT_ACCEPTABLE, "%s holds one layer: parameter 'layer' is needed, one of: %s",
                     api_format_name(call->job->out), names);
}
