/* POST .../neighbors: a known route that needs what no model holds yet. */
#include "job.h"

static int no_index(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    (void)task;
    return api_fault(fault, API_UNSUPPORTED, "model '%s' has no index of rows", call->model->name);
}

const struct api_op api_op_neighbors = {
    .name = "neighbors",
    .formats = 1 << API_JSON | 1 << API_NPY | 1 << API_RAW,
    .params = 1u << API_P_FORMAT | 1u << API_P_K | 1u << API_P_LAYER | 1u << API_P_METRIC | 1u << API_P_INPUTS |
              1u << API_P_MASK | 1u << API_P_COUNTS,
    .begin = no_index,
};
