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
    .params =
        API_BIT(FORMAT) | API_BIT(K) | API_BIT(LAYER) | API_BIT(METRIC) | API_BIT(INPUTS) | API_BIT(MASK) | API_BIT(COUNTS),
    .begin = no_index,
};
