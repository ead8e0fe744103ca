#include "tls.h"

#include <gnutls/gnutls.h>
#include <string.h>

int srv_tls_check(const char *cert, const char *key, struct bz_error *err)
{
    gnutls_certificate_credentials_t pair;
    if (gnutls_certificate_allocate_credentials(&pair) < 0)
        return bz_fail(err, BZ_NO_MEMORY, "certificate: no memory");
    int status = gnutls_certificate_set_x509_key_file(pair, cert, key, GNUTLS_X509_FMT_PEM);
    gnutls_certificate_free_credentials(pair);
    if (status < 0)
        return bz_fail(err, BZ_BAD_INPUT, "tls-cert = %s, tls-key = %s: expected a certificate and its key as PEM files: %s",
                       cert, key, gnutls_strerror(status));
    return 0;
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

const char *srv_tls_version(void)
{
    return gnutls_check_version(NULL);
}
