/* Memory of the rows and chains in flight. */
#include "queue_private.h"

#include <stdio.h>

enum { FEW_BYTES = 64 * 1024 };

bool queue_hold(struct srv_queue *q, struct srv_job *job, size_t bytes, enum api_error *error, char text[QUEUE_TEXT])
{
    const size_t counted = bytes > FEW_BYTES ? bytes : 0, half = q->max_bytes / 2;
    const size_t all = q->bytes - job->bytes, own = job->share ? job->share->bytes - job->bytes : 0; /* of other jobs */
    if (counted && q->max_bytes) {
        const bool of_client = own && own + counted > half;
        if (of_client || (all && all + counted > q->max_bytes)) {
            *error = of_client ? API_TOO_MANY : API_QUEUE_FULL;
            snprintf(
                text, QUEUE_TEXT,
                "%sthe rows and chains of this request take %zu bytes of memory, and those of all requests %sin flight may "
                "take %zu bytes together (max-body-memory)%s",
                of_client ? "" : "queue full: ", counted, of_client ? "of this client " : "", of_client ? half : q->max_bytes,
                of_client ? "; send fewer at a time, or smaller ones" : "");
            return false;
        }
    }
    q->bytes = all + counted;
    if (job->share)
        job->share->bytes = own + counted;
    job->bytes = counted;
    return true;
}

int queue_hold_early(void *decoding, size_t bytes, struct api_fault *fault)
{
    const struct queue_batch *batch = decoding;
    enum api_error error;
    char text[QUEUE_TEXT];
    pthread_mutex_lock(&batch->q->lock);
    const bool held = queue_hold(batch->q, batch->job[0], bytes, &error, text);
    pthread_mutex_unlock(&batch->q->lock);
    return held ? 0 : api_fault(fault, error, "%s", text);
}
