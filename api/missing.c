#include "missing.h"

#include "named_rows.h"

#include <inttypes.h>
#include <string.h>

/* The mask of row r in layer l, 1 = known; NULL if all of it is known or nothing was given. For chains, their clamps, which a
 * continued run has too. */
static const uint8_t *marks(const struct api_call *call, size_t l, size_t r)
{
    const struct api_job *job = call->job;
    const struct bz_chains *c = job->v2 || !job->tasks[0].started ? NULL : job->tasks[0].chains;
    const size_t size = api_machine(call)->layers[l].size;
    if (c)
        return c->s->known[l] && memchr(c->s->known[l], 1, c->s->n * size) ? c->s->known[l] + r * size : NULL;
    const struct api_rows *rows = &job->rows[l];
    return rows->x && rows->known ? rows->known + (rows->n == 1 ? 0 : r * size) : NULL;
}

static uint64_t missing_of_row(const struct api_call *call, size_t r)
{
    const struct bz_machine *m = api_machine(call);
    uint64_t n = 0;
    if (call->job->table && call->job->table->n)
        return api_table_missing(call, r);
    for (size_t l = 0; l < m->n_layers; l++) {
        const uint8_t *known = marks(call, l, r);
        for (size_t i = 0; known && i < m->layers[l].size; i++)
            n += !known[i];
    }
    return n;
}

static uint64_t missing(const struct api_call *call)
{
    uint64_t n = 0;
    bool any = false;
    for (size_t l = 0; l < call->job->n_layers; l++)
        any = any || marks(call, l, 0);
    for (size_t r = 0; any && r < call->job->n; r++)
        n += missing_of_row(call, r);
    return n;
}

void api_missing_write(struct json_writer *w, const struct api_call *call)
{
    if (!missing(call))
        return;
    json_key(w, "missing");
    json_array(w);
    for (size_t r = 0; r < call->job->n; r++)
        json_whole(w, missing_of_row(call, r));
    json_end_array(w);
}

void api_missing_header(struct api_call *call)
{
    const uint64_t n = missing(call);
    if (n)
        api_add_header(&call->reply, "X-Boltz-Missing", "%" PRIu64, n);
}
