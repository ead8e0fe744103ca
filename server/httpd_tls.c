/* Certificates: each pair gets event loops of its own, as long as connections use it. */
#include "httpd_private.h"

#include "digest.h"
#include "file_trust.h"
#include "mem.h"
#include "small_file.h"
#include "tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static char *read_pem(const char *option, const char *path, struct bz_error *err)
{
    enum { MAX_PEM = 1 << 20 };
    FILE *file = bz_open_small(path, MAX_PEM - 2, true, err);
    char *text = file ? bz_alloc(MAX_PEM, 1, err) : NULL;
    if (file)
        srv_warn_writable(option, path);
    else
        bz_fail_in(err, "%s = %s", option, path);
    size_t size = text ? fread(text, 1, MAX_PEM - 1, file) : 0;
    const int failed = text && ferror(file) ? errno : 0;
    if (file)
        fclose(file);
    if (failed) {
        bz_fail(err, BZ_IO, "%s = %s: %s", option, path, strerror(failed));
        explicit_bzero(text, size);
        bz_drop(&text);
    }
    if (text && (size == MAX_PEM - 1 || !strstr(text, "-----BEGIN"))) {
        bz_fail(err, BZ_BAD_INPUT, "%s = %s: expected a PEM file", option, path);
        bz_free(text);
        return NULL;
    }
    return text;
}

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
    char *cert = read_pem("tls-cert", o->tls_cert, err), *key = cert ? read_pem("tls-key", o->tls_key, err) : NULL;
    const int rc = key ? start_generation(h, cert, key, err) : -1;
    if (rc == 0)
        atomic_store(&h->tls_end, srv_tls_look(o->tls_cert, cert));
    bz_free(cert);
    if (key)
        explicit_bzero(key, strlen(key));
    bz_free(key);
    return rc;
}

long long srv_httpd_tls_end(const struct srv_httpd *h)
{
    return atomic_load(&h->tls_end);
}
