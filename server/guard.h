/* Who may send requests, and in what form: checks of a request's head that need neither sockets nor models. */
#ifndef GUARD_H
#define GUARD_H

#include "options.h"

enum { SRV_REQUEST_ID_ROOM = 129, SRV_TRACE_ID_ROOM = 33 };

/* What decides a message's framing, gathered from its headers. */
struct srv_framing {
    unsigned n_length, n_host, n_coding; /* Content-Length, Host, Transfer-Encoding headers */
    bool chunked;                        /* Transfer-Encoding is exactly "chunked" */
    bool bad_field;                      /* some header is malformed: see srv_field_is_sound */
};
/* What a method or the name of a header may be (RFC 9110, 5.6.2). */
bool srv_is_token(const char *text, size_t size);
/* False for a header that another reader of the same bytes might take for something else: a name that is not a token (a space
 * before the colon hides Content-Length), control characters other than a tab in the value. */
bool srv_field_is_sound(const char *name, size_t name_size, const char *value, size_t value_size);
/* libmicrohttpd 0.9.75 accepts folded lines (their continuation becomes part of the header's name: "Content: 5", " -Length"),
 * bare line feeds and zero bytes. All three can be seen in its buffer: only a header sent as one line has its value right after
 * its name, and two zeros, from CR and LF, after the value. The byte read is within the next line at most. */
bool srv_field_lies_as_sent(const char *name, size_t name_size, const char *value, size_t value_size);
/* NULL if the framing is sound, else what is wrong with it. */
const char *srv_framing_fault(const struct srv_framing *framing);

/* A client's request id if it is 1..128 printable characters without quotes and backslashes; otherwise a fresh one. */
void srv_request_id(char out[SRV_REQUEST_ID_ROOM], const char *given);
/* The trace id of a valid W3C traceparent; otherwise "". */
void srv_trace_id(char out[SRV_TRACE_ID_ROOM], const char *traceparent);

/* What is wrong with a Host or the authority of a target: "names no host"; NULL: nothing. */
const char *srv_authority_fault(const char *authority);

/* Host of a request to a loopback listener: localhost, 127.0.0.1 or [::1] with any port, or one of `allowed`. */
bool srv_host_is_local(const char *host, const struct bz_list *allowed);

/* Host is the name or address of one of these listeners ("name:port", any port in Host). */
bool srv_host_is_listed(const char *host, const struct bz_list *listen);
/* A client's text in a form that messages may repeat: unprintable characters, quotes and backslashes as '?', at most 100
   bytes. */
enum { SRV_SHOWN_ROOM = 104 };
void srv_show(char out[SRV_SHOWN_ROOM], const char *text);
/* "*" or an origin as browsers send it: scheme://host[:port], nothing after it. */
bool srv_origin_is_valid(const char *text);

enum srv_origin { SRV_ORIGIN_SAME, SRV_ORIGIN_ALLOWED, SRV_ORIGIN_ANY, SRV_ORIGIN_FOREIGN };
/* Origin against the request's own Host (scheme "http" or "https") and the allow-list; "*" in it allows any. */
enum srv_origin srv_origin_check(const char *origin, const char *scheme, const char *host, const struct bz_list *allowed);

/* The best coding that an Accept-Encoding allows: "gzip", "deflate", or NULL for none. */
const char *srv_reply_coding(const char *accept_encoding);

#endif
