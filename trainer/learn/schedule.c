#include "schedule.h"

uint64_t train_cooled_by(uint64_t update)
{
    return update + update / 4 + 1;
}

double train_planned_rate(const struct train_stage *s, uint64_t update, uint64_t cool_from)
{
    const bool cools = cool_from && update >= cool_from;
    const double planned = cools ? (double)cool_from : (double)update;
    const double left = s->decay == TRAIN_DECAY_LINEAR ? 1 - planned / (double)s->updates : 1;
    const double cooled = cools ? 1 - (double)(update - cool_from) / (double)(train_cooled_by(cool_from) - cool_from) : 1;
    return s->rate * left * cooled;
}

uint64_t train_next_judgement(const struct train_stage *s, uint64_t now)
{
    enum { LEAST = 50, EARLY = 100, LATE = 25 };
    const uint64_t early = s->updates / EARLY, late = s->updates / LATE, step = now < s->updates / 10 ? early : late;

    return now + (step > LEAST ? step : LEAST);
}
