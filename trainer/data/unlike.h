/* What a table for a model lacks, and which of its columns are unlike those of training. */
#ifndef TRAIN_UNLIKE_H
#define TRAIN_UNLIKE_H

#include "table.h"

/* What is known of all rows of a table that is read a window at a time. All zeros at first. */
struct train_unlike {
    struct unlike_column *list; /* [n] owned */
    size_t n, shown, next;      /* columns; how many have been named; the next that train_unlike_rest looks at */
};

/* Says what a table lacks, and, if its columns are those of a model (else NULL), which of them are unlike those of training:
 * other units, or a number that stands for a gap. Of a table in windows (user->unlike) it says of the first one what is unlike,
 * and counts the others. */
int train_table_say_unlike(struct train_table *t, const struct bz_columns *columns, const struct train_data_options *user,
                           struct bz_error *err);
/* After the last window: the next remark on all rows that was not made on the first ones, into text[room]; false = there is
 * none. */
bool train_unlike_rest(struct train_unlike *u, char *text, size_t room);
void train_unlike_free(struct train_unlike *u);

#endif
