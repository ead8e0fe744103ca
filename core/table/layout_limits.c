/* Bounds of tables that strangers send: what one row may cost is known before any is read. */
#include "layout.h"
#include "stop.h"

#include <string.h>

int bz_check_lines(const struct bz_layout *l, const struct bz_layout_options *o, struct bz_error *err)
{
    const size_t most = o->most_line_bytes;
    const char *asked = l->rows;
    size_t line = l->line;
    for (const char *p = l->rows, *stop; most && p < l->end; p = stop + 1, line++) {
        const size_t left = (size_t)(l->end - p), n = left < most ? left : most;
        if (!(stop = memchr(p, l->dialect.line_end, n)) && left > most)
            return bz_fail(err, BZ_TOO_LARGE, "%s: line %zu: more than %zu bytes, expected shorter lines, a row each", l->path,
                           line, most);
        if (!stop)
            return 0;
        if (bz_stopping_at(&asked, stop))
            return bz_fail(err, BZ_INTERRUPTED, "%s: line %zu: asked to stop", l->path, line);
    }
    return 0;
}

int bz_check_columns(const struct bz_layout *l, const struct bz_layout_options *o, struct bz_error *err)
{
    return !o->most_columns || l->fields <= o->most_columns
               ? 0
               : bz_fail(err, BZ_TOO_LARGE, "%s: line %zu: found %zu columns, expected at most %zu", l->path, l->line,
                         l->fields, o->most_columns);
}
