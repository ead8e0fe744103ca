/* Which of a column's categories a cell is. */
#include "columns.h"

#include "mem.h"
#include "number_text.h"
#include "stop.h"
#include "text_set.h"

#include <string.h>

enum {
    MANY = 64,
    TEXT = 256
}; /* searching among more takes as long as asking whether to stop; longer texts are not rewritten */

/* Categories that are the two words of one truth pair, or 0 and 1: the place of `value` among them, or -1. */
static long truth_place(char *const *categories, size_t n, bool value)
{
    long place = -1;
    for (size_t i = 0; i < n; i++) {
        const struct bz_cell cell = {categories[i], strlen(categories[i]), false};
        bool truth;
        if (bz_truth(&cell, &truth) < 0)
            return -1;
        if (truth == value)
            place = (long)i;
    }
    return n <= 2 ? place : -1;
}

long bz_category_place(char *const *categories, size_t n, const struct bz_cell *cell)
{
    char wanted[TEXT];
    if (n > MANY && bz_stopping())
        return -1;
    const size_t length = bz_category_text(cell, wanted, sizeof(wanted));
    for (size_t i = 0; i < n; i++)
        if (strlen(categories[i]) == cell->length && memcmp(categories[i], cell->text, cell->length) == 0)
            return (long)i;
    for (size_t i = 0; i < n && length < sizeof(wanted); i++) {
        char name[TEXT];
        const struct bz_cell have = {categories[i], strlen(categories[i]), false};
        if (bz_category_text(&have, name, sizeof(name)) == length && memcmp(name, wanted, length) == 0)
            return (long)i;
    }
    bool truth;
    double x;
    if (bz_truth(cell, &truth) >= 0)
        return truth_place(categories, n, truth);
    if (bz_parse_number(cell->text, cell->length, &x) == 0 && (x == 0 || x == 1))
        return truth_place(categories, n, x == 1);
    return -1;
}

struct bz_places {
    struct bz_text_set texts; /* as bz_category_text writes them, numbered as the categories */
    bool made, usable;
};

struct bz_places *bz_places_new(size_t n)
{
    return n > MANY ? bz_alloc(1, sizeof(struct bz_places), NULL) : NULL;
}

void bz_places_free(struct bz_places *p)
{
    if (p)
        bz_text_set_free(&p->texts);
    bz_free(p);
}

/* Usable if the texts differ and none is too long: then one that is equal byte by byte is also the one found. */
static void make(struct bz_places *p, char *const *categories, size_t n)
{
    uint32_t number;
    char text[TEXT];
    p->made = p->usable = true;
    for (size_t i = 0; i < n && p->usable; i++) {
        const struct bz_cell cell = {categories[i], strlen(categories[i]), false};
        const size_t length = bz_category_text(&cell, text, sizeof(text));
        p->usable = length < sizeof(text) && !bz_stopping_row(i, TEXT) &&
                    bz_text_set_add(&p->texts, text, length, n, &number, NULL) == 0 && number == i;
    }
}

long bz_places_find(struct bz_places *p, char *const *categories, size_t n, const struct bz_cell *cell)
{
    char text[TEXT];
    uint32_t number;
    if (p && !p->made)
        make(p, categories, n);
    const size_t length = p && p->usable ? bz_category_text(cell, text, sizeof(text)) : TEXT;
    if (length >= TEXT || memchr(text, 0, length))
        return bz_category_place(categories, n, cell);
    if (bz_text_set_find(&p->texts, text, length, &number))
        return (long)number;
    return -1; /* more than two categories are not a truth value's words */
}
