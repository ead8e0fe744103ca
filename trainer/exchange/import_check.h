/* An import is right when the free energies of the other program and of the machine differ by one constant. */
#ifndef EXCHANGE_IMPORT_CHECK_H
#define EXCHANGE_IMPORT_CHECK_H

#include "import.h"

/* states: .npy, a row a state, all visible layers one after another (softmax units one-hot, or as numbers of states); energies:
 * .npy, the other program's free energies. BZ_BAD_INPUT with the differences if they are not one constant; otherwise reports
 * it. */
int import_check(struct import *im, const char *states, const char *energies, struct bz_error *err);

#endif
