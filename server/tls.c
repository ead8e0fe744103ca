#include "tls.h"

#include "file_trust.h"
#include "log.h"
#include "mem.h"
#include "small_file.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    bz_free(text);
}

static char *read_pem(const char *option, const char *path, struct bz_error *err)
{
    enum { MAX_PEM = 1 << 20 };
    FILE *file = bz_open_small(path, MAX_PEM - 2, true, err);
    char *text = file ? bz_alloc(MAX_PEM, 1, err) : NULL;
    if (file)
        srv_warn_writable(option, path);
    else
        bz_fail_in(err, "%s = %s", option, path);
    const size_t size = text ? fread(text, 1, MAX_PEM - 1, file) : 0;
    const int failed = text && ferror(file) ? errno : 0;
    if (file)
        fclose(file);
    if (failed)
        bz_fail(err, BZ_IO, "%s = %s: %s", option, path, strerror(failed));
    else if (text && (size == MAX_PEM - 1 || !strstr(text, "-----BEGIN")))
        bz_fail(err, BZ_BAD_INPUT, "%s = %s: expected a PEM file", option, path);
    else
        return text;
    wipe(text);
    return NULL;
}

int srv_tls_read(const char *cert_path, const char *key_path, char **cert, char **key, struct bz_error *err)
{
    *cert = read_pem("tls-cert", cert_path, err);
    *key = *cert ? read_pem("tls-key", key_path, err) : NULL;
    if (!*key) {
        wipe(*cert);
        *cert = NULL;
    }
    return *key ? 0 : -1;
}

void srv_tls_forget(char *cert, char *key)
{
    wipe(cert);
    wipe(key);
}

enum { SOON = 14 * 24 * 3600 }; /* s */

/* Of a chain: valid from the last beginning to the first end. */
static time_t say_time(const char *path, const gnutls_x509_crt_t *chain, unsigned n)
{
    time_t now = time(NULL), begin = 0, end = 0;
    for (unsigned i = 0; i < n; i++) {
        const time_t from = gnutls_x509_crt_get_activation_time(chain[i]), to = gnutls_x509_crt_get_expiration_time(chain[i]);
        begin = from > begin ? from : begin;
        end = i == 0 || to < end ? to : end;
    }
    const time_t when = begin > now ? begin : end;
    char date[32] = "";
    struct tm t;
    if (begin <= now && end - now > SOON)
        return end;
    strftime(date, sizeof(date), "%Y-%m-%d %H:%M UTC", gmtime_r(&when, &t));
    srv_log(SRV_LOG_WARNING, "tls-cert = %s: the certificate %s %s", path,
            begin > now  ? "is not valid before"
            : end <= now ? "expired on"
                         : "expires on",
            date);
    return end;
}

static void free_chain(gnutls_x509_crt_t *chain, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        gnutls_x509_crt_deinit(chain[i]);
    gnutls_free(chain);
}

long long srv_tls_look(const char *path, const char *pem)
{
    const gnutls_datum_t text = {(unsigned char *)(uintptr_t)pem, (unsigned)strlen(pem)};
    gnutls_x509_crt_t *chain;
    unsigned n = 0;
    if (gnutls_x509_crt_list_import2(&chain, &n, &text, GNUTLS_X509_FMT_PEM, 0) < 0)
        return 0;
    const time_t end = say_time(path, chain, n);
    free_chain(chain, n);
    return (long long)end;
}

int srv_tls_check(const char *cert_path, const char *key_path, struct bz_error *err)
{
    gnutls_certificate_credentials_t pair;
    char *cert, *key;
    if (srv_tls_read(cert_path, key_path, &cert, &key, err) < 0)
        return -1;
    int status = gnutls_certificate_allocate_credentials(&pair);
    if (status == 0) {
        const gnutls_datum_t chain = {(unsigned char *)cert, (unsigned)strlen(cert)};
        const gnutls_datum_t secret = {(unsigned char *)key, (unsigned)strlen(key)};
        status = gnutls_certificate_set_x509_key_mem(pair, &chain, &secret, GNUTLS_X509_FMT_PEM);
        gnutls_certificate_free_credentials(pair);
    }
    if (status >= 0)
        srv_tls_look(cert_path, cert);
    srv_tls_forget(cert, key);
    if (status >= 0)
        return 0;
    return bz_fail(err, status == GNUTLS_E_MEMORY_ERROR ? BZ_NO_MEMORY : BZ_BAD_INPUT,
                   "tls-cert = %s, tls-key = %s: expected a certificate and its key as PEM files: %s", cert_path, key_path,
                   gnutls_strerror(status));
}

static long ask(gnutls_session_t session, const char *request, char *reply, size_t room)
{
    size_t got = 0;
    int status;
    do
        status = gnutls_handshake(session);
    while (status < 0 && !gnutls_error_is_fatal(status));
    if (status < 0 || gnutls_record_send(session, request, strlen(request)) < 0)
        return -1;
    for (ssize_t n; got < room - 1; got += (size_t)n)
        if ((n = gnutls_record_recv(session, reply + got, room - 1 - got)) <= 0)
            break;
    reply[got] = 0;
    return (long)got;
}

long srv_tls_ask(int fd, const char *request, char *reply, size_t room, struct bz_error *err)
{
    gnutls_certificate_credentials_t none;
    gnutls_session_t session;
    long got = -1;
    if (gnutls_certificate_allocate_credentials(&none) < 0)
        return bz_fail(err, BZ_NO_MEMORY, "TLS: no memory");
    if (gnutls_init(&session, GNUTLS_CLIENT) == 0) {
        gnutls_set_default_priority(session);
        gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, none);
        gnutls_transport_set_int(session, fd);
        got = ask(session, request, reply, room);
        gnutls_deinit(session);
    }
    gnutls_certificate_free_credentials(none);
    return got < 0 ? bz_fail(err, BZ_IO, "TLS: the daemon did not answer") : got;
}

void srv_tls_last_words(void *session, const char *text)
{
    if (gnutls_record_send(session, text, strlen(text)) > 0)
        gnutls_bye(session, GNUTLS_SHUT_WR);
}

const char *srv_tls_version(void)
{
    return gnutls_check_version(NULL);
}
