/* A large reply that is produced while it is read: text, interspersed with arrays that become text or bytes a block at a time.
 * Memory that has been read is returned to the system. */
#ifndef API_PIECES_H
#define API_PIECES_H

#include "job.h"
#include "json_write.h"

#include <sys/types.h>

/* An array as its bytes; as rows of JSON, [[...],[...]]; as one list of JSON, [...]. Lines: see api_piece_lines. */
enum api_piece_form { API_PIECE_BYTES, API_PIECE_ROWS, API_PIECE_LIST, API_PIECE_LINES };

/* Whether an array of this many numbers is better kept for later: the transport supports it, and nothing else needs the array.
 */
bool api_is_for_later(const struct api_call *call, size_t rows, size_t width);
/* Appends the array (*x)[rows][width] after the buffer's present content; *x becomes NULL. False (and *x stays) when out of
   memory. */
bool api_piece_add(struct api_call *call, const struct api_buffer *b, float **x, size_t rows, size_t width,
                   enum api_piece_form form);
/* The same for an array of the call's model, which is kept, with the call, until it has been read. */
bool api_piece_borrow(struct api_call *call, const struct api_buffer *b, const float *x, size_t rows, size_t width,
                      enum api_piece_form form);
/* Lines, each written by write(arg, line) when read; then release(arg). */
struct api_lines {
    size_t n;
    void (*write)(void *arg, size_t line, struct api_buffer *b);
    void (*release)(void *arg);
    void *arg;
    size_t memory; /* bytes of what they are written from */
    bool dear;     /* a line takes as long as many: they are sent as they are made */
    bool alone;    /* nothing of the call is needed */
};
/* The call and its results are kept until the lines have been read, unless these stand alone. False, and arg stays the
 * caller's, when out of memory. */
bool api_piece_lines(struct api_call *call, const struct api_buffer *b, const struct api_lines *lines);
/* Makes the reply pieces, with text as the only one so far: it is compressed while it is read. False when out of memory. */
bool api_pieces_begin(struct api_call *call);
/* Makes the buffer the reply's body, or the text of its pieces if it has some, which are then complete. Takes the buffer over.
 */
void api_pieces_body(struct api_call *call, struct api_buffer *b);
/* A member's value: (*x)[rows][width], now or later; as one list of rows * width numbers. */
void api_json_rows(struct json_writer *w, struct api_call *call, float **x, size_t rows, size_t width);
void api_json_list(struct json_writer *w, struct api_call *call, float **x, size_t rows, size_t width);

#endif
