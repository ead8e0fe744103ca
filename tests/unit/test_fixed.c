/* Fields as sums of integers: the maintained sums equal new ones, to the bit; and they are the fields. */
#include "fixed.h"
#include "kernels.h"
#include "rng.h"
#include "stop.h"
#include "unit.h"

#include "test.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 5, STEPS = 12, MOST = 130 };

static uint32_t drawn;

static uint32_t next(uint32_t below)
{
    static const struct bz_key key = {.seed = 5};
    return bz_random_u32(&key, drawn++) % below;
}

struct kind {
    const char *name;
    enum bz_unit from, to;
    size_t groups;  /* of the neighbour */
    bool lateral;   /* of the receiving layer */
    double scale;   /* of its weights */
    double heavier; /* factor on that for every 7th unit's weights */
};

static const struct kind kinds[] = {
    {"bernoulli", BZ_BERNOULLI, BZ_BERNOULLI, 1, false, 0.1, 1}, {"spin", BZ_SPIN, BZ_BERNOULLI, 1, false, 0.1, 1},
    {"softmax", BZ_SOFTMAX, BZ_SPIN, 1, false, 0.3, 1},          {"to gaussian", BZ_BERNOULLI, BZ_GAUSSIAN, 1, false, 2, 1},
    {"lateral", BZ_SPIN, BZ_BERNOULLI, 1, true, 0.1, 1},         {"saturated", BZ_BERNOULLI, BZ_BERNOULLI, 1, false, 1e6, 1},
    {"uneven", BZ_BERNOULLI, BZ_BERNOULLI, 1, false, 0.1, 1e7},  {"huge", BZ_SPIN, BZ_BERNOULLI, 1, false, 1e35, 1},
    {"tiny", BZ_BERNOULLI, BZ_BERNOULLI, 1, false, 1e-38, 1},    {"zero", BZ_BERNOULLI, BZ_BERNOULLI, 1, false, 0, 1},
};
enum { N_KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static void fill(struct bz_machine *m, const struct kind *k)
{
    for (size_t c = 0; c < m->n_couplings; c++) {
        const size_t rows = m->layers[m->couplings[c].a].size, columns = m->layers[m->couplings[c].b].size;
        float *w = bz_machine_weight(m, c);
        for (size_t i = 0; i < rows; i++)
            for (size_t j = 0; j < columns; j++)
                w[i * columns + j] = (float)(k->scale * (j % 7 ? 1 : k->heavier) * ((double)next(1u << 24) / (1 << 23) - 1));
        for (size_t i = 0; c == 1 && i < rows; i++)
            for (size_t j = 0; j <= i; j++)
                w[i * columns + j] = i == j ? 0 : w[j * columns + i];
    }
    for (size_t l = 0; l < m->n_layers; l++)
        for (size_t i = 0; i < m->layers[l].size; i++)
            bz_machine_bias(m, l)[i] = (float)(k->scale * ((double)next(1000) / 250 - 2));
    bz_machine_prepare(m, NULL);
}

static struct bz_machine *make(const struct kind *k, size_t n_from, size_t n_to)
{
    const struct bz_layer_spec layers[] = {{"from", BZ_VISIBLE, k->from, n_from, k->groups, true},
                                           {"to", BZ_HIDDEN, k->to, n_to, 1, true}};
    const struct bz_coupling_spec couplings[] = {{0, 1}, {1, 1}};
    struct bz_error err = {0};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new(&m, "bm", layers, 2, couplings, k->lateral ? 2 : 1, &err), 0);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    fill(m, k);
    return m;
}

static float value(enum bz_unit unit, bool on)
{
    return on ? 1 : unit == BZ_SPIN ? -1 : 0;
}

/* All off, all on, or a given percentage changed. */
static void change(struct bz_state *s, const struct kind *k, size_t layer, size_t step)
{
    static const uint32_t share[] = {30, 3, 0, 100, 3, 60};
    const size_t n = s->m->layers[layer].size;
    const enum bz_unit unit = s->m->layers[layer].unit;

    for (size_t r = 0; r < ROWS; r++) {
        float *x = s->x[layer] + r * n;
        for (size_t i = 0; i < n; i++)
            if (step == 3 || step == 7)
                x[i] = value(unit, step == 3);
            else if (next(100) < share[(step + r) % 6])
                x[i] = value(unit, next(2));
        if (k->groups && unit == BZ_SOFTMAX) {
            memset(x, 0, n * sizeof(*x));
            x[next((uint32_t)n)] = 1;
        }
    }
}

/* The field in long double, and the largest it could be. */
static long double truth(const struct bz_state *s, size_t row, size_t j, long double *most)
{
    const struct bz_machine *m = s->m;
    const size_t n_from = m->layers[0].size, n_to = m->layers[1].size;
    long double sum = m->layers[1].start[j];

    *most = fabsl(sum);
    for (size_t i = 0; i < n_from; i++) {
        sum += (long double)s->x[0][row * n_from + i] * m->couplings[0].weight[i * n_to + j];
        *most += fabsl((long double)m->couplings[0].weight[i * n_to + j]);
    }
    for (size_t i = 0; m->n_couplings > 1 && i < n_to; i++) {
        sum += (long double)s->x[1][row * n_to + i] * m->couplings[1].weight[i * n_to + j];
        *most += fabsl((long double)m->couplings[1].weight[i * n_to + j]);
    }
    return sum;
}

static void check_truth(const struct bz_state *s, const float *field, const char *name)
{
    const size_t n = s->m->layers[1].size, depth = s->m->layers[0].size + n;

    for (size_t r = 0; r < ROWS; r++)
        for (size_t j = 0; j < n; j++) {
            long double most, want = truth(s, r, j, &most);
            /* each rounded to 2^-30 of the most, doubled for spins; then the sum rounded to float */
            const long double bound = (long double)(depth + 2) * most * 0x1p-28L + fabsl(want) * 0x1p-23L + 1e-30L;
            if (!(fabsl(field[r * n + j] - want) <= bound))
                fail_msg("%s, %zu units: field %g, want %Lg within %Lg", name, n, field[r * n + j], want, bound);
        }
}

/* The bits of all fields of a run, by sums kept from step to step or computed anew at each. */
static void run(const struct kind *k, struct bz_machine *m, bool anew, float *out)
{
    struct bz_error err = {0};
    struct bz_state *s;
    struct bz_work *w;
    const size_t n = m->layers[1].size;

    assert_int_equal(bz_machine_fix(m, &err), 0);
    assert_int_equal(bz_state_new(&s, m, ROWS, &err), 0);
    assert_int_equal(bz_work_new_for(&w, m, ROWS, &err), 0);
    s->n = ROWS;
    drawn = 1000;
    bz_kept_begin(w, m, 0);
    for (size_t step = 0; step < STEPS; step++, out += ROWS * n) {
        change(s, k, 0, step);
        if (k->lateral)
            change(s, k, 1, step + 1);
        if (anew)
            bz_kept_begin(w, m, 0);
        if (anew) /* row by row, too */
            for (size_t r = ROWS; r-- > 0;)
                bz_field_kept(s, 1, r, 1, out + r * n, w);
        else
            bz_field_kept(s, 1, 0, ROWS, out, w);
        check_truth(s, out, k->name);
    }
    bz_work_free(w);
    bz_state_free(s);
}

static void what_is_kept_is_what_a_new_sum_gives(void **state)
{
    (void)state;
    static const size_t sizes[][2] = {{1, 1}, {5, 17}, {64, 16}, {65, 63}, {128, 129}, {127, 65}};
    static float kept[STEPS * ROWS * MOST], other[STEPS * ROWS * MOST];
    const struct bz_kernels *tables[8];
    struct bz_error err = {0};
    const size_t n_levels = bz_cpu_levels(tables, 8);

    for (size_t k = 0; k < N_KINDS; k++)
        for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
            struct bz_machine *m = make(&kinds[k], sizes[i][0], sizes[i][1]);
            run(&kinds[k], m, false, kept);
            for (size_t level = 0; level < n_levels; level++)
                for (int anew = 0; anew < 2; anew++) {
                    assert_int_equal(bz_cpu_select(tables[level]->name, &err), 0);
                    run(&kinds[k], m, anew, other);
                    assert_memory_equal(kept, other, STEPS * ROWS * sizes[i][1] * sizeof(float));
                }
            assert_int_equal(bz_cpu_select("auto", &err), 0);
            bz_machine_free(m);
        }
}

/* Rows with other values among two-valued ones have the bits of bz_field, and the two-valued ones keep theirs. */
static void grey_rows_have_the_fields_of_floats(void **state)
{
    (void)state;
    enum { N = 70, H = 20 };
    struct bz_machine *m = make(&kinds[0], N, H);
    struct bz_error err = {0};
    struct bz_state *s;
    struct bz_work *w;
    float field[ROWS * H], plain[ROWS * H], alone[H];

    assert_int_equal(bz_machine_fix(m, &err), 0);
    assert_int_equal(bz_state_new(&s, m, ROWS, &err), 0);
    assert_int_equal(bz_work_new(&w, m, &err), 0);
    s->n = ROWS;
    bz_kept_begin(w, m, 0);
    for (size_t step = 0; step < 4; step++) {
        change(s, &kinds[0], 0, step);
        s->x[0][1 * N + 5] = 0.5f;
        s->x[0][3 * N + N - 1] = step % 2 ? 0.25f : 1;
        bz_field_kept(s, 1, 0, ROWS, field, w);
        bz_field(s, 1, 0, ROWS, true, plain, w);
        assert_memory_equal(field + 1 * H, plain + 1 * H, H * sizeof(float));
        if (step % 2)
            assert_memory_equal(field + 3 * H, plain + 3 * H, H * sizeof(float));
        for (size_t r = 0; r < ROWS; r += 2) {
            bz_kept_begin(w, m, r);
            bz_field_kept(s, 1, r, 1, alone, w);
            assert_memory_equal(field + r * H, alone, sizeof(alone));
        }
        bz_kept_begin(w, m, 0);
    }
    bz_work_free(w);
    bz_state_free(s);
    bz_machine_free(m);
}

/* The rows of layer 1 drawn at temperature t, by the full weights or (`near`) by coarse ones. gain > 0: by gain * field +
 * shift, which is next to nothing in the first row. Returns how many rows were drawn by coarse weights. */
static size_t draw_rows(const struct bz_state *s, bool near, double t, float gain, size_t step, float *x, struct bz_work *w)
{
    static float field[ROWS * MOST], shift[MOST];
    const struct bz_layer *l = &s->m->layers[1];
    struct bz_near about;
    size_t coarse = 0;

    if (near)
        bz_field_near(s, 1, 0, ROWS, field, w);
    else
        bz_field_kept(s, 1, 0, ROWS, field, w);
    for (size_t j = 0; !near && j < l->size; j++)
        shift[j] = 1e-4f - gain * field[j];
    for (size_t i = 0; gain > 0 && i < ROWS * l->size; i++)
        field[i] = gain * field[i] + shift[i % l->size];
    for (size_t r = 0; r < ROWS; r++) {
        const struct bz_key key = {.seed = 9, .step = step, .chain = (uint32_t)r};
        const struct bz_doubt *doubt = near ? bz_near_row(&about, s, 1, r, t, w) : NULL;
        coarse += doubt != NULL;
        if (doubt && gain > 0)
            bz_near_mix(&about, gain, shift);
        bz_binary_sample(l, field + r * l->size, t, doubt, &key, x + r * l->size);
    }
    return coarse;
}

static void coarse_weights_draw_what_whole_ones_draw(void **state)
{
    (void)state;
    enum { N = 128, H = 129 };
    static float want[ROWS * H], got[ROWS * H];
    const struct bz_kernels *tables[8];
    struct bz_error err = {0};
    const size_t n_levels = bz_cpu_levels(tables, 8);

    for (size_t k = 0; k < N_KINDS; k++) {
        struct bz_machine *m = make(&kinds[k], N, H);
        struct bz_state *s;
        struct bz_work *whole, *coarse;
        size_t by_coarse = 0;
        if (kinds[k].lateral || kinds[k].to == BZ_GAUSSIAN) {
            bz_machine_free(m);
            continue;
        }
        assert_int_equal(bz_machine_fix(m, &err), 0);
        assert_int_equal(bz_state_new(&s, m, ROWS, &err), 0);
        assert_int_equal(bz_work_new_for(&whole, m, ROWS, &err), 0);
        assert_int_equal(bz_work_new_for(&coarse, m, ROWS, &err), 0);
        s->n = ROWS;
        bz_kept_begin(whole, m, 0);
        bz_kept_begin(coarse, m, 0);
        for (size_t step = 0; step < 40 * n_levels; step++) {
            const double t = (const double[]){1, 0.1, 1e-30, 3, 1e-300}[step % 5];
            assert_int_equal(bz_cpu_select(tables[step % n_levels]->name, &err), 0);
            change(s, &kinds[k], 0, step % 9);
            if (step % 4 == 3)
                s->x[0][2 * N] = 0.5f;
            const float gain = step % 3 ? 0 : 0.25f * (float)(step % 4 + 1) - 0.01f;
            assert_int_equal(draw_rows(s, false, t, gain, step, want, whole), 0);
            by_coarse += draw_rows(s, true, t, gain, step, got, coarse);
            assert_memory_equal(got, want, sizeof(got));
            s->x[0][2 * N] = value(kinds[k].from, true);
        }
        assert_true(by_coarse > 20 * n_levels * ROWS);
        assert_int_equal(bz_cpu_select("auto", &err), 0);
        bz_work_free(whole);
        bz_work_free(coarse);
        bz_state_free(s);
        bz_machine_free(m);
    }
}

static void other_weights_give_other_fields(void **state)
{
    (void)state;
    static float out[STEPS * ROWS * MOST];
    struct bz_machine *m = make(&kinds[1], 40, 30);

    run(&kinds[1], m, false, out); /* fixed-point from here on */
    fill(m, &kinds[1]);            /* and prepared again */
    run(&kinds[1], m, false, out); /* compares with the truth */
    bz_machine_free(m);
}

static bool is_last(void *left)
{
    size_t *n = left;

    return *n == 0 || --*n == 0;
}

static void assert_same_weights(const struct bz_machine *a, const struct bz_machine *b)
{
    for (size_t l = 0; l < a->n_layers; l++) {
        const struct bz_fixed_layer *f = &a->fixed->layers[l], *g = &b->fixed->layers[l];
        const size_t size = a->layers[l].size;
        assert_true(f->rounding == g->rounding);
        assert_memory_equal(f->unit, g->unit, size * sizeof(*f->unit));
        assert_memory_equal(f->power, g->power, size * sizeof(*f->power));
        assert_memory_equal(f->start, g->start, size * sizeof(*f->start));
        assert_memory_equal(f->error, g->error, size * sizeof(*f->error));
        for (size_t k = 0; k < f->n_links; k++) {
            const size_t lines = f->links[k].depth + 1;
            assert_memory_equal(f->links[k].w, g->links[k].w, lines * f->stride * sizeof(*f->links[k].w));
            if (f->coarse_stride)
                assert_memory_equal(f->links[k].coarse, g->links[k].coarse,
                                    lines * f->coarse_stride / 2 * sizeof(*f->links[k].coarse));
        }
    }
}

/* By callers none of which has the time for all of it: each goes on where the one before had to stop. */
static void whole_numbers_are_made_in_turns(void **state)
{
    (void)state;
    for (size_t patience = 1; patience <= 12; patience += 11) {
        drawn = 0;
        struct bz_machine *whole = make(&kinds[6], 70, 12000);
        drawn = 0;
        struct bz_machine *turns = make(&kinds[6], 70, 12000);
        assert_int_equal(bz_machine_fix(whole, NULL), 0);
        size_t n = 0;
        for (int rc = -1; rc < 0; n++) {
            struct bz_error err = {0};
            size_t left = n < 20 ? patience : SIZE_MAX;
            bz_stop_ask(is_last, &left);
            rc = bz_machine_fix(turns, &err);
            bz_stop_ask(NULL, NULL);
            assert_true(rc == 0 || err.code == BZ_INTERRUPTED);
            assert_int_equal(bz_machine_is_fixed(turns), rc == 0);
        }
        assert_true(patience == 1 ? n == 21 : n > 1 && n < 20); /* 1: none of them can do anything */
        assert_same_weights(whole, turns);
        bz_machine_free(whole);
        bz_machine_free(turns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_is_what_a_new_sum_gives),     cmocka_unit_test(grey_rows_have_the_fields_of_floats),
        cmocka_unit_test(coarse_weights_draw_what_whole_ones_draw), cmocka_unit_test(other_weights_give_other_fields),
        cmocka_unit_test(whole_numbers_are_made_in_turns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
