/* How well a model fills in what it is not shown: the classes of rows, a whole visible layer, similar rows. The labels of the
 * data are only compared with, never shown to the model. */
#ifndef TRAIN_PREDICTION_H
#define TRAIN_PREDICTION_H

#include "row_tiles.h"

/* Classes of the rows by the model's classifier or label layer (bz_classes_of_rows). NaN = nothing to count. */
struct train_classes {
    double error_rate; /* share of the labelled rows whose most probable class (of equals the first) is not the label */
    size_t unknown;    /* rows whose class the model does not have, left out */
    long *label;       /* [rows] the label as a class of the model, -1 = none; owned */
    double *second;    /* [rows] p(class 1), the second one: a score for 0/1 labels; owned */
};

/* The data have labels and the model classes. On success out's arrays are the caller's (bz_free). */
int train_classify(struct train_rows *rows, struct train_classes *out, struct bz_error *err);

/* A visible layer inferred from the others. */
struct train_prediction {
    /* Of the `top` units with the largest means in each row: the share that is on in the data; how many of a row's units that
     * are on are among them, means over rows with any; 2 p r / (p + r) of the two. */
    double precision, recall, f1;
    /* Mean over units that are on in some row of the average precision of the rows' means of that unit. */
    double map;
};

/* The layer is left out, with the labels, and its posterior means found by mean field from all other visible layers that the
 * data have. A unit is on if its value is over 1/2. Missing values of the layer are neither ranked nor counted; a row in which
 * nothing is known is left out. BZ_BAD_INPUT: no such layer or no data for it or for others, a gaussian one, top larger than
 * the layer. */
int train_predict(struct train_rows *rows, const char *layer, size_t top, struct train_prediction *out, struct bz_error *err);

/* Retrieval: each row is a query. What the named layer alone comes to is compared, by cosine, with what all other rows, given
 * all of their layers, do (meet.h): by the maps of the index beside `model`, or learned from rows among which the query is not.
 * Where there is nothing to learn, or with `whiten`, compared are posterior means of the top hidden layer, less their mean for
 * whole rows. Rows with the query's label are relevant. *map = mean over queries of the average precision of that ranking. Rows
 * without a label are left out, and so are queries that are the only row with theirs. Labels are required. */
int train_retrieve(struct train_rows *rows, const char *model, const char *layer, bool whiten, double *map,
                   struct bz_error *err);

/* Used by both: the index of a visible layer that the data have, by the name given in an option; -1 and an error otherwise. */
long train_given_layer(const struct train_rows *rows, const char *option, const char *name, struct bz_error *err);
/* Marks a layer unknown in the rows of a state, with a single count if it is multinomial. */
int train_forget_layer(struct bz_state *s, size_t layer, struct bz_error *err);
/* Masks for the visible layers that are wholly given and so have none: chains take a layer without one for free. */
int train_hold_given(struct bz_state *s, struct bz_error *err);
/* Undoes train_forget_layer for the rows to come. */
void train_remember_layers(struct bz_state *s);

#endif
