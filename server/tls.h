/* Direct uses of GnuTLS, where libmicrohttpd does not suffice: checking a certificate, and the health check's client. */
#ifndef TLS_H
#define TLS_H

#include "errors.h"

#include <stddef.h>

/* The texts of two PEM files, each of at most a mebibyte; srv_tls_forget frees both, on failure they are NULL. */
int srv_tls_read(const char *cert_path, const char *key_path, char **cert, char **key, struct bz_error *err);
void srv_tls_forget(char *cert, char *key);
/* Whether two PEM files are a certificate chain and its key. */
int srv_tls_check(const char *cert, const char *key, struct bz_error *err);
/* When the first certificate of a PEM text's chain to end does so, seconds since the epoch; 0 = unknown. A warning in the log
 * where it has expired, is not valid yet or expires within two weeks. */
long long srv_tls_look(const char *path, const char *pem);
/* Sends a request over a connected socket and reads the beginning of the reply, 0-terminated; its length, or -1. The
 * certificate is not verified: it only ever contacts its own daemon. */
long srv_tls_ask(int fd, const char *request, char *reply, size_t room, struct bz_error *err);

/* Sends a text, as far as the socket takes it at once, and the end of the data. session: gnutls_session_t; on its own thread.
 */
void srv_tls_last_words(void *session, const char *text);

const char *srv_tls_version(void); /* of the library in use */

#endif
