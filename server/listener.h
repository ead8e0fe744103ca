/* Listening sockets and the thread that accepts from them. */
#ifndef LISTENER_H
#define LISTENER_H

#include "httpd.h"

struct srv_listeners;

/* Binds what the options name, or takes over the sockets that the service manager passes (LISTEN_FDS; one named "ops" is the
 * operations listener). Connections wait in the sockets' queues until srv_listeners_start. */
int srv_listeners_new(struct srv_listeners **out, const struct srv_options *options, struct bz_error *err);
/* Whether that would work: addresses in use are taken to be those of a running daemon. */
int srv_listeners_check(const struct srv_options *options, struct bz_error *err);
/* Model control that other machines can reach needs keys: 0, or -1 if there are none. */
int srv_listeners_guard(const struct srv_listeners *listeners, const struct srv_options *options, struct bz_error *err);
int srv_listeners_start(struct srv_listeners *listeners, struct srv_httpd *httpd, struct bz_error *err);
/* Accepts what waits in the sockets' queues, then closes them. */
void srv_listeners_stop(struct srv_listeners *listeners);
void srv_listeners_free(struct srv_listeners *listeners); /* NULL is fine */

/* Port of the first TCP listener, of the operations listener if `ops`; 0 if there is none. */
unsigned srv_listeners_port(const struct srv_listeners *listeners, bool ops);
/* The address of the i-th, as a URL or unix:PATH, for people; NULL after the last. */
const char *srv_listeners_name(const struct srv_listeners *listeners, size_t i);

#endif
