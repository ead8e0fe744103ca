#include "sweep_plan.h"

#include "mem.h"
#include "rng.h"
#include "training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_RUNS = 100000 };

/* Where an option's values begin, and their separator. */
struct values {
    const char *text;
    char separator;
    size_t n;
    double low, high; /* ends of a range; NaN = it is a list */
    bool whole;
};

static int read_values(struct values *v, const char *given, bool ranges, struct bz_error *err)
{
    const char *equals = strchr(given, '='), *dots;
    char *end;
    if (!equals || equals == given || !equals[1])
        return bz_fail(err, BZ_BAD_USAGE, "--vary %s: expected OPTION=VALUE,VALUE,...", given);
    v->text = equals + 1;
    v->separator = strchr(v->text, '/') ? '/' : ',';
    v->n = 1;
    for (const char *c = v->text; *c; c++)
        v->n += *c == v->separator;
    v->low = v->high = (double)NAN;
    if (!ranges || !(dots = strstr(v->text, "..")))
        return 0;
    v->low = strtod(v->text, &end);
    const bool good = end == dots;
    v->high = strtod(dots + 2, &end);
    if (!good || *end || !(v->low > 0) || !(v->high >= v->low) || !isfinite(v->high))
        return bz_fail(err, BZ_BAD_USAGE, "--vary %s: expected a range like 0.01..0.1, of numbers above 0, the smaller first",
                       given);
    v->whole = v->low == floor(v->low) && v->high == floor(v->high) && !strpbrk(v->text, "eE");
    return 0;
}

static const char *value_at(const struct values *v, size_t i, size_t *length)
{
    const char *at = v->text;
    const char stop[2] = {v->separator, 0};
    while (i-- > 0)
        at += strcspn(at, stop) + 1;
    *length = strcspn(at, stop);
    return at;
}

static char *argument(const char *option, const struct values *v, size_t choice, double draw, struct bz_error *err)
{
    size_t length;
    if (!isnan(v->low)) {
        const double x = exp(log(v->low) + draw * (log(v->high) - log(v->low)));
        return v->whole ? training_join(err, "--%s=%.0f", option, x) : training_join(err, "--%s=%.4g", option, x);
    }
    const char *at = value_at(v, choice, &length);
    return training_join(err, "--%s=%.*s", option, (int)length, at);
}

static int add_run(struct train_sweep_plan *p, size_t run, const struct values *v, size_t random, uint64_t seed,
                   struct bz_error *err)
{
    size_t rest = run;
    for (size_t k = p->n_options; k-- > 0;) {
        const struct bz_key key = {.seed = seed, .step = run, .layer = (uint16_t)k, .purpose = BZ_DRAW_MISC};
        const double draw = random ? bz_random_double(&key, 0) : 0;
        const size_t choice = random ? (size_t)(draw * (double)v[k].n) : rest % v[k].n;
        rest /= v[k].n;
        char **slot = &p->argument[run * p->n_options + k];
        if (!(*slot = argument(p->option[k], &v[k], choice, draw, err)))
            return -1;
        char *name = training_join(err, "%s%s%s", *slot + 2, p->name[run] ? " " : "", p->name[run] ? p->name[run] : "");
        bz_free(p->name[run]);
        if (!(p->name[run] = name))
            return -1;
    }
    return 0;
}

int train_sweep_plan_make(struct train_sweep_plan *out, const struct bz_list *vary, size_t random, uint64_t seed,
                          struct bz_error *err)
{
    struct values v[TRAIN_SWEEP_MOST];
    double all = 1;
    if (vary->n < 1)
        return bz_fail(err, BZ_BAD_USAGE,
                       "--vary is needed: an option of boltz train and the values to try, as in --vary hidden=50,100");
    if (vary->n > TRAIN_SWEEP_MOST)
        return bz_fail(err, BZ_BAD_USAGE, "--vary: expected at most %d options to vary, found %zu", TRAIN_SWEEP_MOST, vary->n);
    for (size_t k = 0; k < vary->n; k++) {
        if (read_values(&v[k], vary->items[k], random > 0, err) < 0)
            return -1;
        const char *name = vary->items[k];
        while (*name == '-')
            name++;
        if (!(out->option[k] = training_join(err, "%.*s", (int)(v[k].text - 1 - name), name)))
            return -1;
        out->n_options = k + 1;
        for (size_t j = 0; j < k; j++)
            if (!strcmp(out->option[j], out->option[k]))
                return bz_fail(err, BZ_BAD_USAGE, "--vary %s: given twice", out->option[k]);
        all *= (double)v[k].n;
    }
    if (!random && all > MOST_RUNS)
        return bz_fail(err, BZ_TOO_LARGE, "--vary: %.0f combinations; --random N draws some of them", all);
    const size_t n = random ? random : (size_t)all;
    if (!(out->argument = bz_alloc(n * out->n_options, sizeof(char *), err)) || !(out->name = bz_alloc(n, sizeof(char *), err)))
        return -1;
    for (; out->n < n; out->n++)
        if (add_run(out, out->n, v, random, seed, err) < 0) {
            out->n++;
            return -1;
        }
    return 0;
}

void train_sweep_plan_free(struct train_sweep_plan *p)
{
    for (size_t i = 0; p->argument && i < p->n * p->n_options; i++)
        bz_free(p->argument[i]);
    for (size_t i = 0; p->name && i < p->n; i++)
        bz_free(p->name[i]);
    for (size_t k = 0; k < TRAIN_SWEEP_MOST; k++)
        bz_free(p->option[k]);
    bz_free(p->argument);
    bz_free(p->name);
}

const char *train_sweep_value(const struct train_sweep_plan *p, size_t run, size_t k)
{
    return strchr(p->argument[run * p->n_options + k], '=') + 1;
}
