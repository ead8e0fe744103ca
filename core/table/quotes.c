/* How cells are quoted. */
#include "layout.h"

#include <string.h>

/* The single quote if cells that begin with one end with one on their line, and no cell begins with a double quote; else 0, the
 * usual one. Weka quotes words with blanks like this, sqlite3's quote mode all words. */
static char single_quote(const struct bz_layout *l)
{
    bool found = false, within = false;
    if (!memchr(l->rows, '\'', (size_t)(l->sample - l->rows)))
        return 0;
    for (const char *p = l->rows; p < l->sample; p++) {
        const bool opens = !within && (p == l->rows || memchr(",;\t|\r\n", p[-1], 6));
        const bool closes = p + 1 == l->sample || memchr(",;\t|\r\n", p[1], 6);
        if ((opens && *p == '"') || (within && (*p == '\n' || *p == '\r')))
            return 0;
        if (within && *p == '\\' && p + 1 < l->sample)
            p++;
        else if (*p == '\'' && opens)
            found = within = true;
        else if (*p == '\'' && closes) {
            if (!within)
                return 0;
            within = false;
        }
    }
    return found && !within ? '\'' : 0;
}

/* Whether a quoted cell holds \\" where no cell can end: R's write.table and MariaDB escape quotes like this. */
static bool has_escapes(const struct bz_layout *l)
{
    const char *p = l->rows;
    while (p + 2 < l->sample && (p = memmem(p, (size_t)(l->sample - p), "\\\"", 2)) && p + 2 < l->sample)
        if (p > l->rows && !memchr("\",;\t| \r\n\\", p[2], 9) && memchr(l->rows, '"', (size_t)(p - l->rows)))
            return true;
        else
            p += 2;
    return false;
}

void bz_find_quotes(struct bz_layout *l)
{
    l->dialect.quote = single_quote(l);
    l->dialect.escape = l->dialect.quote || has_escapes(l);
}
