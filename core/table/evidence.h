/* What speaks for a separator: the first lines of a text, cut by it. */
#ifndef BZ_EVIDENCE_H
#define BZ_EVIDENCE_H

#include "layout.h"

/* What speaks for a separator. */
struct bz_evidence {
    char separator;
    size_t fields;         /* the number of cells in most lines below the first */
    size_t lines, agree;   /* lines below the first; how many have that number */
    size_t first;          /* cells of the first line */
    size_t cells, numbers; /* in the lines that agree: cells, and how many hold numbers, truth values or gaps */
    size_t first_words;    /* bare words in the first line */
    size_t bare_words;     /* cells that are words without quotes */
    size_t torn;           /* of these, how many hold another separator */
    size_t empty_last;     /* lines, the first too, whose last cell is empty and bare */
    size_t odd_line;       /* a line with another number of cells; 0 = none */
    size_t odd_fields;
    bool broken; /* a quote does not end, or text follows one */
};

/* Fills e, which names its separator, from the rows of l; gaps may be NULL. */
int bz_look_at(struct bz_evidence *e, const struct bz_layout *l, char decimal, const struct bz_spellings *gaps,
               struct bz_error *err);

#endif
