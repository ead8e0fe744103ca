#include "rows_array.h"

#include "rows.h"

#include "mem.h"
#include "npy.h"
#include "png_image.h"
#include "stop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A shape as the client gave it: in X-Boltz-Shape or in an npy header. */
struct shape {
    size_t rank, d[BZ_NPY_MAX_RANK];
};

static int out_of_memory(struct api_fault *fault)
{
    return api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for this request");
}

/* True if the text is printable, as JSON is and numbers in memory are not. */
static bool is_text(const char *body, size_t size)
{
    size = size < BZ_STOP_BYTES ? size : BZ_STOP_BYTES;
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)body[i] < 32 && !strchr("\t\r\n", body[i]))
            return false;
    return memchr(body, 0, size) == NULL;
}

/* Numbers in memory, such as a Float32Array: neither text nor JSON in another encoding, which begins with a bracket. */
static bool is_binary(const char *body, size_t size)
{
    for (size_t i = 0; i < size && i < 64; i++)
        if ((unsigned char)body[i] < 32 && (!body[i] || !strchr("\t\r\n", body[i])))
            return !memchr(body, '{', size < 4 ? size : 4);
    return false;
}

static bool is_wide_text(const char *body, size_t size)
{
    return (size >= 2 && (memcmp(body, "\xff\xfe", 2) == 0 || memcmp(body, "\xfe\xff", 2) == 0 || memcmp(body, "{\0", 2) == 0 ||
                          memcmp(body, "\0{", 2) == 0)) ||
           (size >= 4 && (memcmp(body, "\0\0\xfe\xff", 4) == 0 || memcmp(body, "\0\0\0{", 4) == 0));
}

/* Words or numbers between separators in two lines and more, where JSON or a form was announced. */
static bool is_csv(const char *body, size_t size)
{
    const char *end = memchr(body, '\n', size < BZ_STOP_BYTES ? size : BZ_STOP_BYTES);
    const size_t first = end ? (size_t)(end - body) : 0;
    return first > 0 && first + 1 < size && !memchr(body, '{', first) && !memchr(body, '[', first) &&
           !memchr(body, '=', first) && (memchr(body, ',', first) || memchr(body, ';', first) || memchr(body, '\t', first)) &&
           is_text(body, size);
}

static bool begins(const char *body, size_t size, const char *with)
{
    const size_t n = strlen(with);
    return size >= n && memcmp(body, with, n) == 0;
}

static bool begins_as_jpeg(const char *body, size_t size)
{
    const unsigned char *b = (const unsigned char *)body;
    return size >= 4 && memcmp(b, "\xff\xd8\xff", 3) == 0 && (b[3] == 0xdb || (b[3] >= 0xe0 && b[3] <= 0xef));
}

int api_body_kind(const char *body, size_t size, enum api_format in, struct api_fault *fault)
{
    const struct {
        enum api_format is; /* how such bytes should be sent */
        bool found;
        const char *what;
    } kinds[] = {
        {API_NPY, bz_npy_is(body, size), "an npy file: send it as Content-Type: application/x-npy"},
        {API_PNG, bz_png_is(body, size), "a PNG picture: send it as Content-Type: image/png"},
        {API_N_FORMATS, begins_as_jpeg(body, size), "a JPEG picture: send it as PNG (magick IN.jpg OUT.png)"},
        {API_N_FORMATS, size >= 12 && begins(body, size, "RIFF") && memcmp(body + 8, "WEBP", 4) == 0,
         "a WebP picture: send it as PNG (magick IN.webp OUT.png)"},
        {API_N_FORMATS, begins(body, size, "GIF87a") || begins(body, size, "GIF89a"),
         "a GIF picture: send it as PNG (magick IN.gif OUT.png)"},
        {API_N_FORMATS, size >= 4 && (memcmp(body, "II*\0", 4) == 0 || memcmp(body, "MM\0*", 4) == 0),
         "a TIFF picture: send it as PNG (magick IN.tif OUT.png)"},
        {API_N_FORMATS, size >= 4 && memcmp(body, "PK\3\4", 4) == 0,
         "a zip archive (an npz file?): send one array as application/x-npy"},
        {API_N_FORMATS, size >= 4 && memcmp(body, "\x1f\x8b\x08", 3) == 0 && (unsigned char)body[3] < 0x20,
         "gzip data: add Content-Encoding: gzip"},
        {API_N_FORMATS, in == API_JSON && is_wide_text(body, size), "UTF-16 or UTF-32: send UTF-8"},
        {API_N_FORMATS, in == API_JSON && begins(body, size, "[object "),
         "the name of a JavaScript object: make JSON of the object first (JSON.stringify)"},
        {API_N_FORMATS, in == API_JSON && (begins(body, size, "\"{") || begins(body, size, "\"[")),
         "a string that holds JSON: it was encoded twice"},
        {API_N_FORMATS, in == API_JSON && is_binary(body, size), "binary: send float32 rows as application/octet-stream"},
        {API_N_FORMATS, in == API_JSON && is_csv(body, size), "lines of CSV: send them as Content-Type: text/csv"},
        {API_JSON, in != API_JSON && size && (*body == '{' || *body == '[') && is_text(body, size),
         "JSON text: send it as Content-Type: application/json"},
    };
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (kinds[i].found)
            return kinds[i].is == in ? 0
                                     : api_fault(fault, API_WRONG_BODY, "the body was sent as %s, but it is %s",
                                                 api_format_media_type(in), kinds[i].what);
    return 0;
}

/* "3,784"; numbers may be surrounded by blanks and brackets. */
static int parse_shape(const char *text, struct shape *shape, struct api_fault *fault)
{
    const char *p = text;
    *shape = (struct shape){0};
    for (;;) {
        char *end;
        p += strspn(p, " \t([");
        const size_t digits = strspn(p, "0123456789");
        if (digits == 0 || digits > 15 || shape->rank == BZ_NPY_MAX_RANK)
            break;
        shape->d[shape->rank++] = (size_t)strtoull(p, &end, 10);
        p = end + strspn(end, " \t)]");
        if (*p != ',')
            break;
        p++;
    }
    if (*p || shape->rank == 0)
        return api_fault(fault, API_BAD_SHAPE, "X-Boltz-Shape: found '%.60s', expected whole numbers such as 3,784", text);
    return 0;
}

static void shape_text(const struct shape *s, char *text, size_t room)
{
    size_t used = (size_t)snprintf(text, room, "(");
    for (size_t d = 0; d < s->rank && used < room; d++)
        used += (size_t)snprintf(text + used, room - used, "%s%zu", d ? ", " : "", s->d[d]);
    if (used < room)
        snprintf(text + used, room - used, ")");
}

/* The number of rows that a shape means: 1 for a list of units or the layer's own shape, else its first dimension. */
static int rows_of_shape(const struct shape *s, const struct bz_layer *layer, size_t *n, const char *label,
                         struct api_fault *fault)
{
    size_t width = 1;
    char found[160];
    bool own = s->rank == layer->rank && s->rank > 1;
    for (size_t d = 0; own && d < s->rank; d++)
        own = s->d[d] == layer->shape[d];
    *n = s->rank > 1 && !own ? s->d[0] : 1;
    for (size_t d = s->rank > 1 && !own; d < s->rank; d++)
        if (bz_mul(&width, width, s->d[d]) < 0)
            width = 0;
    if (s->rank > 0 && width == layer->size && *n > 0)
        return 0;
    shape_text(s, found, sizeof(found));
    if (width == layer->size)
        return api_fault(fault, API_BAD_SHAPE, "%s: no rows, expected at least one: its shape is %s", label, found);
    return api_fault(fault, API_BAD_SHAPE, "%s: expected an array of shape (n, %zu), found %s", label, layer->size, found);
}

int api_rows_raw(const char *body, size_t size, const struct bz_layer *layer, struct api_rows *rows, const char *label,
                 struct api_fault *fault)
{
    const size_t row = layer->size * sizeof(float);
    if (size == 0 || size % row)
        return api_fault(fault, API_BAD_SHAPE, "%s: expected rows of %zu bytes (%zu float32 values), found %zu bytes", label,
                         row, layer->size, size);
    float *x = bz_alloc(size, 1, NULL);
    if (!x)
        return out_of_memory(fault);
    if (bz_copy(x, body, size) < 0) { /* little-endian, as every CPU this is built for */
        bz_free(x);
        return out_of_memory(fault);
    }
    if (api_rows_take(x, size / row, layer, rows, label, fault) < 0) {
        bz_free(x);
        return -1;
    }
    return 0;
}

/* Whether X-Boltz-Shape fits the bytes. */
static int check_raw_shape(const struct shape *s, size_t size, const char *label, struct api_fault *fault)
{
    size_t count = 1;
    char text[160];
    shape_text(s, text, sizeof(text));
    for (size_t d = 0; d < s->rank; d++)
        if (bz_mul(&count, count, s->d[d]) < 0)
            count = SIZE_MAX;
    if (size % sizeof(float) == 0 && count == size / sizeof(float))
        return 0;
    if (size % sizeof(double) == 0 && count == size / sizeof(double))
        return api_fault(fault, API_BAD_SHAPE,
                         "%s: X-Boltz-Shape %s and %zu bytes make 8 bytes a value, which is float64; send float32", label, text,
                         size);
    return api_fault(fault, API_BAD_SHAPE, "%s: X-Boltz-Shape %s does not fit %zu bytes of float32 values", label, text, size);
}

/* Values whose first index runs fastest, into rows: from[...] of shape s to x. */
static void from_columns(const float *from, const struct shape *s, float *x)
{
    size_t at[BZ_NPY_MAX_RANK] = {0}, count = 1;
    for (size_t d = 0; d < s->rank; d++)
        count *= s->d[d];
    for (size_t i = 0; i < count && !bz_stopping_row(i, 1); i++) { /* i counts in C order */
        size_t place = 0;
        for (size_t d = s->rank; d > 0; d--)
            place = place * s->d[d - 1] + at[d - 1];
        x[i] = from[place];
        for (size_t d = s->rank; d > 0 && ++at[d - 1] == s->d[d - 1]; d--)
            at[d - 1] = 0;
    }
}

/* Whether every value is 0 or of a usual size: without a branch, for which are zeros cannot be foreseen. */
static bool are_plain(const char *body, size_t n)
{
    const uint32_t least = 0x0da24260, most = 0x7149f2ca; /* bits of 1e-30f, 1e30f */
    uint32_t odd = 0;
    for (size_t first = 0; first < n && !odd && !bz_stopping(); first += BZ_STOP_BYTES) {
        const size_t end = n - first < BZ_STOP_BYTES ? n : first + BZ_STOP_BYTES;
        for (size_t i = first; i < end; i++) {
            uint32_t bits;
            memcpy(&bits, body + i * sizeof(bits), sizeof(bits));
            bits &= 0x7fffffff;
            odd |= (bits != 0) & (bits - least > most - least);
        }
    }
    return !odd;
}

/* Numbers that no data are: bytes of another type or order read as float32 have exponents at random, or none above 0. The NaN
 * of four bytes 255, white pixels, comes from no arithmetic. */
static int check_raw_values(const char *body, size_t size, const char *label, struct api_fault *fault)
{
    static const unsigned char white[sizeof(float)] = {255, 255, 255, 255};
    const size_t n = size / sizeof(float);
    size_t tiny = 0, filled = 0, odd = 0;
    float x = 0, seen = 0;
    if (are_plain(body, n))
        return 0;
    for (size_t i = 0; i < n && !bz_stopping_row(i, 1); i++) {
        memcpy(&x, body + i * sizeof(x), sizeof(x));
        if (memcmp(body + i * sizeof(x), white, sizeof(x)) == 0)
            return api_fault(fault, API_BAD_VALUE,
                             "%s: value %zu is four bytes of 255: expected little-endian float32 (NaN where unknown), found a "
                             "picture's bytes? divide them by 255 and send float32",
                             label, i);
        if (x == 0 || !isfinite(x))
            continue;
        const bool is_tiny = fabsf(x)<1e-30f, is_huge = fabsf(x)> 1e30f;
        filled++;
        tiny += is_tiny;
        if (is_huge || (is_tiny && filled == 1))
            seen = x, odd = i;
        if (is_huge)
            break;
    }
    if (filled == 0 || (tiny < filled && fabsf(seen) <= 1e30f))
        return 0;
    return api_fault(fault, API_BAD_VALUE,
                     "%s: value %zu is %g as float32%s: expected little-endian float32, found bytes of another type or order? "
                     "(application/x-npy says its own)",
                     label, odd, (double)seen, tiny == filled ? ", and all others are as small or 0" : "");
}

static int raw_rows(const struct api_call *call, const char *body, size_t size, const struct bz_layer *layer,
                    struct api_rows *rows, const char *label, struct api_fault *fault)
{
    const struct api_job *job = call->job;
    struct shape shape = {2, {size / sizeof(float) / layer->size, layer->size}};
    size_t n;
    if (*job->shape && (parse_shape(job->shape, &shape, fault) < 0 || check_raw_shape(&shape, size, label, fault) < 0 ||
                        rows_of_shape(&shape, layer, &n, label, fault) < 0))
        return -1;
    if (check_raw_values(body, size, label, fault) < 0)
        return -1;
    if (job->par.order == API_ROWS_FIRST || size == 0 || size % (layer->size * sizeof(float)))
        return api_rows_raw(body, size, layer, rows, label, fault);
    float *in_order = bz_alloc(2 * size, 1, NULL), *turned = in_order ? in_order + size / sizeof(float) : NULL;
    if (!in_order)
        return out_of_memory(fault);
    if (bz_copy(turned, body, size) < 0) {
        bz_free(in_order);
        return out_of_memory(fault);
    }
    from_columns(turned, &shape, in_order);
    const int rc = api_rows_raw((const char *)in_order, size, layer, rows, label, fault);
    bz_free(in_order);
    return rc;
}

static int npy_rows(const struct api_call *call, const char *body, size_t size, const struct bz_layer *layer,
                    struct api_rows *rows, const char *label, struct api_fault *fault)
{
    struct bz_npy npy;
    struct bz_error err;
    struct shape shape, given;
    size_t n;
    if (bz_npy_parse(&npy, body, size, &err) < 0)
        return api_fault(fault, API_BAD_VALUE, "%s: %s", label, err.msg);
    shape.rank = npy.rank;
    memcpy(shape.d, npy.shape, sizeof(shape.d));
    if (*call->job->shape && parse_shape(call->job->shape, &given, fault) < 0)
        return -1;
    if (*call->job->shape && (given.rank != shape.rank || memcmp(given.d, shape.d, shape.rank * sizeof(*shape.d)) != 0)) {
        char text[160];
        shape_text(&shape, text, sizeof(text));
        return api_fault(fault, API_BAD_SHAPE, "%s: X-Boltz-Shape is %.60s, the npy file's shape is %s", label,
                         call->job->shape, text);
    }
    if (rows_of_shape(&shape, layer, &n, label, fault) < 0)
        return -1;
    float *x = bz_alloc(n * layer->size, sizeof(float), NULL);
    if (!x)
        return out_of_memory(fault);
    const size_t count = n * layer->size;
    for (size_t i = 0; i < count && !bz_stopping(); i += BZ_STOP_BYTES)
        bz_npy_floats(&npy, body + npy.offset, i, count - i < BZ_STOP_BYTES ? count - i : BZ_STOP_BYTES, x + i);
    if (api_rows_take(x, n, layer, rows, label, fault) < 0) {
        bz_free(x);
        return -1;
    }
    return 0;
}

int api_rows_check_shape(const struct api_call *call, struct api_fault *fault)
{
    const struct api_job *job = call->job;
    const struct bz_machine *m = api_machine(call);
    const bool inputs = api_given(&job->par, API_P_INPUTS) || api_given(&job->par, API_P_ROWS);
    const struct api_rows *all = inputs ? job->rows : api_given(&job->par, API_P_INIT) ? job->start : NULL;
    const char *label = inputs ? "inputs" : "init";
    struct shape shape;
    size_t n, layers = 0, l = 0;
    if (!*job->shape || !call->v1 || !all || job->in == API_RAW || job->in == API_NPY)
        return 0;
    for (size_t k = 0; k < m->n_layers; k++)
        if (all[k].x) {
            layers++;
            l = k;
        }
    if (layers != 1)
        return api_fault(fault, API_BAD_SHAPE, "X-Boltz-Shape is for rows of one layer, %s has rows of %zu", label, layers);
    if (parse_shape(job->shape, &shape, fault) < 0 || rows_of_shape(&shape, &m->layers[l], &n, "X-Boltz-Shape", fault) < 0)
        return -1;
    if (n != all[l].n)
        return api_fault(fault, API_BAD_SHAPE, "%s: X-Boltz-Shape is %.60s, found %zu row%s of %zu numbers", label, job->shape,
                         all[l].n, all[l].n == 1 ? "" : "s", m->layers[l].size);
    return 0;
}

long api_picture_layer(const struct bz_machine *m, struct api_fault *fault)
{
    long found = -1;
    size_t n = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        const struct bz_layer *layer = &m->layers[l];
        if (bz_is_visible(layer) &&
            (layer->rank == 2 || (layer->rank == 3 && (layer->shape[2] == 1 || layer->shape[2] == 3)))) {
            found = (long)l;
            n++;
        }
    }
    return n == 1 ? found
                  : api_fault(fault, API_UNSUPPORTED,
                              n ? "image/png: the model has %zu picture layers, expected one"
                                : "image/png: the model has no layer whose shape is a picture's",
                              n);
}

static int png_rows(const char *body, size_t size, const struct bz_layer *layer, struct api_rows *rows, const char *label,
                    struct api_fault *fault)
{
    struct bz_error err;
    struct bz_png_head head;
    if (bz_png_read_head(&head, body, size, &err) < 0)
        return api_fault(fault, API_BAD_VALUE, "%s: %s", label, err.msg);
    if (head.width != layer->shape[1] || head.height != layer->shape[0])
        return api_fault(fault, API_BAD_SHAPE, "%s: PNG: expected %zux%zu pixels (height x width), found %zux%zu", label,
                         layer->shape[0], layer->shape[1], head.height, head.width);
    float *x = bz_alloc(layer->size, sizeof(float), NULL);
    if (!x)
        return out_of_memory(fault);
    const size_t channels = layer->rank == 3 ? layer->shape[2] : 1;
    if (bz_png_read_unit(x, layer->shape[1], layer->shape[0], channels, body, size, &err) < 0) {
        bz_free(x);
        return err.code == BZ_NO_MEMORY ? out_of_memory(fault) : api_fault(fault, API_BAD_VALUE, "%s: %s", label, err.msg);
    }
    if (api_rows_take(x, 1, layer, rows, label, fault) < 0) {
        bz_free(x);
        return -1;
    }
    return 0;
}

int api_rows_array(const struct api_call *call, const char *body, size_t size, const struct bz_layer *layer,
                   struct api_rows *rows, const char *label, struct api_fault *fault)
{
    const struct api_job *job = call->job;
    if (api_body_kind(body, size, job->in, fault) < 0)
        return -1;
    if (job->in == API_RAW)
        return raw_rows(call, body, size, layer, rows, label, fault);
    return job->in == API_NPY ? npy_rows(call, body, size, layer, rows, label, fault)
                              : png_rows(body, size, layer, rows, label, fault);
}
