/* Replies: arrays of one layer as npy, raw float32 or pictures, and the frame of JSON ones. */
#ifndef API_ARRAYS_H
#define API_ARRAYS_H

#include "job.h"
#include "json_write.h"

/* Takes the buffer as the reply's body, in the call's format. */
int api_reply_buffer(struct api_call *call, struct api_buffer *b, struct api_fault *fault);
/* Makes (*x)[rows][layer->size] the reply in the call's format, which is not JSON; a large *x becomes the reply's, and NULL. */
int api_reply_array(struct api_call *call, float **x, size_t rows, const struct bz_layer *layer, struct api_fault *fault);
/* The same for one number per row: npy as float64, raw as float32. */
int api_reply_doubles(struct api_call *call, const double *x, size_t rows, struct api_fault *fault);
/* The same for indices, x[rows][width]: npy as int64, raw as float32. */
int api_reply_indices(struct api_call *call, const int64_t *x, size_t rows, size_t width, struct api_fault *fault);
/* A parameter tensor of rank 1 or 2; as pictures, one per row, in the shape of the layer that the columns belong to. */
int api_reply_tensor(struct api_call *call, const float *x, const size_t *shape, size_t rank, const struct bz_layer *picture,
                     struct api_fault *fault);

/* {"model":"...","version":1, followed by what the caller adds; api_json_end closes the object and makes it the reply. */
struct json_writer api_json_begin(struct api_call *call, struct api_buffer *b);
int api_json_end(struct api_call *call, struct json_writer *w, struct api_fault *fault);

/* "name":[[...]] of one layer, or "name":{"layer":[[...]]} where the model has several visible layers (or `layers` was given).
 */
void api_json_layers(struct json_writer *w, struct api_call *call, const char *name, float **x, size_t rows);
/* The layer that a reply other than JSON holds: parameter `layer`, else the one visible layer; -1 and 406 naming them. */
long api_reply_layer(const struct api_call *call, const struct api_task *task, struct api_fault *fault);
/* True if results are given by layer in JSON. */
bool api_by_layer(const struct api_call *call);

#endif
