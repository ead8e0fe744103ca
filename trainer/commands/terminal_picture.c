#include "terminal_picture.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    USUAL_WIDTH = 80, /* characters, if the terminal does not tell */
    MOST_TILE_ROWS = 4,
    FIRST_GREY = 232, /* first of the 24 greys in the 256 colours of terminals */
    GREYS = 24,
};

static size_t terminal_width(FILE *out)
{
    struct winsize w;
    if (ioctl(fileno(out), TIOCGWINSZ, &w) == 0 && w.ws_col > 0)
        return w.ws_col;
    return USUAL_WIDTH;
}

static bool has_colours(FILE *out)
{
    const char *term = getenv("TERM");
    return isatty(fileno(out)) && !getenv("NO_COLOR") && term && strcmp(term, "dumb") != 0;
}

/* Grey level 0 .. 255 of a pixel; below the last row: black. */
static unsigned level(const struct bz_picture *p, size_t x, size_t y)
{
    if (y >= p->height)
        return 0;
    const uint8_t *pixel = p->pixels + (y * p->width + x) * p->channels;
    return p->channels == 3 ? (54u * pixel[0] + 183u * pixel[1] + 19u * pixel[2]) / 256 : pixel[0]; /* luminance, BT.709 */
}

static void print_greys(FILE *out, const struct bz_picture *p)
{
    for (size_t y = 0; y < p->height; y += 2) {
        unsigned last_top = GREYS, last_bottom = GREYS;
        for (size_t x = 0; x < p->width; x++) {
            unsigned top = level(p, x, y) * (GREYS - 1) / 255, bottom = level(p, x, y + 1) * (GREYS - 1) / 255;
            if (top != last_top || bottom != last_bottom)
                fprintf(out, "\033[38;5;%u;48;5;%um", FIRST_GREY + top, FIRST_GREY + bottom);
            last_top = top;
            last_bottom = bottom;
            fputs("▀", out);
        }
        fputs("\033[0m\n", out);
    }
}

static void print_black_and_white(FILE *out, const struct bz_picture *p)
{
    static const char *const blocks[] = {" ", "▄", "▀", "█"};
    for (size_t y = 0; y < p->height; y += 2) {
        for (size_t x = 0; x < p->width; x++)
            fputs(blocks[2 * (level(p, x, y) >= 128) + (level(p, x, y + 1) >= 128)], out);
        fputc('\n', out);
    }
}

int train_show_tiles(FILE *out, const struct bz_tiling *tiling, const float *rows, size_t n, size_t size, struct bz_error *err)
{
    struct bz_tiling t = *tiling;
    struct bz_picture one, all;
    t.scale = 1;
    t.columns = 1;
    if (bz_picture_tiles(&one, rows, 1, size, &t, err) < 0)
        return -1;
    size_t width = one.width, room = terminal_width(out);
    bz_picture_free(&one);
    if (width > room)
        return bz_fail(err, BZ_BAD_USAGE, "--show: a picture is %zu characters wide, the terminal %zu", width, room);
    t.columns = (room + 1) / (width + 1);
    if (t.columns > n)
        t.columns = n;
    if (n > t.columns * MOST_TILE_ROWS)
        n = t.columns * MOST_TILE_ROWS;
    if (bz_picture_tiles(&all, rows, n, size, &t, err) < 0)
        return -1;
    if (has_colours(out))
        print_greys(out, &all);
    else
        print_black_and_white(out, &all);
    bz_picture_free(&all);
    return 0;
}

int train_show_rows(FILE *out, const struct bz_layer *layer, const float *rows, size_t n, struct bz_error *err)
{
    const struct bz_tiling tiling = bz_tiling_of(layer);
    return train_show_tiles(out, &tiling, rows, n, layer->size, err);
}
