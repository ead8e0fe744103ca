#include "index_names.h"

#include "layout.h"
#include "mem.h"
#include "source.h"
#include "text_set.h"
#include "utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

void train_free_index_names(char **names, size_t n)
{
    for (size_t i = 0; names && i < n; i++)
        bz_free(names[i]);
    bz_free(names);
}

/* Lines of the text; more than n are counted, but for empty ones at the end. */
static int take_lines(char **names, size_t n, const char *path, const char *at, const char *end, struct bz_error *err)
{
    size_t count = 0, lines = 0;
    for (const char *next; at < end; at = next) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        next = stop ? stop + 1 : end;
        size_t length = (size_t)((stop ? stop : end) - at);
        while (length > 0 && at[length - 1] == '\r')
            length--;
        if (lines < n) {
            if (!(names[lines] = bz_alloc(length + 1, 1, err)))
                return -1;
            memcpy(names[lines], at, length);
        }
        lines++;
        if (lines <= n || length > 0)
            count = lines;
    }
    if (count == n)
        return 0;
    return bz_fail(err, BZ_BAD_INPUT, "--ids %s: expected %zu lines, one for each row of the data, found %zu%s", path, n, count,
                   count == n + 1 ? "; is the first line a header?" : "");
}

int train_read_index_names(char ***names, const char *path, size_t n, struct bz_error *err)
{
    struct train_source source;
    char *converted = NULL;
    size_t length, skip;
    *names = NULL;
    if (train_source_read(&source, path, err) < 0)
        return bz_fail_in(err, "--ids");
    const char *data = (const char *)source.data;
    int rc = bz_text_decode(path, data, source.size, &converted, &length, &skip, err);
    if (rc < 0)
        bz_fail_in(err, "--ids");
    else if (!(*names = bz_alloc(n, sizeof(**names), err)))
        rc = -1;
    else
        rc = converted ? take_lines(*names, n, path, converted, converted + length, err)
                       : take_lines(*names, n, path, data + skip, data + source.size, err);
    bz_free(converted);
    train_source_free(&source);
    if (rc < 0) {
        train_free_index_names(*names, n);
        *names = NULL;
    }
    return rc;
}

static int say_again(char *const *names, size_t n, struct bz_error *err)
{
    struct bz_text_set seen = {0};
    size_t again = 0, first = 0, second = 0, empty = 0;
    size_t *row = bz_alloc(n + 1, sizeof(*row), err);
    int rc = row ? 0 : -1;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const size_t before = seen.n;
        uint32_t number = 0;
        empty += !names[i][0];
        if (!names[i][0] || (rc = bz_text_set_add(&seen, names[i], strlen(names[i]), SIZE_MAX, &number, err)) < 0)
            continue;
        if (number == before)
            row[number] = i;
        else if (again++ == 0)
            first = row[number], second = i;
    }
    if (rc == 0 && again > 0)
        fprintf(stderr,
                "boltz: %zu row%s a name that an earlier row has, too (rows %zu and %zu: '%.64s'): only `indices` of neighbors "
                "tell these apart\n",
                again, again > 1 ? "s have" : " has", first + 1, second + 1, names[first]);
    if (rc == 0 && empty > 0)
        fprintf(stderr, "boltz: %zu row%s an empty name\n", empty, empty > 1 ? "s have" : " has");
    bz_text_set_free(&seen);
    bz_free(row);
    return rc;
}

int train_check_index_names(char *const *names, size_t n, struct bz_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!bz_is_utf8(names[i], strlen(names[i])))
            return bz_fail(err, BZ_BAD_INPUT,
                           "row %zu: its name is not UTF-8, as replies to requests are (iconv -f latin1 -t utf8 may help)",
                           i + 1);
    return say_again(names, n, err);
}
