/* The format of an alignment, by its first lines. */
#ifndef TRAIN_ALIGNMENT_FORM_H
#define TRAIN_ALIGNMENT_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* By their first lines: FASTA and A2M; Stockholm. */
bool train_is_fasta(const uint8_t *data, size_t size);
bool train_is_stockholm(const uint8_t *data, size_t size);
/* The name of a format that is not read: Clustal, MSF, PHYLIP ...; NULL = none of these. */
const char *train_foreign_alignment(const uint8_t *data, size_t size);

#endif
