/* Rows of a table, as people write them: by the names of the columns that the model remembers, in JSON objects or as CSV. */
#ifndef API_NAMED_ROWS_H
#define API_NAMED_ROWS_H

#include "job.h"
#include "json_scan.h"
#include "json_write.h"

#include "columns.h"

/* The part of a request given by the names of columns, or only the model's columns, for the reply. */
struct api_table {
    struct bz_columns columns; /* owned */
    size_t *slot;              /* [columns.n] where each column's values start in a row of cells; owned */
    size_t n_slots;
    size_t n, room;            /* rows; 0 = the request had none */
    double *cells;             /* [n][n_slots] values as given, NaN = not known; owned */
    bool *given;               /* [columns.n] the request has the column; owned */
    struct bz_places *classes; /* of the label layer, made when first asked; owned */
    long id;                   /* the column that tells rows apart; -1 = none */
    char **ids;                /* [n] its texts, NULL where none was given; owned, NULL where no row has one */
    struct api_buffer
        ignored; /* names of columns that are not inputs: JSON texts with commas between them, a 0 behind; owned */
    struct api_buffer unlike,
        unlike_names; /* sentences on columns that are unlike those of training, and their names; likewise */
};

/* Loads the columns of the call's model, once; a fault if it has no named columns. */
int api_table_make(struct api_call *call, struct api_fault *fault);
/* Whether inputs of the model have names: 1 or 0; -1. */
int api_table_named(struct api_call *call, struct api_fault *fault);
void api_table_free(struct api_table *t);           /* NULL is fine */
size_t api_table_memory(const struct api_table *t); /* bytes; NULL is fine */

/* Read the list of objects (or the single object) that comes next; a CSV body. Values go to job->rows. */
int api_table_json(struct json_scan *s, struct api_call *call);
/* The same of cells to hold in samples: the rows of the reply are others, so that no note could tell of a column that is not
 * used, and it is refused. */
int api_table_held(struct json_scan *s, struct api_call *call);
int api_table_csv(struct api_call *call, const char *body, size_t size, struct api_fault *fault);
/* The same from an npy body of records. */
int api_table_records(struct api_call *call, const char *body, size_t size, struct api_fault *fault);

/* Whether a list of objects comes next, in which case `inputs` means rows of a table. */
bool api_table_follows(const struct json_scan *s);

/* Categories by name, ["basic", null, ...], into rows of a layer that is one group of them: 1 done, 0 the next value is not
 * such a list, -1. label is its name in messages. */
int api_table_categories(struct json_scan *s, struct api_call *call, size_t layer, struct api_rows *rows, const char *label);

/* The number of row r's inputs that are wholly unknown, counted in columns. */
uint64_t api_table_missing(const struct api_call *call, size_t r);
/* Keeps what is known of the model's columns, not the rows that were given; those that were made of them stay. */
void api_table_forget_rows(struct api_table *t);

/* "left_out": columns of the model that the request lacks; "ignored": columns of the request that are not inputs;
 * "unlike": columns that are unlike those of training. */
void api_table_write_notes(struct json_writer *w, const struct api_call *call);
void api_table_note_headers(struct api_call *call);

#endif
