/* Input tensors of a /v2 inference request: nested or flat JSON data, or bytes after the JSON. */
#ifndef API_V2_TENSOR_H
#define API_V2_TENSOR_H

#include "json_scan.h"

enum { V2_MAX_RANK = 8 };

enum v2_kind { V2_FLOAT, V2_BRAIN, V2_UNSIGNED, V2_SIGNED };

struct v2_tensor {
    char *name; /* in the request's text */
    size_t shape[V2_MAX_RANK], rank;
    bool has_shape, has_data, has_size;
    int type;           /* row of the table of datatypes, -1 = not given */
    uint64_t byte_size; /* parameters.binary_data_size */
    float *x;           /* owned; [count] values, NaN = missing */
    size_t count, room;
    char rounded[32]; /* for JSON data: the first number, as written, that x[rounded_at] does not equal exactly; "" = none */
    size_t rounded_at;
};

void v2_tensor_free(struct v2_tensor *t); /* frees what it owns, not t */
/* Reads the next object: name, shape, datatype, parameters, data in any order; other keys are ignored. */
int v2_tensor_read(struct json_scan *s, struct v2_tensor *t);
/* Takes the bytes of a binary tensor from *at, and checks that data and shape agree. label is for messages. */
int v2_tensor_finish(struct v2_tensor *t, const char **at, const char *end, struct api_fault *fault);

#endif
