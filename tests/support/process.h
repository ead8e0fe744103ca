/* The built daemon as a separate process. A test that uses it skips if process_missing() is true. */
#ifndef PROCESS_H
#define PROCESS_H

#include "served.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct process {
    pid_t pid;
    int log;          /* its standard output and error */
    char text[65536]; /* what has been read of them; only the end of it if it is long */
    size_t size;
    unsigned port;
};

/* Says so and returns true if the program has not been built. */
bool process_missing(void);
/* Starts the program with these flags (NULL-terminated). notify: the service manager's socket, or NULL; listen_fd: a listening
 * socket that it passes on, or -1. */
void process_spawn(struct process *p, const char *const *flags, const char *notify, int listen_fd);
/* Starts it with the repository on a free port, with more flags (or NULL), and waits until it is ready. */
void process_start(struct process *p, const struct served *s, const char *const *more);
/* Reads its output until it contains `text`; false if it ends first. */
bool process_read_until(struct process *p, const char *text);
/* Waits for it to exit. Returns the exit status; -signal if it was killed. */
int process_join(struct process *p);

#endif
