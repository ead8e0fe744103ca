/* Data files assembled in memory or in a temporary folder, and calls of readers on them. */
#ifndef TABLES_H
#define TABLES_H

#include "table.h"

/* Reads bytes as a file called "data" with these options (NULL = none). Returns 0, or -1 with *err. */
int table_of_bytes(struct train_table *t, const void *bytes, size_t size, const struct train_data_options *o,
                   struct bz_error *err);
int table_of_text(struct train_table *t, const char *text, const struct train_data_options *o, struct bz_error *err);

/* Fails the test unless reading the text is refused and the message contains every one of these words (NULL-terminated). */
void assert_refused(const char *text, const struct train_data_options *o, const char *const *words);
#define REFUSED(text, options, ...) assert_refused(text, options, (const char *const[]){__VA_ARGS__, NULL})

/* Fails the test unless the message contains the words. */
void assert_message(const struct bz_error *err, const char *const *words);
#define MESSAGE(err, ...) assert_message(err, (const char *const[]){__VA_ARGS__, NULL})

/* A gzip member of these bytes; owned by the caller (free). */
unsigned char *gzip_bytes(const void *bytes, size_t size, size_t *packed);

/* A list option with one text. */
#define ONE(text)                                                                                                              \
    {                                                                                                                          \
        (const char *[]){text}, 1                                                                                              \
    }

#endif
