/* A small HTTP client on a bare socket, for tests where every byte on the wire matters. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>

struct wire_reply {
    int status;  /* 0: the connection closed without a reply */
    char *head;  /* status line and headers, as sent; owned */
    char *body;  /* chunks joined; followed by a 0; owned */
    size_t size; /* of the body */
    bool cut;    /* the connection closed before the body's end */
};

/* A connection to 127.0.0.1; -1 if it is refused. Reads give up after five minutes. */
int wire_connect(unsigned port);
int wire_connect_from(const char *own, unsigned port); /* from another address of this machine, 127.0.0.2 */
int wire_connect_unix(const char *path);
/* The window that the peer sees: a small one makes a slow reader, and must be opened again before much is read, since through a
 * small one the kernel passes only a few kilobytes five times a second. */
void wire_window(int fd, int bytes);
/* Sends all of it; false if the peer has closed. */
bool wire_send(int fd, const void *bytes, size_t size);
bool wire_send_text(int fd, const char *text);
/* Reads one reply, and no byte more. `to_head`: the reply to a HEAD request. */
struct wire_reply wire_read(int fd, bool to_head);
void wire_free(struct wire_reply *reply);
/* The value of a header, copied to out ("" if there is none). */
const char *wire_header(const struct wire_reply *reply, const char *name, char out[256]);

/* Closes a kept-alive connection (and sets it to -1) if the reply says so or did not come. */
void wire_keep(int *fd, const struct wire_reply *reply);

/* One request on its own connection, with `Connection: close`. headers: further lines, each terminated by \r\n, or NULL. */
struct wire_reply wire_call(unsigned port, const char *method, const char *target, const char *headers, const void *body,
                            size_t size);
struct wire_reply wire_get(unsigned port, const char *target);
struct wire_reply wire_post(unsigned port, const char *target, const char *json);
/* The same on an open connection, kept alive. */
struct wire_reply wire_ask(int fd, const char *method, const char *target, const char *headers, const void *body, size_t size);

#endif
