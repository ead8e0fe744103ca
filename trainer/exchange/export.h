/* Machines in the forms that other programs read (docs/import.md). Offsets, which they lack, are folded into the biases: the
 * distribution stays the same. BZ_UNSUPPORTED names what the other side cannot hold. Files appear whole or not at all. */
#ifndef EXCHANGE_EXPORT_H
#define EXCHANGE_EXPORT_H

#include "machine.h"

/* name: sklearn, rbms, ...; NULL = by the ending of the path. BZ_BAD_USAGE if there is none. */
int export_machine(const struct bz_machine *m, const char *name, const char *path, struct bz_error *err);

/* One a target. */
int export_sklearn(const struct bz_machine *m, const char *path, struct bz_error *err);

#endif
