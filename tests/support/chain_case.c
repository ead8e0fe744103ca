#include "chain_case.h"

#include "test.h"

#include <string.h>

bool chains_fixed;

struct bz_chains *new_chains(const struct bz_machine *m, size_t n, double t, double d, uint64_t seed)
{
    struct bz_error err = {0};
    struct bz_chains *c;

    assert_int_equal(bz_chains_new(&c, m, n, &err), 0);
    if (chains_fixed)
        assert_int_equal(bz_chains_fix(c, &err), 0);
    c->s->n = n;
    for (size_t r = 0; r < n; r++) {
        c->seed[r] = seed;
        c->index[r] = (uint32_t)r;
        c->temperature[r] = t;
        for (size_t l = 0; l < m->n_layers; l++)
            if (c->s->counts[l])
                c->s->counts[l][r] = (float)d;
    }
    return c;
}

struct bz_work *new_work(const struct bz_machine *m)
{
    struct bz_error err = {0};
    struct bz_work *w;

    assert_int_equal(bz_work_new(&w, m, &err), 0);
    return w;
}

/* Holds some units of a layer in every chain. */
void hold(struct bz_chains *c, size_t layer, const float *values, const uint8_t *known)
{
    const size_t size = c->s->m->layers[layer].size;
    struct bz_error err = {0};

    assert_int_equal(bz_state_make_known(c->s, layer, &err), 0);
    for (size_t r = 0; r < c->s->n; r++) {
        memcpy(c->s->x[layer] + r * size, values, size * sizeof(float));
        memcpy(c->s->known[layer] + r * size, known, size);
    }
}
