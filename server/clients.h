/* Who asks, as far as limits go: a key's name or an address, with what it has in flight. Entries live while something is in
 * flight or a rate is remembered. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include "options.h"
#include "queue.h"
#include "stats.h"

struct srv_clients;
struct srv_client;

/* NULL when memory is out. */
struct srv_clients *srv_clients_new(void);
void srv_clients_free(struct srv_clients *clients); /* NULL is fine */

/* A reference on the entry of a name; NULL when memory is out. */
struct srv_client *srv_client_get(struct srv_clients *clients, const char *name);
void srv_client_put(struct srv_clients *clients, struct srv_client *client); /* NULL is fine */

/* Its share in the queue; lives as long as the reference. */
struct srv_share *srv_client_share(struct srv_client *client);

/* One more request in flight; false = it has `max` already. */
bool srv_client_begin(struct srv_clients *clients, struct srv_client *client, size_t max);
void srv_client_end(struct srv_clients *clients, struct srv_client *client);
/* Rows at `rate` a second. A request is let in while anything is left, and what it takes too much is waited for afterwards:
 * so one larger than a second's worth runs, too. false = nothing is left; *wait_s: until there is. */
bool srv_client_take_rows(struct srv_clients *clients, struct srv_client *client, uint64_t rate, size_t rows, uint64_t now_ns,
                          unsigned *wait_s);
/* Bytes of a reply that wait for their reader; at most `limit` of all clients together, half of it of one. */
bool srv_client_hold(struct srv_clients *clients, struct srv_client *client, uint64_t bytes, uint64_t limit);
void srv_client_release(struct srv_clients *clients, struct srv_client *client, uint64_t bytes);
uint64_t srv_clients_held(struct srv_clients *clients);

/* The address that limits and log go by. peer: of the connection ("" = a unix socket); forwarded: X-Forwarded-For, its lines
 * joined, or NULL, believed from right to left as long as what speaks is one of `trusted` (addresses, ADDRESS/BITS, "unix"). */
enum { SRV_ADDRESS_ROOM = 64 };
void srv_client_address(char out[SRV_ADDRESS_ROOM], const char *peer, const char *forwarded, const struct bz_list *trusted);
/* True for an entry that trusted-proxy takes. */
bool srv_proxy_is_valid(const char *text);

#endif
