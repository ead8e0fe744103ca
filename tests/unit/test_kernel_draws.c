/* Draws of units, of groups, and of units one after the other, at every level this CPU has, against plain loops. */
#include "kernel_inputs.h"

/* log(p/(1-p)) */
static float log_odds(double p)
{
    return (float)log(p / (1 - p));
}

static void draws_are_those_of_the_probabilities(void **state)
{
    (void)state;
    static const float others[] = {NAN, INFINITY, -INFINITY, 1e30f, -1e30f, 88, -88, 0};
    static float x[MAX_N], p[MAX_N], want[MAX_N], buffer[MAX_N + 2 * GUARD];
    for (size_t s = 0; s < N_SIZES; s++) {
        const struct bz_key key = {.seed = next_u32(), .step = s, .chain = next_u32()};
        const float scale = (const float[]){1, 2, 0.01f, 1e-30f, 1e30f}[s % 5];
        const size_t n = sizes(s), at = GUARD + s % 17;
        fill_with(x, n, MODERATE);
        for (size_t i = 0; i < n; i++) { /* many at an edge of what 8 bits decide, or about there */
            const double byte = bz_random_byte(&key, (uint32_t)i), edge = byte + next_u32() % 2 + 1e-4 * next_float(1);
            x[i] = i % 3 == 0 ? x[i] : i % 17 == 1 ? others[next_u32() % 8] : log_odds(edge / 256) / scale;
        }
        levels[0]->sigmoid(p, x, scale, n);
        levels[0]->bernoulli(want, p, &key, n);
        for (size_t l = 0; l < n_levels; l++) {
            paint(buffer);
            memcpy(buffer + at, x, n * sizeof(float)); /* in place */
            levels[l]->draw(buffer + at, buffer + at, scale, NULL, &key, n);
            assert_same_bits(buffer + at, want, n, "draw", levels[l]->name);
            assert_guarded(buffer, at, n, "draw", levels[l]->name);
        }
    }
}

/* --- units whose probability is only approximately known --- */

struct told {
    struct bz_doubt doubt;
    const float *truth;
    size_t asked;
};

static float tell(const struct bz_doubt *d, size_t i)
{
    struct told *told = (struct told *)(uintptr_t)d;
    told->asked++;
    return told->truth[i];
}

static void doubt_never_changes_a_draw(void **state)
{
    (void)state;
    enum { N = 700 };
    static float z[N], near[N], truth[N], error[N], want[N], got[N];
    const struct bz_key key = {.seed = 12};
    for (size_t l = 0; l < n_levels; l++)
        for (size_t k = 0; k < 6; k++) {
            const float times = (const float[]){0, 0.01f, 0.3f, 5, INFINITY, NAN}[k];
            for (size_t i = 0; i < N; i++) {
                error[i] = (float)(next_u32() % 3) / 2;
                z[i] = (float)(next_u32() % 2001) / 100 - 10;
                near[i] = k < 4 ? z[i] + times * error[i] * ((float)(next_u32() % 3) - 1) : 0;
            }
            levels[l]->sigmoid(truth, z, 1, N);
            struct told told = {.doubt = {.error = error, .times = times, .exact = tell}, .truth = truth};
            levels[l]->bernoulli(want, truth, &key, N);
            levels[l]->draw(got, k < 4 ? near : (near[0] = NAN, near), 1, &told.doubt, &key, N);
            for (size_t i = 0; i < N; i++)
                assert_true(got[i] == want[i]);
            if (k < 2)
                assert_in_range(told.asked, 0, N / 20);
        }
}

/* --- groups --- */

static void weights_of_groups_are_exponentials(void **state)
{
    (void)state;
    enum { MOST = 320 };
    static float x[MOST], want[MOST], buffer[MAX_N + 2 * GUARD];
    static const enum fill fills[] = {MODERATE, SPECIAL, HUGE_VALUES};
    for (size_t s = 0; s < 90; s++) {
        const size_t k = 1 + s % 40, groups = MOST / k < 7 ? MOST / k : 7, n = k * groups, at = GUARD + s % 17;
        const float scale = s % 4 ? 1 : 0.3f;
        fill_with(x, n, fills[s % 3]);
        for (size_t i = 0; i < k && s % 5 == 0; i++)
            x[i] = -INFINITY;
        for (size_t g = 0; g < groups; g++) {
            float largest = -INFINITY;
            for (size_t i = g * k; i < (g + 1) * k; i++)
                largest = scale * x[i] > largest ? scale * x[i] : largest;
            for (size_t i = g * k; i < (g + 1) * k; i++)
                want[i] = scale * x[i] - (largest > -INFINITY ? largest : 0);
        }
        levels[0]->exp_shifted(want, want, 0, n);
        for (size_t i = 0; i < n; i++)
            want[i] = want[i] < 1.66e-38f ? 0 : want[i];
        for (size_t l = 0; l < n_levels; l++) {
            paint(buffer);
            memcpy(buffer + at, x, n * sizeof(float)); /* in place */
            levels[l]->group_weights(buffer + at, buffer + at, scale, k, groups);
            assert_same_bits(buffer + at, want, n, "group_weights", levels[l]->name);
            assert_guarded(buffer, at, n, "group_weights", levels[l]->name);
        }
    }
}

/* As pick_groups says; k where points of these first 24 bits fall on more than one, or on none. */
static uint32_t plain_pick(const float *w, double first, size_t k)
{
    uint32_t found[2];
    double sum = 0;
    for (size_t i = 0; i < k; i++)
        sum += w[i];
    for (int high = 0; high < 2; high++) {
        double below = 0;
        found[high] = (uint32_t)k;
        for (size_t i = 0; i < k && found[high] == k; i++) {
            below += w[i];
            found[high] = (first + high * 0x1p-24) * sum < below ? (uint32_t)i : found[high];
        }
    }
    return found[0] == found[1] ? found[0] : (uint32_t)k;
}

static void groups_are_picked_by_their_weights(void **state)
{
    (void)state;
    enum { MOST = 40, K = 70 };
    static float w[MOST * K], first[2 * MOST];
    size_t open = 0;
    for (size_t s = 0; s < 200 * n_levels; s++) {
        const size_t k = 1 + s % K, groups = next_u32() % MOST;
        uint32_t chosen[MOST + 1];
        for (size_t i = 0; i < k * groups; i++)
            w[i] = next_u32() % 3 ? (float)(next_u32() % 1000) / 1000 : 0;
        for (size_t g = 0; g < 2 * groups; g++)
            first[g] = (float)(next_u32() >> 8) * 0x1p-24f;
        if (groups > 3) { /* an edge, nothing to choose, not a number */
            w[0] = w[k / 2] = 0.5f;
            first[0] = 0.5f;
            memset(w + k, 0, k * sizeof(*w));
            w[3 * k - 1] = NAN;
        }
        chosen[groups] = 77;
        levels[s % n_levels]->pick_groups(chosen, w, first, k, groups);
        assert_int_equal(chosen[groups], 77);
        for (size_t g = 0; g < groups; g++) {
            assert_int_equal(chosen[g], plain_pick(w + g * k, first[2 * g], k));
            open += chosen[g] == k;
        }
    }
    assert_in_range(open, 200, 1000 * n_levels);
}

/* --- one after the other --- */

static uint64_t plain_scan(const float *start, const struct bz_scan *s)
{
    float field[64];
    uint64_t on = s->on;
    memcpy(field, start, s->n * sizeof(*field));
    for (size_t step = 0; step < s->n; step++) {
        const size_t i = s->reverse ? s->n - 1 - step : step;
        float p;
        levels[0]->sigmoid(&p, &field[i], s->scale, 1);
        const bool was = on >> i & 1, is = s->known >> i & 1 ? was : s->uniform[i] < p;
        on = is == was ? on : on ^ 1ull << i;
        for (size_t j = 0; is != was && j < s->n; j++) {
            volatile float product = (is ? s->apart : -s->apart) * s->w[i * s->stride + j];
            field[j] += product;
        }
    }
    return on;
}

static void a_scan_draws_one_after_the_other(void **state)
{
    (void)state;
    enum { MOST = 64, STRIDE = 70 };
    static float w[MOST * STRIDE], field[MOST], uniform[MOST];
    for (size_t s = 0; s < 200; s++) {
        struct bz_scan scan = {w, STRIDE, 1 + s % MOST, uniform, s % 7 ? 1 : 2, s % 3 ? 1 : 2, 0, 0, s % 2};
        scan.on = (uint64_t)next_u32() << 32 | next_u32();
        scan.on &= ~0ull >> (64 - scan.n);
        scan.known = s % 5 ? 0 : (uint64_t)next_u32() << 32 | next_u32();
        fill_with(w, MOST * STRIDE, s % 4 ? MODERATE : SPECIAL);
        for (size_t i = 0; i < scan.n; i++) {
            uniform[i] =
                s % 11 ? (float)(next_u32() >> 8) * 0x1p-24f : (const float[]){0, 0x1p-24f, 1 - 0x1p-24f, 0.999f}[i % 4];
            field[i] = i % 3 ? 2 * next_float(3) : log_odds(uniform[i] > 0 ? (double)uniform[i] : 0.5) / scan.scale;
            for (size_t j = 0; j < MOST && s % 4; j++)
                w[i * STRIDE + j] *= 0.1f;
        }
        for (size_t l = 0; l < n_levels; l++)
            assert_true(levels[l]->scan(field, &scan) == plain_scan(field, &scan));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_are_those_of_the_probabilities), cmocka_unit_test(doubt_never_changes_a_draw),
        cmocka_unit_test(weights_of_groups_are_exponentials),   cmocka_unit_test(groups_are_picked_by_their_weights),
        cmocka_unit_test(a_scan_draws_one_after_the_other),
    };
    return cmocka_run_group_tests(tests, find_levels, NULL);
}
