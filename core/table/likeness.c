#include "likeness.h"

#include "number_text.h"

#include <math.h>
#include <stdio.h>

enum {
    FEW = 5,    /* rows from which on all may be said to be unlike, */
    SPREAD = 20 /* and their deviation to be another */
};

void bz_likeness_begin(struct bz_likeness *u, const struct bz_column *c)
{
    *u = (struct bz_likeness){0};
    if (!c || c->kind != BZ_COLUMN_NUMBER || !(c->sd > 0) || !isfinite(c->mean) || !isfinite(c->sd))
        return;
    u->mean = c->mean;
    u->sd = c->sd;
}

void bz_likeness_see(struct bz_likeness *u, double x)
{
    if (isnan(x)) {
        u->missing++;
        return;
    }
    if (u->known == 0 || x < u->least)
        u->least = x, u->n_least = 0;
    if (u->known == 0 || x > u->largest)
        u->largest = x, u->n_largest = 0;
    u->n_least += x == u->least;
    u->n_largest += x == u->largest;
    u->known++;
    if (!(u->sd > 0))
        return;
    const double z = (x - u->mean) / u->sd;
    u->sum += z;
    u->squares += z * z;
}

/* Every value on one side of those in training. */
static void write_beyond(const struct bz_likeness *u, char *text, size_t room)
{
    enum { FAR = 3 };
    const bool below = (u->largest - u->mean) / u->sd < -FAR;
    snprintf(text, room,
             "all %zu values (%.6g to %.6g) lie more than %d deviations %s the mean in training (%.6g, "
             "deviation %.3g): other units, or another time?",
             u->known, u->least, u->largest, FAR, below ? "below" : "above", u->mean, u->sd);
}

/* Whether mean and deviation are both that many times those of training, by a factor of ten and more. */
static bool is_rescaled(const struct bz_likeness *u, double *times)
{
    const double n = (double)u->known, mean = u->sum / n, spread = sqrt(fmax(0, u->squares / n - mean * mean));
    const double ratio = (u->mean + mean * u->sd) / u->mean;
    *times = spread;
    return u->known >= SPREAD && fabs(u->mean) > u->sd / 10 && spread > 0 && (spread < 0.05 || spread > 20) &&
           ratio > spread / 3 && ratio < spread * 3;
}

/* Whether n such values are more than training can have had: at most 1/z^2 of its rows were z deviations from their mean. */
static bool are_new(const struct bz_likeness *u, size_t n, double z)
{
    return n > 1 && u->least < u->largest && (double)n * z * z > 2 * (double)u->known;
}

/* A number that recurs far from those of training, and usually stands for a missing value. */
static double gap_mark(const struct bz_likeness *u)
{
    enum { FAR = 4, FAR_ZERO = 3 };
    const double low = (u->least - u->mean) / u->sd, high = (u->largest - u->mean) / u->sd;
    if (are_new(u, u->n_least, low) && (u->least == 0 ? low < -FAR_ZERO : low < -FAR && bz_is_gap_number(u->least)))
        return u->least;
    if (are_new(u, u->n_largest, high) && high > FAR && bz_is_gap_number(u->largest))
        return u->largest;
    return NAN;
}

enum bz_unlike bz_likeness_judge(const struct bz_likeness *u, char *text, size_t room)
{
    if (!(u->sd > 0) || u->known == 0)
        return BZ_UNLIKE_NOT;
    const double mark = gap_mark(u);
    double times;
    if (u->known >= FEW && ((u->largest - u->mean) / u->sd < -3 || (u->least - u->mean) / u->sd > 3)) {
        write_beyond(u, text, room);
        return BZ_UNLIKE_UNITS;
    }
    if (!isnan(mark)) {
        snprintf(text, room,
                 "%.9g in %zu rows, far from the values in training (mean %.6g, deviation %.3g): does it stand for a missing "
                 "value?",
                 mark, mark == u->least ? u->n_least : u->n_largest, u->mean, u->sd);
        return BZ_UNLIKE_MARK;
    }
    if (!is_rescaled(u, &times))
        return BZ_UNLIKE_NOT;
    snprintf(
        text, room,
        "values (%.6g to %.6g) of about %.2g times the size in training (mean %.6g, deviation %.3g): other units, or another "
        "time?",
        u->least, u->largest, times, u->mean, u->sd);
    return BZ_UNLIKE_UNITS;
}
