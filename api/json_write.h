/* A JSON writer into a buffer: adds commas, escapes strings and makes them valid UTF-8, writes floats with the shortest text
 * that reads back to the same bits. Errors stay in the buffer (buffer.h). Compact: no spaces. */
#ifndef API_JSON_WRITE_H
#define API_JSON_WRITE_H

#include "buffer.h"

struct json_writer {
    struct api_buffer *b;
    uint64_t filled; /* bit d: the container at depth d has a member */
    unsigned depth;
};

static inline struct json_writer json_writer(struct api_buffer *b)
{
    return (struct json_writer){.b = b};
}

/* Containers; the key of the next member. Every begin needs its end. */
void json_object(struct json_writer *w);
void json_end_object(struct json_writer *w);
void json_array(struct json_writer *w);
void json_end_array(struct json_writer *w);
void json_key(struct json_writer *w, const char *key);

/* Values: the next item of an array, or the value of the last key. Text is escaped. */
void json_text(struct json_writer *w, const char *text);
void json_whole(struct json_writer *w, uint64_t value);
void json_integer(struct json_writer *w, int64_t value);
void json_bool(struct json_writer *w, bool value);
void json_null(struct json_writer *w);
void json_float(struct json_writer *w, float value);    /* finite */
void json_double(struct json_writer *w, double value);  /* null if not finite */
void json_raw(struct json_writer *w, const char *json); /* a complete value; NULL = null */
void json_floats(struct json_writer *w, const float *x, size_t n);
void json_doubles(struct json_writer *w, const double *x, size_t n); /* null where not finite */
void json_float_rows(struct json_writer *w, const float *x, size_t rows, size_t width);

/* A key with its value. */
void json_key_string(struct json_writer *w, const char *key, const char *text);
void json_key_whole(struct json_writer *w, const char *key, uint64_t value);
void json_key_double(struct json_writer *w, const char *key, double value);
void json_key_bool(struct json_writer *w, const char *key, bool value);

#endif
