/* What a /v2 inference request asks for, kept until its reply is written. */
#ifndef API_V2_H
#define API_V2_H

#include "job.h"

/* One output: what a task computed, under the name the client used. */
enum v2_part { V2_LAYER, V2_SCORE, V2_PERCENTILE, V2_ANOMALY, V2_EXPLAIN, V2_CLASSES };
struct v2_output {
    char name[96];
    size_t task;
    enum v2_part part;
    long layer; /* of task->x; -1 = none */
    bool binary;
    size_t top;              /* how many of the largest, as texts (`classification`); 0 = the values */
    struct api_buffer texts; /* of a binary one of those, while the reply is written */
};

/* An output as the request asks for it. */
struct v2_wanted {
    char *name; /* in the request's text */
    int binary; /* -1 = as the request says */
    size_t top;
};
#define V2_MOST_OUTPUTS(M) (3 * (M)->n_layers + 9)

struct v2_request {
    char *id;                  /* owned; NULL = none */
    struct v2_output *outputs; /* [n_outputs]; owned */
    size_t n_outputs;
};

/* Makes job->tasks and job->v2->outputs; n = 0: the outputs that the metadata lists, binary or not. */
int v2_make_outputs(struct api_call *call, const struct v2_wanted *wanted, size_t n, bool binary, struct api_fault *fault);

void v2_request_free(struct v2_request *v2); /* NULL is fine */

#endif
