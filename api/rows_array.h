/* Rows from bodies that are arrays: npy files, raw float32 values, pictures. */
#ifndef API_ROWS_ARRAY_H
#define API_ROWS_ARRAY_H

#include "job.h"

/* 400 if the body begins as a format other than `in` does (npy, JSON text, PNG, zip, gzip). */
int api_body_kind(const char *body, size_t size, enum api_format in, struct api_fault *fault);

/* The body of call, in call->job->in, as rows of one layer; NaN is missing. One row is also a 1-d array or one of the layer's
 * shape. X-Boltz-Shape, if given, is checked; order=F applies to raw bodies. label is the rows' name in messages. */
int api_rows_array(const struct api_call *call, const char *body, size_t size, const struct bz_layer *layer,
                   struct api_rows *rows, const char *label, struct api_fault *fault);
/* The one visible layer that has the shape of a picture. */
long api_picture_layer(const struct bz_machine *m, struct api_fault *fault);
/* Bodies of other formats: X-Boltz-Shape, if given, must agree with the rows read for the one layer. */
int api_rows_check_shape(const struct api_call *call, struct api_fault *fault);
/* Little-endian float32 rows. */
int api_rows_raw(const char *body, size_t size, const struct bz_layer *layer, struct api_rows *rows, const char *label,
                 struct api_fault *fault);

#endif
