/* Private to the api: what a call holds between its steps, and what an operation is. */
#ifndef API_JOB_H
#define API_JOB_H

#include "buffer.h"
#include "fault.h"
#include "negotiate.h"
#include "params.h"
#include "routes.h"

#include "energy.h"
#include "gibbs.h"
#include "infer.h"

/* Values of one layer as the client gave them: x[n][size], known[n][size] (NULL = all known). Owned. */
struct api_rows {
    float *x; /* NULL = the layer was not given */
    uint8_t *known;
    size_t n;
};

/* One thing computed from a job's rows. A /v1 call has one, a /v2 call one for each output it asks for. */
struct api_task {
    const struct api_op *op;
    long asked;   /* the layer that `layer` or an output's name specifies; -1 = none */
    size_t layer; /* the one layer that is computed or returned, if there is one */
    enum api_type type;
    uint64_t steps;  /* of a reconstruction */
    bool predicts;   /* a reconstruction in its short form: names and probabilities of `layer` */
    size_t done;     /* rows computed so far */
    double *score;   /* [n]: free energy, energy, error; NULL if the operation has none */
    uint8_t *method; /* [n]: enum bz_method; free energies and classes only */
    double *counts;  /* [n]: the D that log Z depends on (bz_log_z_counts); NULL if it depends on none */
    float **x;       /* [n_layers] results [n][size]; NULL where not asked for */
    float *classes;  /* [n][classes] their probabilities; NULL where not asked for */

    struct bz_ranked *best;       /* of classes, while the reply is written; else NULL */
    struct bz_surprise *surprise; /* [n][..] the least expected cells, and how many in each row; explain.c */
    uint8_t *n_surprises;         /* [n]; both NULL if not requested */
    struct api_search *search;    /* neighbours; else NULL */
    size_t search_bytes;          /* bytes of its results */

    struct bz_chains *chains;       /* sampling: the job's own */
    struct bz_chains *shown;        /* of a stream: the chains at its last frame; NULL before that */
    bool stands;                    /* of a stream: `chains` are those of its last frame, whether or not `shown` are */
    struct api_levels *levels;      /* of sampler=ptt; else NULL */
    struct api_buffer shown_levels; /* of a stream: their part of the token at its last frame */
    uint64_t target;                /* sampling: absolute step to reach */
    uint64_t steps_done;            /* sampling: sweeps x chains, for metrics */
    bool started;                   /* sampling: the chains have their first state */
    size_t collected;               /* sampling: chains whose states at this stop are in the results */
};

struct api_table;

struct api_job {
    const struct api_route *routes; /* the table, for /openapi.json */
    struct api_match at;            /* what the path named */
    enum api_format in, out;
    unsigned manner;       /* of the body: a set of enum api_body_manner */
    char shape[100];       /* X-Boltz-Shape of the request, "" = none */
    bool post;             /* the method is POST */
    char *query;           /* owned */
    long long header_size; /* /v2: bytes of JSON before the binary tensors, -1 = no such header */
    struct api_params par;
    size_t n;            /* rows (chains for sample) */
    double unknown_work; /* of the row whose missing values cost the most, in multiplications */
    size_t results;      /* numbers that all tasks will produce */
    size_t n_layers;
    struct api_rows *rows;  /* [n_layers]: inputs, states, or the values of clamps */
    struct api_rows *start; /* [n_layers]: where sampled chains start; NULL if not given */
    double *counts;         /* [n_layers]: D given for multinomial layers, -1 = not given; NULL if none was */
    size_t *returned;       /* [n_returned]: layers named by `layers` */
    size_t n_returned;
    struct api_task *tasks;
    size_t n_tasks, task;   /* the one in progress */
    struct api_buffer text; /* a stream's bytes waiting to be taken */
    char *spare;            /* [API_SPARE_BYTES] set aside for a stream's error event; owned */
    char last_event[48];    /* Last-Event-ID of the request, "" = none */
    bool resumed, ended; /* the client has received the frames up to step `after`, or all, of a stream with seed `after_seed` */
    uint64_t after, after_seed;
    struct api_table *table;  /* rows by the names of columns, or those names; NULL = none were needed; owned */
    struct api_buffer unused; /* names of layers with values that the operation does not use, as in api_table.ignored; owned */
    struct v2_request *v2;    /* what the reply of /v2 needs; NULL under /v1 */
};

struct api_tile;
struct api_sheet;
struct json_writer;

/* An operation: how its parameters are checked, its rows computed and its reply written. */
struct api_op {
    const char *name;
    unsigned formats;  /* a bit per enum api_format */
    uint64_t params;   /* a set of enum api_param_id, API_BIT() */
    bool labels_asked; /* it infers labels: those in a table's rows are not inputs */
    /* Before decoding, NULL = every model: refuses a model that has nothing to answer with, whatever the body holds. */
    int (*able)(const struct api_call *call, struct api_fault *fault);
    /* After decoding: checks parameters against the model, allocates results. Sets job->n. */
    int (*begin)(struct api_call *call, struct api_task *task, struct api_fault *fault);
    /* A tile of rows, possibly of several calls; or a slice of this call alone (returns true when the task is done). If there
     * are both, slices start when all rows have gone through tiles, and calls are not batched. */
    void (*tile)(struct api_tile *tile);
    bool (*slice)(struct api_call *call, struct api_task *task, struct api_worker *worker);
    /* Rows that share one tile must agree on these. */
    bool (*same)(const struct api_call *a, const struct api_call *b);
    /* Work of one row in units of one multiplication per weight. */
    double (*cost)(const struct api_call *call, const struct api_task *task);
    /* The JSON members of the reply besides model and version, or the first array of one layer. */
    int (*encode)(struct api_call *call, struct api_task *task, struct api_fault *fault);
    /* The same as a table, a line for each row (sheet.h); and the JSON members that are not arrays of rows, which encode writes
     * too. NULL = none. */
    int (*sheet)(struct api_call *call, struct api_task *task, struct api_sheet *sheet, struct api_fault *fault);
    int (*rest)(struct json_writer *w, struct api_call *call, struct api_task *task, struct api_fault *fault);
};

void api_search_free(struct api_search *s); /* NULL is fine */
enum { API_MOST_NEIGHBORS = 1 << 22 };      /* of one reply, all rows together */

extern const struct api_op api_op_free_energy, api_op_energy, api_op_features, api_op_reconstruct, api_op_sample,
    api_op_classify, api_op_neighbors;

static inline const struct bz_machine *api_machine(const struct api_call *call)
{
    return call->model->model->machine;
}

/* The task that is being worked on. */
static inline struct api_task *api_task(const struct api_call *call)
{
    return &call->job->tasks[call->job->task];
}

/* The cost of a whole decoded call, in multiplications or work that takes as long; sets job->unknown_work. */
double api_call_cost(struct api_call *call);
/* -1 and a fault if a call of this cost is refused. */
int api_cost_fits(const struct api_call *call, double cost, struct api_fault *fault);
/* The bytes that its rows and chains take, from its decoding to its end. */
size_t api_call_memory(const struct api_call *call);

/* Answers the call with this fault instead of a result. */
void api_refuse_fault(struct api_call *call, const struct api_fault *fault);

/* task->type: the one asked for, or `usual`. A request of /v1 may not ask for `other`. */
int api_task_type(struct api_call *call, struct api_task *task, enum api_type usual, enum api_type other,
                  struct api_fault *fault);
/* Allocates task->x[layer] for job->n rows; bounded. */
int api_task_layer(struct api_call *call, struct api_task *task, size_t layer, struct api_fault *fault);
/* *out[job->n][width]; bounded with the other results. */
int api_task_numbers(struct api_call *call, float **out, size_t width, const char *what, struct api_fault *fault);
int api_task_scores(struct api_call *call, struct api_task *task, bool methods, struct api_fault *fault);

#endif
