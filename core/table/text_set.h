/* The distinct texts of a column, numbered in order of first occurrence and sorted at the end. */
#ifndef BZ_TEXT_SET_H
#define BZ_TEXT_SET_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Distinct values of a column of categories. A cell holds the index of its value. */
struct bz_categories {
    char **names; /* [n] ascending: by value if all are numbers, else by bytes */
    size_t n;     /* 0 = a column of numbers */
};

struct bz_text_set {
    char **names; /* [n] in the order they came */
    size_t n, room;
    uint32_t *slots; /* [n_slots] hash table: index into names + 1, 0 = free */
    size_t n_slots;  /* a power of two */
};

/* *number = which text this is, added if new. BZ_TOO_LARGE if there would be more than `most`, BZ_BAD_INPUT if it holds the
 * byte 0. */
int bz_text_set_add(struct bz_text_set *s, const char *text, size_t length, size_t most, uint32_t *number,
                    struct bz_error *err);
/* Whether the set holds it, and then its number. */
bool bz_text_set_find(const struct bz_text_set *s, const char *text, size_t length, uint32_t *number);
void bz_text_set_free(struct bz_text_set *s);

/* Moves the names to *out in ascending order (by value if all are numbers, else by bytes), so that the numbering does not
 * depend on the order of rows. rank[n] (a new array, the caller's) maps each old number to its new one. */
int bz_text_set_sort(struct bz_text_set *s, struct bz_categories *out, uint32_t **rank, struct bz_error *err);

/* A copy of texts[n] in *out, with *n_out (0 before) of them made: on failure bz_texts_free(*out, *n_out) is the caller's. */
int bz_texts_copy(char ***out, size_t *n_out, char *const *texts, size_t n, struct bz_error *err);
/* Appends a text to (*texts)[*n]. 0 or -1. */
int bz_texts_say(char ***texts, size_t *n, struct bz_error *err, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Frees a list of n texts and the list itself; NULL is fine. */
void bz_texts_free(char **texts, size_t n);

#endif
