/* A large reply that is written while it is read: text, and between it arrays that become text or bytes a block at a time. What
 * was read goes back to the system. */
#ifndef API_PIECES_H
#define API_PIECES_H

#include "job.h"
#include "json_write.h"

#include <sys/types.h>

/* An array as its bytes; as rows of JSON, [[...],[...]]; as one list of JSON, [...]. Lines: see api_piece_lines. */
enum api_piece_form { API_PIECE_BYTES, API_PIECE_ROWS, API_PIECE_LIST, API_PIECE_LINES };

/* Whether an array of so many numbers is better kept for later: the transport can do it, and nothing else needs the array. */
bool api_is_for_later(const struct api_call *call, size_t rows, size_t width);
/* The array (*x)[rows][width] comes behind what the buffer holds now; *x becomes NULL. False (and *x stays) when memory is out.
 */
bool api_piece_add(struct api_call *call, const struct api_buffer *b, float **x, size_t rows, size_t width,
                   enum api_piece_form form);
/* The same of an array of the call's model, which lives, with the call, until it was read. */
bool api_piece_borrow(struct api_call *call, const struct api_buffer *b, const float *x, size_t rows, size_t width,
                      enum api_piece_form form);
/* Lines, each written by write(arg, line) when it is read; then release(arg). */
struct api_lines {
    size_t n;
    void (*write)(void *arg, size_t line, struct api_buffer *b);
    void (*release)(void *arg);
    void *arg;
    size_t memory; /* bytes of what they are written from */
    bool dear;     /* a line takes as long as many: they go out as they come */
    bool alone;    /* nothing of the call is needed */
};
/* The call and its results live until the lines were read, unless those stand alone. False, and arg stays the caller's, when
 * memory is out. */
bool api_piece_lines(struct api_call *call, const struct api_buffer *b, const struct api_lines *lines);
/* The reply is in pieces, of which text is the only one so far: it is compressed while it is read. False when memory is out. */
bool api_pieces_begin(struct api_call *call);
/* The buffer is the reply's body; or the text of its pieces where it has some, which are then complete. Takes it. */
void api_pieces_body(struct api_call *call, struct api_buffer *b);
/* A member's value: (*x)[rows][width], now or later; as one list of rows * width numbers. */
void api_json_rows(struct json_writer *w, struct api_call *call, float **x, size_t rows, size_t width);
void api_json_list(struct json_writer *w, struct api_call *call, float **x, size_t rows, size_t width);

#endif
