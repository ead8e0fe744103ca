/* Certificates: each pair gets event loops of its own, as long as connections use it. */
#include "httpd_private.h"

#include "digest.h"
#include "mem.h"
#include "tls.h"

#include <string.h>

/* A generation of loops that runs no daemon, or whose last connection has closed; 0 if all are in use. */
static size_t free_generation(struct srv_httpd *h)
{
    const size_t n = h->setup.threads;
    for (size_t first = n; first < h->n_loops; first += n) {
        size_t busy = 0;
        for (size_t i = 0; i < n; i++)
            busy += atomic_load(&h->loops[first + i].n_connections);
        if (first == h->tls_first || busy)
            continue;
        for (size_t i = 0; i < n; i++)
            httpd_stop_loop(&h->loops[first + i]);
        return first;
    }
    return 0;
}

/* Loops for a pair other than the one in force. */
static int start_generation(struct srv_httpd *h, const char *cert, const char *key, struct bz_error *err)
{
    char digest[BZ_DIGEST_ROOM];
    int rc = 0;
    bz_sha256_hex((const struct bz_span[]){{cert, strlen(cert)}, {key, strlen(key)}}, 2, digest);
    pthread_mutex_lock(&h->loops_lock); /* keeps connections away from a generation that is being stopped */
    if (!h->tls_first || strcmp(digest, h->pair) != 0) {
        const size_t first = free_generation(h);
        if (!first)
            rc = bz_fail(err, BZ_TOO_LARGE, "connections with %d older certificates are still open", TLS_GENERATIONS - 1);
        else if ((rc = httpd_start_loops(h, first, cert, key, err)) == 0) {
            atomic_store(&h->tls_first, first);
            memcpy(h->pair, digest, sizeof(digest));
        }
    }
    pthread_mutex_unlock(&h->loops_lock);
    return rc;
}

int srv_httpd_reload_tls(struct srv_httpd *h, struct bz_error *err)
{
    const struct srv_options *o = h->setup.options;
    char *cert, *key;
    const int rc = srv_tls_read(o->tls_cert, o->tls_key, &cert, &key, err) == 0 ? start_generation(h, cert, key, err) : -1;
    if (rc == 0)
        atomic_store(&h->tls_end, srv_tls_look(o->tls_cert, cert));
    srv_tls_forget(cert, key);
    return rc;
}

long long srv_httpd_tls_end(const struct srv_httpd *h)
{
    return atomic_load(&h->tls_end);
}
