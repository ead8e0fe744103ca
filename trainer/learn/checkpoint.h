/* Checkpoints: the complete state of a run at one moment, so that continuing gives the same bits as a run that was never
 * stopped. One file, written atomically, with a digest of itself at its end. It is private to one build of the program. */
#ifndef TRAIN_CHECKPOINT_H
#define TRAIN_CHECKPOINT_H

#include "errors.h"
#include "parallel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of memory that belongs to the state. */
struct train_field {
    const char *name;
    void *data;
    size_t bytes;
    bool two; /* floats that are `least` or `most`: copies take a bit for each */
    float least, most;
};

/* A growing list of them. */
struct train_fields {
    struct train_field *items;
    size_t n, room;
};
/* Appends; on failure nothing is appended. Free with train_fields_free. */
int train_fields_add(struct train_fields *f, const char *name, void *data, size_t bytes, struct bz_error *err);
/* The same of x[n], each of which is `least` or `most` whenever it is copied. */
int train_fields_add_two(struct train_fields *f, const char *name, float *x, size_t n, float least, float most,
                         struct bz_error *err);
int train_fields_add_all(struct train_fields *f, const struct train_field *fields, size_t n, struct bz_error *err);
void train_fields_free(struct train_fields *f);
/* For objects that list their parts through a callback: arg is a train_listing. */
struct train_listing {
    struct train_fields *f;
    struct bz_error *err;
};
int train_fields_part(void *arg, const char *name, void *data, size_t bytes);

/* Copies of all fields in memory, and back. The buffer has train_fields_bytes() bytes. */
size_t train_fields_bytes(const struct train_fields *f);
void train_fields_copy_out(const struct train_fields *f, void *buffer);
void train_fields_copy_in(const struct train_fields *f, const void *buffer);
/* Each process has changed its share of n items; afterwards all processes have all of them. list gives an item's fields. spread
 * NULL: nothing to do. */
int train_fields_gather(struct bz_spread *spread, size_t n,
                        int (*list)(void *arg, size_t thing, struct train_fields *f, struct bz_error *err), void *arg,
                        struct bz_error *err);

/* Writes path. settings: lines of `key = value` that say which run this is. */
int train_checkpoint_save(const char *path, const char *settings, const struct train_fields *f, struct bz_error *err);

struct train_checkpoint; /* a file read back and checked, its fields not yet taken */

/* How two lists of settings differ, by the first line that does, to follow "started" or "made": with 'seed = 1', not 'seed =
 * 2'. For a setting that one of them lacks: with 'groups = off', not without it; without 'groups = off', not with it. */
enum { TRAIN_DIFFERENCE = 256 };
void train_settings_difference(char words[TRAIN_DIFFERENCE], const char *there, const char *here);

/* BZ_NOT_FOUND if there is no such file; BZ_BAD_INPUT if it is damaged or made with other settings (the message names the first
 * that differs). */
int train_checkpoint_open(struct train_checkpoint **out, const char *path, const char *settings, struct bz_error *err);
/* Fills the memory of all fields, which must be those that were saved. If a field is missing or of another size, nothing is
 * filled. */
int train_checkpoint_take(const struct train_checkpoint *c, const struct train_fields *f, struct bz_error *err);

/* The stage that a checkpoint was written in. */
int train_stage_of(const struct train_checkpoint *c, uint64_t *number, struct bz_error *err);
void train_checkpoint_close(struct train_checkpoint *c); /* NULL is fine */

#endif
