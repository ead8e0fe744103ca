/* Requests of every kind, and the reply each gets when it is alone; for the models that the crowd tests serve. */
#ifndef QUESTIONS_H
#define QUESTIONS_H

#include "wire.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    MAX_QUESTIONS = 40,
    N_UNITS = 60, /* visible units of the model "small" */
};

/* What may happen to a question in this test. */
enum fate {
    ANSWERED,  /* as when it is alone */
    VERSIONED, /* as the version named in the reply would answer */
    AWAY,      /* as when it is alone, or 404, 409 or 503 while its model is unloaded or loaded */
};

struct question {
    const char *method, *target, *headers;
    char more_headers[64]; /* owned ones; used if headers is NULL */
    char *body;
    size_t size;
    enum fate fate;
    struct wire_reply alone;
};

struct questions {
    struct question list[MAX_QUESTIONS], stream; /* stream: a long one */
    size_t n;
};

void questions_fill(struct questions *all);
/* Asks each on its own connection, and keeps the replies. */
void questions_ask_alone(struct questions *all, unsigned port);
struct wire_reply question_put(int fd, const struct question *q);
/* Status, body and the headers that belong to the answer. */
bool question_same(const struct wire_reply *a, const struct wire_reply *b);

#endif
