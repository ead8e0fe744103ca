/* A server inside the test's own process, on a free port, over a temporary repository. */
#ifndef SERVED_H
#define SERVED_H

#include "machine.h"
#include "options.h"

#include <cjson/cJSON.h>

struct srv_server;

struct served {
    struct srv_options options;
    struct srv_server *server;
    unsigned port;
    char folder[64]; /* temporary; removed by served_stop */
    char repository[96];
};

/* Makes the folders. */
void served_folder(struct served *s);
/* Writes a version of a model. The caller keeps the machine. */
void served_publish(const struct served *s, const char *model, unsigned version, const struct bz_machine *machine);
/* A machine of this size with small random weights; the same for the same seed. bz_machine_free. */
struct bz_machine *served_rbm(size_t n_visible, size_t n_hidden, unsigned seed);
/* Writes a file to the folder; path[] gets its name. */
void served_file(const struct served *s, char path[160], const char *name, const char *text);

/* Starts with these flags (NULL-terminated) besides repository and listener, and waits until the models are loaded. */
void served_start(struct served *s, const char *const *flags);
/* The same with a repository of the models "tiny" (3 visible, 2 hidden units; versions 1 and 3) and "big" (784-500). */
void served_start_usual(struct served *s, const char *const *flags);
/* The same with this many hidden units in "big" instead of 500: with few of them, large replies cost little work. */
void served_start_hidden(struct served *s, size_t n_hidden, const char *const *flags);
/* POSTs a JSON body to an operation of a model, which must answer 200; the reply is owned by the caller (cJSON_Delete). */
cJSON *served_ask(const struct served *s, const char *model, const char *operation, const char *body);
/* GETs, or POSTs a body (NULL = GET): the reply must have this status and hold this text (NULL = any). */
void served_expect(unsigned port, const char *target, const char *body, int status, const char *text);
/* For a test group with one server: starts it as served_start_usual does and sets *state to it; and its cmocka tear-down.
 * Both return 0. */
int served_group_begin(void **state, struct served *s, const char *const *flags);
int served_group_end(void **state);
/* The value of the /metrics line that begins with this name (including labels); -1 = there is none. */
double served_metric(unsigned port, const char *name);
/* Waits until it is this. */
void served_wait_metric(unsigned port, const char *name, double value);

/* Stops the server; removes the folder; both. */
void served_end(struct served *s);
void served_remove(const struct served *s);
void served_stop(struct served *s);

#endif
