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

enum { LEAST = 50, EARLY = 100, LATE = 25 };

static uint64_t later(uint64_t now, uint64_t step)
{
    return now + (step > LEAST ? step : LEAST);
}

uint64_t train_next_judgement(const struct train_stage *s, uint64_t now)
{
    return later(now, s->updates / (now < s->updates / 10 ? EARLY : LATE));
}

uint64_t train_judgement_after_alarm(const struct train_stage *s, uint64_t now, uint64_t planned)
{
    const uint64_t soon = later(now, s->updates / EARLY);
    return planned > soon ? planned : soon;
}
