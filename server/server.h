/* The whole server: models, queue, transport and listeners. Needs no signals, so that tests can run it in their own process. */
#ifndef SERVER_H
#define SERVER_H

#include "options.h"

struct srv_server;

/* Starts serving. On failure *status is the exit status to use: SRV_EXIT_CONFIG or SRV_EXIT_FAILED. The options are borrowed
 * until srv_server_free. */
int srv_server_new(struct srv_server **out, struct srv_options *options, int *status, struct bz_error *err);
/* Ends whatever is left immediately. NULL is fine. */
void srv_server_free(struct srv_server *server);

/* Checks files that the options name, without serving: keys, certificate, repository. */
int srv_server_check(const struct srv_options *options, struct bz_error *err);

/* Waits until every model has been tried; returns how many could not be loaded. */
size_t srv_server_wait_loaded(struct srv_server *server);
bool srv_server_is_loaded(struct srv_server *server); /* every model has been tried */
bool srv_server_is_ready(struct srv_server *server);
unsigned srv_server_port(const struct srv_server *server, bool ops);

/* SIGHUP: rereads configuration (limits, log level), keys, certificate and repository; whatever is bad keeps its old state. */
void srv_server_reload(struct srv_server *server, struct srv_options *fresh);

bool srv_server_is_reloaded(struct srv_server *server); /* and whether all of that has been done */

/* The steps of draining, in this order. */
void srv_server_unready(struct srv_server *server);    /* not ready; every reply closes its connection */
void srv_server_close(struct srv_server *server);      /* accepts waiting connections, closes the listeners */
bool srv_server_is_settled(struct srv_server *server); /* true if nothing is in flight. Closes idle connections. */
void srv_server_cut_off(struct srv_server *server);    /* what remains gets 503 */

#endif
