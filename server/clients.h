/* Clients, as far as limits go: a key's name or an address, with what it has in flight. Entries live while something is in
 * flight or a rate is remembered. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include "options.h"
#include "queue.h"
#include "stats.h"

struct srv_clients;
struct srv_client;

/* What requests hold memory for; counted for all clients together and for each. */
enum srv_purpose {
    SRV_FOR_REPLIES, /* replies waiting for their readers */
    SRV_FOR_BODIES,  /* bodies of requests, until they are decoded */
    SRV_N_PURPOSES
};

/* Bytes that all clients together, and one of them, may hold. */
struct srv_most {
    uint64_t all, one;
};

enum srv_holding { SRV_HELD, SRV_CLIENT_IS_FULL, SRV_ALL_IS_FULL };

/* NULL when out of memory. */
struct srv_clients *srv_clients_new(void);
void srv_clients_free(struct srv_clients *clients); /* NULL is fine */

/* A reference to the entry of a name; NULL when out of memory. */
struct srv_client *srv_client_get(struct srv_clients *clients, const char *name);
void srv_client_put(struct srv_clients *clients, struct srv_client *client); /* NULL is fine */

/* Its share in the queue; lives as long as the reference. */
struct srv_share *srv_client_share(struct srv_client *client);

/* Counts one more request in flight; false = it already has `max`. */
bool srv_client_begin(struct srv_clients *clients, struct srv_client *client, size_t max);
void srv_client_end(struct srv_clients *clients, struct srv_client *client);
/* Rows at `rate` per second. A request is admitted while anything is left, and its excess is waited for afterwards, so one
 * larger than a second's worth runs, too. false = nothing is left; *wait_s: time until there is. */
bool srv_client_take_rows(struct srv_clients *clients, struct srv_client *client, uint64_t rate, size_t rows, uint64_t now_ns,
                          unsigned *wait_s);
/* Counts so many bytes more, or says why not. */
enum srv_holding srv_client_hold(struct srv_clients *clients, struct srv_client *client, enum srv_purpose purpose,
                                 uint64_t bytes, struct srv_most most);
void srv_client_release(struct srv_clients *clients, struct srv_client *client, enum srv_purpose purpose, uint64_t bytes);
uint64_t srv_clients_held(struct srv_clients *clients, enum srv_purpose purpose);

/* The address used for limits and log. peer: of the connection ("" = a unix socket); forwarded: X-Forwarded-For, its lines
 * joined, or NULL; believed from right to left as long as the speaker is one of `trusted` (addresses, ADDRESS/BITS, "unix"). */
enum { SRV_ADDRESS_ROOM = 64 };
void srv_client_address(char out[SRV_ADDRESS_ROOM], const char *peer, const char *forwarded, const struct bz_list *trusted);
/* True for a valid entry of trusted-proxy. */
bool srv_proxy_is_valid(const char *text);

#endif
