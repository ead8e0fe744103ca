/* What a /v2 inference request asks for, kept until its reply is written. */
#ifndef API_V2_H
#define API_V2_H

#include "job.h"

/* One output: what a task computed, under the name the client used. */
struct v2_output {
    char name[96];
    size_t task;
    long layer; /* of task->x; -1 = the task's scores */
    bool binary;
};

struct v2_request {
    char *id;                  /* owned; NULL = none */
    struct v2_output *outputs; /* [n_outputs]; owned */
    size_t n_outputs;
};

void v2_request_free(struct v2_request *v2); /* NULL is fine */

#endif
