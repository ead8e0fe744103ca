#include "text_stream.h"

#include <stdlib.h>

FILE *bz_text_begin(struct bz_text *t, struct bz_error *err)
{
    *t = (struct bz_text){0};
    if (!(t->out = open_memstream(&t->text, &t->size)))
        bz_fail(err, BZ_NO_MEMORY, "memory: none left for a text");
    return t->out;
}

int bz_text_end(struct bz_text *t, const char *what, struct bz_error *err)
{
    const int failed = ferror(t->out);
    if (fclose(t->out) != 0 || failed || !t->text) {
        t->out = NULL;
        bz_text_free(t);
        return bz_fail(err, BZ_NO_MEMORY, "memory: none left for %s", what);
    }
    t->out = NULL;
    return 0;
}

void bz_text_free(struct bz_text *t)
{
    if (t->out)
        fclose(t->out);
    free(t->text);
    *t = (struct bz_text){0};
}
