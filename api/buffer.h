/* A growable byte buffer for replies. Failure to grow is remembered, so that writers need not check every step. */
#ifndef API_BUFFER_H
#define API_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct api_buffer {
    char *data; /* owned; bz_free */
    size_t size, room;
    bool failed; /* out of memory: the contents must not be used */
};

/* Makes room for `more` bytes after size and returns where they go; NULL (and failed) when out of memory. */
char *api_buffer_reserve(struct api_buffer *b, size_t more);
void api_buffer_add(struct api_buffer *b, const void *bytes, size_t n);
void api_buffer_text(struct api_buffer *b, const char *text);
void api_buffer_printf(struct api_buffer *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void api_buffer_free(struct api_buffer *b);
/* The bytes become the caller's (bz_free) and the buffer becomes empty; NULL if it failed or is empty. */
char *api_buffer_take(struct api_buffer *b, size_t *size);

/* base64url (RFC 4648 section 5) without padding; `plain` = the ordinary alphabet with padding. */
void api_buffer_base64(struct api_buffer *b, const void *bytes, size_t n, bool plain);
/* Decodes base64url without padding, in place (the result is shorter); the size, or -1 if the text is not that. */
long api_base64_decode(char *text, size_t n);

#endif
