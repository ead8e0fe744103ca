/* What a running training reports on stderr: a bar on a terminal, lines in a log, JSON lines for programs. */
#ifndef TRAIN_PROGRESS_H
#define TRAIN_PROGRESS_H

#include "monitor.h"

enum train_log { TRAIN_LOG_TEXT, TRAIN_LOG_JSON, TRAIN_LOG_NONE };

struct train_progress {
    enum train_log log;
    bool terminal;              /* stderr is one */
    bool silent;                /* prints nothing at all, not even warnings: one of several processes speaks for all */
    const char *title;          /* of the current stage */
    uint64_t total, done, made; /* updates; made: here, those gone back on among them */
    double began, drawn, told;  /* seconds, monotonic: the stage, the bar, the last text line */
    struct train_measure last;
    bool measured, foretold;     /* foretold: the length of the stage has been announced */
    double counted;              /* seconds: the start of... */
    struct train_measure judged; /* last, */
    uint64_t judged_told;        /* and the updates of what was printed of it */
    uint64_t counted_from;       /* ...measuring the rate, and the updates done by then; the first ones take longer */
};

/* Text goes to a bar if stderr is a terminal. */
struct train_progress train_progress_make(enum train_log log);

/* A stage of `total` updates begins, `done` of which are already done. */
void train_progress_begin(struct train_progress *p, const char *title, uint64_t done, uint64_t total);
void train_progress_update(struct train_progress *p, uint64_t done);
/* An epoch has ended: JSON reports each, text some. m: NaN where nothing was measured. */
void train_progress_epoch(struct train_progress *p, const struct train_measure *m);
void train_progress_end(struct train_progress *p);

/* A sentence for people (in JSON an object with "message"). */
void train_progress_say(struct train_progress *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same after "warning: ", with --log none too. */
void train_progress_warn(struct train_progress *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Seconds of a monotonic clock. */
double train_now(void);

#endif
