#include "text_stream.h"

#include "file_write.h"

#include <stdlib.h>
#include <string.h>

/* Not open_memstream: in glibc 2.36 a write for which there was no memory is lost, and neither ferror nor fclose reports it. */
static ssize_t write_text(void *cookie, const char *bytes, size_t n)
{
    struct bz_text *t = cookie;
    if (t->room - t->size <= n) { /* and a 0 */
        const size_t room = (t->size + n) * 2 + 256;
        char *larger = realloc(t->text, room);
        if (!larger) {
            t->failed = 1;
            return 0;
        }
        t->text = larger;
        t->room = room;
    }
    memcpy(t->text + t->size, bytes, n);
    t->size += n;
    t->text[t->size] = 0;
    return (ssize_t)n;
}

/* For ftell: where the next byte goes. */
static int tell_text(void *cookie, off64_t *offset, int whence)
{
    const struct bz_text *t = cookie;
    if (*offset != 0 || whence == SEEK_SET)
        return -1;
    *offset = (off64_t)t->size;
    return 0;
}

FILE *bz_text_begin(struct bz_text *t, struct bz_error *err)
{
    *t = (struct bz_text){0};
    if (write_text(t, "", 0) < 0 || t->failed ||
        !(t->out = fopencookie(t, "w", (cookie_io_functions_t){.write = write_text, .seek = tell_text}))) {
        bz_text_free(t);
        bz_fail(err, BZ_NO_MEMORY, "memory: none left for a text");
    }
    return t->out;
}

int bz_text_end(struct bz_text *t, const char *what, struct bz_error *err)
{
    const int lost = ferror(t->out);
    if (fclose(t->out) != 0 || lost || t->failed) {
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

int bz_text_save(struct bz_text *t, const char *what, const char *path, int rc, struct bz_error *err)
{
    if (rc == 0 && (rc = bz_text_end(t, what, err)) == 0)
        rc = bz_file_save(path, t->text, t->size, err);
    bz_text_free(t);
    return rc;
}
