/* The `continue` token: a record of chains that any replica can continue from. It comes back from strangers: every byte is
 * checked.
 *
 * Little-endian: "BZC" and version 2; sha256 of the model's tensors [32]; crc32 of the layers' units and sizes; seed u64;
 * absolute step u64; temperature f64; chains u32; then for each layer clamps u8: 0 none, 1 one bit map for all chains, 2 one
 * for each; the maps, each row on a byte boundary values u8: 0 bits, each row on a byte boundary, 1 float32 multinomial layers:
 * the chains' counts, float32 and the crc32 of all that. Bit maps have the first unit in the most significant bit.
 * Of sampler=ptt: "BZP" and version 1, and after the layers the ladder's crc32; for each group of chains and each level a bit
 * map of those that are renewed and, below the model, its layers' values; u64 exchanges tried, u64 taken, of each pair. */
#include "sample.h"

#include "fixed.h"
#include "kernels.h"
#include "mem.h"
#include "stop.h"

#include <math.h>
#include <string.h>
#include <zlib.h>

enum { HEAD = 4 + 32 + 4, DIGEST_NONE = 0, DIGEST_WRITING = 1, DIGEST_DONE = 2 };
#define MAX_STEP (UINT64_C(1) << 47)

/* The version also covers what chains draw from the same states and seed: version 1 used other random bits. */
static const char magics[][4] = {[API_GIBBS] = {'B', 'Z', 'C', 2}, [API_PTT] = {'B', 'Z', 'P', 1}};

void api_model_digest(struct api_model *model, char hex[65])
{
    int state = DIGEST_NONE;
    if (atomic_load_explicit(&model->digest_state, memory_order_acquire) == DIGEST_DONE) {
        memcpy(hex, model->digest, 65);
        return;
    }
    bz_model_digest(model->model, hex);
    if (bz_stopping()) /* it may not have come to its end */
        return;
    if (!atomic_compare_exchange_strong(&model->digest_state, &state, DIGEST_WRITING))
        return; /* another thread is computing it: this one uses its own copy */
    memcpy(model->digest, hex, 65);
    atomic_store_explicit(&model->digest_state, DIGEST_DONE, memory_order_release);
}

bool api_first_sample_is_slow(const struct api_model *model)
{
    enum { SLOW = 4 << 20 };
    const bool digest =
        atomic_load_explicit(&model->digest_state, memory_order_acquire) == DIGEST_DONE || *model->model->digest;
    return model->model->weight_bytes > SLOW && !(digest && bz_machine_is_fixed(model->model->machine));
}

/* Covers what the tensors' bytes do not: the types of units. */
static uint32_t layers_checksum(const struct bz_machine *m)
{
    uint32_t crc = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        const uint64_t fact[4] = {m->layers[l].unit, m->layers[l].size, m->layers[l].groups, m->layers[l].role};
        crc = (uint32_t)crc32(crc, (const Bytef *)fact, sizeof(fact));
        if (m->layers[l].exclusion.group)
            crc =
                (uint32_t)crc32(crc, (const Bytef *)m->layers[l].exclusion.group, (uInt)(m->layers[l].size * sizeof(uint32_t)));
    }
    for (size_t c = 0; c < m->n_couplings; c++) {
        const uint64_t pair[2] = {m->couplings[c].a, m->couplings[c].b};
        crc = (uint32_t)crc32(crc, (const Bytef *)pair, sizeof(pair));
    }
    return crc;
}

static void model_head(struct api_model *model, enum api_sampler sampler, uint8_t head[HEAD])
{
    char hex[65];
    const uint32_t layers = layers_checksum(model->model->machine);
    memcpy(head, magics[sampler], sizeof(magics[sampler]));
    api_model_digest(model, hex);
    for (size_t i = 0; i < 32; i++) {
        const char *h = hex + 2 * i;
        head[4 + i] =
            (uint8_t)((h[0] <= '9' ? h[0] - '0' : h[0] - 'a' + 10) << 4 | (h[1] <= '9' ? h[1] - '0' : h[1] - 'a' + 10));
    }
    memcpy(head + 36, &layers, 4);
}

/* rows of n units as bits: those of bytes that are not 0, or of floats that are 1. */
static void put_bits(struct api_buffer *b, const uint8_t *bytes, const float *x, size_t rows, size_t n)
{
    const size_t stride = (n + 7) / 8;
    uint8_t *to = (uint8_t *)api_buffer_reserve(b, rows * stride);
    if (!to)
        return;
    memset(to, 0, rows * stride);
    for (size_t r = 0; r < rows; r++)
        for (size_t i = 0; i < n && !bz_stopping_unit(i, 2); i++)
            if (bytes ? bytes[r * n + i] != 0 : x[r * n + i] != 0)
                to[r * stride + i / 8] |= (uint8_t)(0x80 >> i % 8);
    b->size += rows * stride;
}

static void put_values(struct api_buffer *b, const struct bz_state *s, size_t l)
{
    const size_t size = s->m->layers[l].size, n = s->n;
    bool bits = true;
    for (size_t i = 0; i < n * size && bits && !bz_stopping_unit(i, 1); i++)
        bits = s->x[l][i] == 0 || s->x[l][i] == 1;
    const char values = !bits;
    api_buffer_add(b, &values, 1);
    if (bits)
        put_bits(b, NULL, s->x[l], n, size);
    else
        api_buffer_add(b, s->x[l], n * size * sizeof(float));
}

static void put_layer(struct api_buffer *b, const struct bz_state *s, size_t l)
{
    const size_t size = s->m->layers[l].size, n = s->n;
    const uint8_t *known = s->known[l];
    bool any = known && memchr(known, 1, n * size), shared = true;
    for (size_t r = 1; any && r < n && shared; r++)
        shared = memcmp(known, known + r * size, size) == 0;
    const char clamps = any ? (shared ? 1 : 2) : 0;
    api_buffer_add(b, &clamps, 1);
    if (any)
        put_bits(b, known, NULL, shared ? 1 : n, size);
    put_values(b, s, l);
    if (s->counts[l])
        api_buffer_add(b, s->counts[l], n * sizeof(float));
}

void api_token_levels(const struct api_levels *v, struct api_buffer *b)
{
    if (!v)
        return;
    uint64_t tried[BZ_MOST_RUNGS + 1], taken[BZ_MOST_RUNGS + 1];
    memcpy(tried, v->tried, v->ladder->n * sizeof(*tried));
    memcpy(taken, v->taken, v->ladder->n * sizeof(*taken));
    api_buffer_add(b, &v->ladder->checksum, 4);
    for (size_t g = 0; g < v->n; g++) {
        const size_t rows = bz_trajectory_chains(v->group[g])->s->n;
        for (size_t k = 0; k < v->levels; k++) {
            const struct bz_state *s = bz_trajectory_level(v->group[g], k)->s;
            uint8_t renewed[BZ_TILE];
            for (size_t r = 0; r < rows; r++)
                renewed[r] = bz_trajectory_is_renewed(v->group[g], k, r);
            put_bits(b, renewed, NULL, 1, rows);
            for (size_t l = 0; k + 1 < v->levels && l < s->m->n_layers; l++) /* the model's come before */
                put_values(b, s, l);
        }
        bz_trajectory_count(v->group[g], tried, taken);
    }
    api_buffer_add(b, tried, v->ladder->n * sizeof(*tried));
    api_buffer_add(b, taken, v->ladder->n * sizeof(*taken));
}

static uint32_t checksum(const void *bytes, size_t n)
{
    uint32_t crc = 0;
    for (size_t at = 0; at < n && !bz_stopping(); at += BZ_STOP_BYTES)
        crc = (uint32_t)crc32(crc, (const Bytef *)bytes + at, (uInt)(n - at < BZ_STOP_BYTES ? n - at : BZ_STOP_BYTES));
    return crc;
}

/* The token of chains; levels: its part about the levels below them. */
static int write_token(struct api_call *call, const struct bz_chains *c, const struct api_buffer *levels,
                       struct api_buffer *out, struct api_fault *fault)
{
    struct api_buffer b = {0};
    uint8_t head[HEAD];
    const uint32_t count = (uint32_t)c->s->n;
    model_head(call->model, call->job->par.sampler, head);
    api_buffer_add(&b, head, HEAD);
    api_buffer_add(&b, &call->job->par.seed, 8);
    api_buffer_add(&b, &c->step[0], 8);
    api_buffer_add(&b, &c->temperature[0], 8);
    api_buffer_add(&b, &count, 4);
    for (size_t l = 0; l < c->s->m->n_layers; l++)
        put_layer(&b, c->s, l);
    api_buffer_add(&b, levels->data, levels->size);
    b.failed = b.failed || levels->failed;
    if (!b.failed) {
        const uint32_t crc = checksum(b.data, b.size);
        api_buffer_add(&b, &crc, 4);
    }
    if (b.failed || b.size > UINT32_MAX)
        out->failed = true;
    else
        api_buffer_base64(out, b.data, b.size, false);
    api_buffer_free(&b);
    return out->failed ? api_fault(fault, API_OUT_OF_MEMORY, "not enough memory for the continue token") : 0;
}

int api_token_write(struct api_call *call, const struct api_task *task, struct api_buffer *out, struct api_fault *fault)
{
    struct api_buffer levels = {0};
    api_token_levels(task->levels, &levels);
    const int rc = write_token(call, task->chains, &levels, out, fault);
    api_buffer_free(&levels);
    return rc;
}

void api_token_of_frame(struct api_call *call, struct api_buffer *b)
{
    struct api_fault fault;
    struct api_task *task = call->job && call->job->n_tasks ? &call->job->tasks[0] : NULL;
    if (!task || !(task->shown || task->stands))
        return;
    if ((task->stands ? api_token_write(call, task, b, &fault)
                      : write_token(call, task->shown, &task->shown_levels, b, &fault)) < 0)
        b->size = 0;
}

/* The rest of the record. */
struct record {
    const uint8_t *at, *end;
    struct api_fault *fault;
};

static int bad_token(struct api_fault *fault, const char *why)
{
    return api_fault(fault, API_BAD_CONTINUE, "parameter 'continue': not a token that this server made (%s)", why);
}

static const uint8_t *take(struct record *rec, size_t n)
{
    if ((size_t)(rec->end - rec->at) < n) {
        bad_token(rec->fault, "it is too short");
        return NULL;
    }
    rec->at += n;
    return rec->at - n;
}

static bool bit(const uint8_t *row, size_t i)
{
    return row[i / 8] >> (7 - i % 8) & 1;
}

static int take_known(struct record *rec, struct bz_state *s, size_t l, unsigned mode)
{
    const size_t size = s->m->layers[l].size, stride = (size + 7) / 8;
    struct bz_error err;
    if (mode == 0)
        return 0;
    const uint8_t *map = take(rec, mode == 1 ? stride : stride * s->n);
    if (!map)
        return -1;
    if (bz_state_make_known(s, l, &err) < 0)
        return api_fault_core(rec->fault, &err);
    for (size_t r = 0; r < s->n && !bz_stopping_row(r, size); r++)
        for (size_t i = 0; i < size; i++)
            s->known[l][r * size + i] = bit(map + (mode == 1 ? 0 : r * stride), i);
    return 0;
}

static int take_values(struct record *rec, struct bz_state *s, size_t l)
{
    const struct bz_layer *layer = &s->m->layers[l];
    const size_t size = layer->size, stride = (size + 7) / 8;
    const uint8_t *kind = take(rec, 1);
    if (!kind)
        return -1;
    if (*kind > 1)
        return bad_token(rec->fault, "its values are of an unknown kind");
    const bool mode = *kind == 1;
    const uint8_t *from = take(rec, mode ? s->n * size * sizeof(float) : s->n * stride);
    if (!from)
        return -1;
    if (mode)
        memcpy(s->x[l], from, s->n * size * sizeof(float));
    for (size_t r = 0; r < s->n && !bz_stopping_row(r, size); r++) {
        struct bz_error err;
        size_t bad;
        for (size_t i = 0; !mode && i < size; i++)
            s->x[l][r * size + i] = bit(from + r * stride, i);
        if (bz_check_row(layer, s->x[l] + r * size, NULL, &bad, &err) < 0)
            return bad_token(rec->fault, "a state is out of its domain");
    }
    return 0;
}

static int take_counts(struct record *rec, struct bz_state *s, size_t l)
{
    const size_t size = s->m->layers[l].size;
    if (!s->counts[l])
        return 0;
    const uint8_t *from = take(rec, s->n * sizeof(float));
    if (!from)
        return -1;
    memcpy(s->counts[l], from, s->n * sizeof(float));
    for (size_t r = 0; r < s->n; r++) {
        const float d = s->counts[l][r];
        double sum = 0;
        for (size_t i = 0; i < size; i++)
            sum += (double)s->x[l][r * size + i];
        if (!(d >= 0 && (double)d <= (double)BZ_MAX_COUNTS) || d != floorf(d) || sum != (double)d)
            return bad_token(rec->fault, "counts do not add up");
    }
    return 0;
}

static int take_layers(struct record *rec, struct bz_state *s)
{
    for (size_t l = 0; l < s->m->n_layers; l++) {
        const uint8_t *clamps = take(rec, 1);
        if (!clamps)
            return -1;
        if (*clamps > 2)
            return bad_token(rec->fault, "its clamps are of an unknown kind");
        if (take_known(rec, s, l, *clamps) < 0)
            return -1;
        if (take_values(rec, s, l) < 0 || take_counts(rec, s, l) < 0)
            return -1;
    }
    return 0;
}

/* The states of one group's levels; the model's, which came before, are rows of `top` from first on. */
static int take_group(struct record *rec, const struct api_levels *v, size_t g, const struct bz_chains *top)
{
    struct bz_trajectory *t = v->group[g];
    const size_t rows = bz_trajectory_chains(t)->s->n, first = g * v->rows;
    uint8_t renewed[(BZ_MOST_RUNGS + 1) * BZ_TILE];
    for (size_t k = 0; k < v->levels; k++) {
        struct bz_state *s = bz_trajectory_level(t, k)->s;
        const uint8_t *map = take(rec, (rows + 7) / 8);
        if (!map)
            return -1;
        s->n = rows;
        for (size_t r = 0; r < rows; r++)
            renewed[k * rows + r] = bit(map, r);
        for (size_t l = 0; l < s->m->n_layers; l++) {
            const size_t size = s->m->layers[l].size;
            if (k + 1 == v->levels)
                memcpy(s->x[l], top->s->x[l] + first * size, rows * size * sizeof(float));
            else if (take_values(rec, s, l) < 0)
                return -1;
        }
    }
    bz_trajectory_restore(t, top->seed[0], (uint32_t)first, NULL, top->step[0], renewed);
    return 0;
}

static int take_levels(struct record *rec, struct api_call *call, struct api_task *task)
{
    if (api_levels_new(call, task, rec->fault) < 0)
        return -1;
    struct api_levels *v = task->levels;
    for (size_t l = 0; l < api_machine(call)->n_layers; l++)
        if (task->chains->s->known[l])
            return bad_token(rec->fault, "chains of ptt have no clamps");
    const uint8_t *checksum = take(rec, 4);
    if (!checksum)
        return -1;
    if (memcmp(checksum, &v->ladder->checksum, 4) != 0)
        return api_fault(rec->fault, API_CONTINUE_OTHER_MODEL,
                         "parameter 'continue': the token belongs to another ladder, not to that of model '%s' version %lu",
                         call->model->name, call->model->version);
    for (size_t g = 0; g < v->n; g++)
        if (take_group(rec, v, g, task->chains) < 0)
            return -1;
    const size_t bytes = v->ladder->n * sizeof(*v->tried);
    const uint8_t *tried = take(rec, bytes), *taken = tried ? take(rec, bytes) : NULL;
    if (!taken)
        return -1;
    memcpy(v->tried, tried, bytes);
    memcpy(v->taken, taken, bytes);
    for (size_t k = 0; k < v->ladder->n; k++)
        if (v->tried[k] > MAX_STEP << 16 || v->taken[k] > v->tried[k])
            return bad_token(rec->fault, "exchanges do not add up");
    v->started = v->n;
    return 0;
}

/* What the token fixes cannot be set again. */
static int check_settings(const struct api_params *par, enum api_sampler sampler, uint64_t seed, double temperature,
                          size_t count, struct api_fault *fault)
{
    static const enum api_param_id never[] = {API_P_INIT, API_P_CLAMP, API_P_COUNTS};
    for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
        if (api_given(par, never[i]))
            return api_fault(fault, API_BAD_VALUE, "parameter '%s' cannot be combined with 'continue', which already holds it",
                             api_param_row(never[i])->name);
    if (api_given(par, API_P_SAMPLER) && par->sampler != sampler)
        return api_fault(fault, API_BAD_VALUE, "parameter 'sampler': the continue token is of %s",
                         sampler == API_PTT ? "ptt" : "gibbs");
    if (api_given(par, API_P_SEED) && par->seed != seed)
        return api_fault(fault, API_BAD_VALUE, "parameter 'seed': found %llu, the continue token holds %llu",
                         (unsigned long long)par->seed, (unsigned long long)seed);
    if (api_given(par, API_P_TEMPERATURE) && par->temperature != temperature)
        return api_fault(fault, API_BAD_VALUE, "parameter 'temperature': found %g, the continue token holds %g",
                         par->temperature, temperature);
    if (api_given(par, API_P_COUNT) && par->count != count)
        return api_fault(fault, API_BAD_VALUE, "parameter 'count': found %llu, the continue token holds %zu chains",
                         (unsigned long long)par->count, count);
    return 0;
}

/* Checks whose token it is. */
static int take_head(struct record *rec, struct api_call *call, enum api_sampler *sampler)
{
    uint8_t head[HEAD];
    const uint8_t *found = take(rec, HEAD);
    *sampler = memcmp(found, magics[API_PTT], 3) == 0 ? API_PTT : API_GIBBS;
    model_head(call->model, *sampler, head);
    if (memcmp(found, head, 3) != 0)
        return bad_token(rec->fault, "it does not begin as one");
    if (found[3] != head[3]) /* its chains would not continue as they began */
        return api_fault(rec->fault, API_BAD_CONTINUE,
                         "parameter 'continue': expected a token of version %d, found version %d, made by another version of "
                         "boltzd: start again from the seed",
                         head[3], found[3]);
    if (memcmp(found, head, HEAD) != 0)
        return api_fault(rec->fault, API_CONTINUE_OTHER_MODEL,
                         "parameter 'continue': the token belongs to another model, not to '%s' version %lu", call->model->name,
                         call->model->version);
    return 0;
}

int api_token_read(struct api_call *call, struct api_task *task, struct api_fault *fault)
{
    struct api_params *par = &call->job->par;
    enum api_sampler sampler;
    uint64_t seed, step;
    double temperature;
    uint32_t count, crc;
    long size = api_base64_decode(par->token, strlen(par->token));
    if (size < HEAD + 28 + 4)
        return bad_token(fault, size < 0 ? "it is not base64url" : "it is too short");
    struct record rec = {(const uint8_t *)par->token, (const uint8_t *)par->token + size - 4, fault};
    memcpy(&crc, rec.end, 4);
    if (crc != checksum(rec.at, (size_t)size - 4))
        return bad_token(fault, "its checksum is wrong");
    if (take_head(&rec, call, &sampler) < 0)
        return -1;
    memcpy(&seed, take(&rec, 8), 8);
    memcpy(&step, take(&rec, 8), 8);
    memcpy(&temperature, take(&rec, 8), 8);
    memcpy(&count, take(&rec, 4), 4);
    const struct api_param *chains = api_param_row(API_P_COUNT), *heat = api_param_row(API_P_TEMPERATURE);
    if (seed > API_MAX_SEED || step > MAX_STEP || count < 1 || count > chains->high || !(temperature >= heat->low) ||
        !(temperature <= heat->high) || (sampler == API_PTT && temperature != 1))
        return bad_token(fault, "a number in it is out of range");
    size_t least = 0; /* bytes of the smallest record with that many chains: no memory is allocated on the word of a number */
    for (size_t l = 0; l < api_machine(call)->n_layers; l++)
        least += 2 + count * ((api_machine(call)->layers[l].size + 7) / 8);
    if (least > (size_t)(rec.end - rec.at))
        return bad_token(fault, "it is too short");
    if (check_settings(par, sampler, seed, temperature, count, fault) < 0 || api_sample_chains(call, task, count, fault) < 0 ||
        take_layers(&rec, task->chains->s) < 0)
        return -1;
    par->seed = seed;
    par->sampler = sampler;
    par->temperature = temperature;
    for (size_t r = 0; r < count; r++) {
        task->chains->seed[r] = seed;
        task->chains->index[r] = (uint32_t)r;
        task->chains->step[r] = step;
        task->chains->temperature[r] = temperature;
    }
    if (sampler == API_PTT && take_levels(&rec, call, task) < 0)
        return -1;
    return rec.at == rec.end ? 0 : bad_token(fault, "it is too long");
}
