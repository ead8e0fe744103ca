#include "need.h"

#include "follow.h"
#include "judge.h"
#include "monitor.h"
#include "ranks.h"
#include "resources.h"
#include "unit.h"

#include <stdio.h>

enum {
    UNIT = 100, /* bytes for each unit of what a learner sums, averages and steps by */
    COPIES = 2  /* of the machine: the learner's, and the one that is measured and handed out */
};

struct part {
    const char *what;
    double bytes;
};

static double units_of(const struct bz_machine *m, bool hidden_only)
{
    double units = 0;
    for (size_t l = 0; l < m->n_layers; l++)
        units += hidden_only && bz_is_visible(&m->layers[l]) ? 0 : (double)m->layers[l].size;
    return units;
}

/* A copy of the machine, with the transposed weights, or the lists of the edges of sparse couplings. */
static double copy_of(const struct bz_machine *m)
{
    enum { EDGE = 24 };
    double bytes = sizeof(float) * ((double)m->block_size + 2 * units_of(m, false));
    for (size_t c = 0; c < m->n_couplings; c++)
        if (m->couplings[c].index)
            bytes += EDGE * (double)m->couplings[c].n_entries;
        else if (m->couplings[c].a != m->couplings[c].b)
            bytes += sizeof(float) * (double)bz_coupling_weights(m, c);
    return bytes;
}

/* Arrays as large as the parameters that the optimiser keeps, the parameters among them. */
static double arrays_of(const struct train_rule *r)
{
    return 2 + (r->optimizer == TRAIN_ADAM) + r->averaged;
}

static double parameters(const struct train_stage *s)
{
    const bool moved = train_algorithm(s->rule.algorithm)->mover != NULL;
    return COPIES * copy_of(s->start) + sizeof(float) * (arrays_of(&s->rule) - 1 + moved) * (double)s->start->block_size;
}

static bool has_gaps(const struct train_stage *s)
{
    bool gaps = false;
    for (size_t p = 0; s->feed && p < s->feed->data->n_parts; p++)
        gaps = gaps || s->feed->data->parts[p].missing || s->feed->data->parts[p].absent;
    return gaps;
}

static double states(const struct train_stage *s)
{
    const double units = units_of(s->start, false), hidden = units_of(s->start, true);
    return (double)s->batch * (sizeof(float) * units + (has_gaps(s) ? units : 0)) +
           (double)s->chains * sizeof(float) * (units + hidden);
}

/* Rows of the replicas of tempering at each temperature, and the fields of their summed layers. */
static double replicas(const struct train_stage *s)
{
    const double rows = s->rule.algorithm == TRAIN_PT || s->rule.algorithm == TRAIN_PTT ? 24 * (double)s->chains : 0;
    return rows * sizeof(float) * (units_of(s->start, false) + (double)bz_machine_widest(s->start));
}

/* The states that a run may go back to: the last good one, and the best. A bit for a unit of two values (train_learner_fields).
 */
static double kept(const struct train_stage *s)
{
    const bool groups = s->clusters != NULL;
    double bits = 0;
    for (size_t l = 0; l < s->start->n_layers; l++) {
        const struct bz_unit_type *type = bz_unit_type(s->start->layers[l].unit);
        bits += (double)s->start->layers[l].size * (type->discrete && !type->counted && !groups ? 1 : 8 * sizeof(float));
    }
    return (1 + s->judged) *
           ((double)s->chains * bits / 8 + sizeof(float) * arrays_of(&s->rule) * (double)s->start->block_size + replicas(s));
}

/* What threads need to go through rows, and sums over them. */
static double scratch(const struct train_stage *s)
{
    const size_t threads = s->par && s->par->threads > 1 ? s->par->threads : 1, rows = s->batch < BZ_TILE ? s->batch : BZ_TILE;
    const double tile = (double)rows * (double)bz_machine_widest(s->start) * sizeof(float);
    const double tasks = (double)(s->batch + s->chains) / 25 < 32 ? (double)(s->batch + s->chains) / 25 : 32;
    const double sums = units_of(s->start, false) * (UNIT + sizeof(float) * tasks);
    bool lateral = !bz_machine_hidden_independent(s->start);
    for (size_t l = 0; l < s->start->n_layers; l++)
        lateral = lateral || bz_machine_has_lateral(s->start, l);
    return sums + (lateral ? 4 * tile * (double)threads : 0);
}

/* What processes sum: the moments, laid out like the parameters, and two numbers a unit. */
static double exchanges(const struct train_stage *s)
{
    return s->ranks ? sizeof(float) * ((double)s->start->block_size + 2 * units_of(s->start, false)) : 0;
}

static size_t list(const struct train_stage *s, struct part *parts)
{
    const struct part all[] = {
        {"its parameters", parameters(s)},
        {"the states of rows and chains", states(s)},
        {"the replicas of tempering", replicas(s)},
        {"the states to go back to", kept(s)},
        {"sums over rows", scratch(s)},
        {"sums over processes", exchanges(s)},
        {"measuring", train_monitor_needs(s->start, s->par, s->valid != NULL) +
                          (s->judged ? train_judge_needs(s->start, s->par) + train_follower_needs(s->start) : 0)},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        parts[i] = all[i];
    return sizeof(all) / sizeof(all[0]);
}

/* Bytes beyond those that the process has. *largest (may be NULL): what takes most of them. */
static double more_of(const struct train_stage *s, const char **largest)
{
    struct part parts[8];
    const size_t n = list(s, parts);
    double sum = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        sum += parts[i].bytes;
        if (largest && parts[i].bytes > most)
            *largest = parts[i].what;
        most = parts[i].bytes > most ? parts[i].bytes : most;
    }
    return sum;
}

double train_stage_needs(const struct train_stage *s, const char **largest)
{
    struct bz_memory_bound bounds[BZ_MEMORY_BOUNDS];
    const size_t n = bz_memory_bounds(bounds);
    const double more = more_of(s, largest);
    return n ? bz_memory_needed(&bounds[0], more, 1) : more;
}

/* Refuses if each of the processes of this host takes `more` bytes and some bound is lower. what: who takes them, up to the
 * number. */
static int fits(double more, size_t processes, const char *what, const char *rest, const char *ways, struct bz_error *err)
{
    struct bz_memory_bound bounds[BZ_MEMORY_BOUNDS];
    const size_t n = bz_memory_bounds(bounds);
    const struct bz_memory_bound *b = bz_memory_exceeded(bounds, n, more, processes);
    char ranks[80] = "";
    if (!b)
        return 0;
    if (b->host && processes > 1)
        snprintf(ranks, sizeof(ranks), " in all %zu processes of this host", processes);
    return bz_fail(err, BZ_TOO_LARGE, "%s takes about %.3g GB of memory%s, %s; %s %.3g GB: %s%s", what,
                   bz_memory_needed(b, more, processes) * 1e-9, ranks, rest, b->name, b->bytes * 1e-9, ways,
                   ranks[0] ? ", fewer processes" : "");
}

int train_stage_fits(const struct train_stage *s, struct bz_error *err)
{
    const char *largest = "";
    char what[160], rest[80];
    const double more = more_of(s, &largest);
    snprintf(what, sizeof(what), "training with %zu rows and %zu chains at a time of a machine of %.0f units", s->batch,
             s->chains, units_of(s->start, false));
    snprintf(rest, sizeof(rest), "most of it for %s", largest);
    return fits(more, train_ranks_on_host(s->ranks), what, rest,
                "fewer columns (--exclude), fewer --hidden, a smaller --batch, fewer --chains", err);
}

int train_weights_fit(double weights, size_t processes, struct bz_error *err)
{
    char what[80];
    snprintf(what, sizeof(what), "a machine of %.3g weights", weights);
    return fits(weights * 2 * sizeof(float), processes, what, "and learning several times as much",
                "fewer columns (--exclude), fewer --hidden", err);
}
