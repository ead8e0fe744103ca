/* Data files of a test, and the data loaded from them. */
#ifndef DATA_CASE_H
#define DATA_CASE_H

#include "dataset.h"

/* A folder for the files of a test program: its set-up and tear-down. */
int case_folder(void **state);
int case_folder_end(void **state);
/* Path of a new file with these bytes, or this text; valid for the next 64. */
const char *file_of(const char *name, const void *bytes, size_t size);
const char *text_file(const char *name, const char *text);

/* Fail the test if the data are refused. */
struct train_data *load_like(const struct train_data_options *o, const struct train_data *like, const struct bz_machine *model);
struct train_data *load(const struct train_data_options *o);
/* Fails the test if they are not refused, or if the message lacks a word of the NULL-terminated list. */
void assert_not_loaded(const struct train_data_options *o, const char *const *words);
#define NOT_LOADED(options, ...) assert_not_loaded(options, (const char *const[]){__VA_ARGS__, NULL})

#endif
