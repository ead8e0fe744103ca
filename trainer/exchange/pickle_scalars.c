/* Numbers and texts in a pickle. */
#include "pickle_private.h"

#include "mem.h"

#include <stdlib.h>
#include <string.h>

bool pickle_have(struct pickle_machine *m, size_t n)
{
    return (size_t)(m->end - m->at) >= n || pickle_damaged(m, "cut off") == 0;
}

uint64_t pickle_little(struct pickle_machine *m, size_t n)
{
    uint64_t x = 0;
    for (size_t k = n; k-- > 0;)
        x = x << 8 | m->at[k];
    m->at += n;
    return x;
}

/* A line without its end; NULL if there is none. */
const char *pickle_line(struct pickle_machine *m, size_t *length)
{
    const uint8_t *stop = memchr(m->at, '\n', (size_t)(m->end - m->at));
    const char *text = (const char *)m->at;
    if (!stop) {
        pickle_damaged(m, "a line without an end");
        return NULL;
    }
    *length = (size_t)(stop - m->at);
    m->at = stop + 1;
    return text;
}

static int pickle_push_number(struct pickle_machine *m, double x)
{
    struct pickle_value *v = pickle_make(m, PICKLE_NUMBER);
    if (v)
        v->number = x;
    return pickle_push(m, v);
}

int pickle_push_text(struct pickle_machine *m, enum pickle_kind kind, const char *text, size_t length)
{
    struct pickle_value *v = pickle_make(m, kind);
    if (v) {
        v->text = text;
        v->length = length;
    }
    return pickle_push(m, v);
}

/* A text preceded by its length in `width` bytes. */
static int counted(struct pickle_machine *m, enum pickle_kind kind, size_t width)
{
    if (!pickle_have(m, width))
        return -1;
    const uint64_t n = pickle_little(m, width);
    if (n > (uint64_t)(m->end - m->at))
        return pickle_damaged(m, "a text longer than the file");
    m->at += n;
    return pickle_push_text(m, kind, (const char *)m->at - n, (size_t)n);
}

/* Two's complement of any length; what does not fit a double's 53 bits is rounded. */
static int push_long(struct pickle_machine *m, size_t width)
{
    if (!pickle_have(m, width))
        return -1;
    const uint64_t n = pickle_little(m, width);
    if (n > (uint64_t)(m->end - m->at))
        return pickle_damaged(m, "a number longer than the file");
    double x = 0;
    const bool negative = n > 0 && m->at[n - 1] & 0x80;
    for (uint64_t k = n; k-- > 0;)
        x = x * 256 + (negative ? 255 - m->at[k] : m->at[k]);
    m->at += n;
    return pickle_push_number(m, negative ? -x - 1 : x);
}

static int push_line_number(struct pickle_machine *m)
{
    size_t n;
    char copy[64], *end;
    const char *text = pickle_line(m, &n);
    if (!text)
        return -1;
    if (n > 0 && text[n - 1] == 'L')
        n--;
    if (n >= sizeof(copy)) /* a long of many digits: its value is not needed here */
        return pickle_push_number(m, 0);
    memcpy(copy, text, n);
    copy[n] = 0;
    const double x = strtod(copy, &end);
    return *end || n == 0 ? pickle_damaged(m, "expected a number") : pickle_push_number(m, x);
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Undoes Python's escapes of text[n] into out; \u of letters above 255 become '?' in bytes and UTF-8 in texts. */
static size_t unescape(const char *text, size_t n, bool utf8, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned long c = (unsigned char)text[i];
        if (c == '\\' && i + 1 < n) {
            static const char from[] = "nrtab'\"\\0", to[] = "\n\r\t\a\b'\"\\\0";
            const char kind = text[++i];
            const char *found = strchr(from, kind);
            size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
            c = found && kind ? (unsigned char)to[found - from] : (unsigned char)kind;
            if (digits)
                for (c = 0; digits > 0 && i + 1 < n && hex_digit(text[i + 1]) >= 0; digits--)
                    c = c << 4 | (unsigned long)hex_digit(text[++i]);
        } else if (utf8 && c >= 0x80) { /* raw-unicode-escape keeps Latin-1 as bytes */
            out[used++] = (char)(0xc0 | c >> 6);
            out[used++] = (char)(0x80 | (c & 63));
            continue;
        }
        if (utf8 && c >= 0x80 && c < 0x800) {
            out[used++] = (char)(0xc0 | c >> 6);
            out[used++] = (char)(0x80 | (c & 63));
        } else
            out[used++] = c > 255 ? '?' : (char)c;
    }
    return used;
}

int pickle_push_line_text(struct pickle_machine *m, bool quoted)
{
    size_t n;
    const char *text = pickle_line(m, &n);
    if (!text)
        return -1;
    if (quoted) {
        if (n < 2 || (text[0] != '\'' && text[0] != '"') || text[n - 1] != text[0])
            return pickle_damaged(m, "expected a quoted text");
        text++;
        n -= 2;
    }
    char *out = pickle_keep(m, bz_alloc(2 * n + 1, 1, m->err));
    return out ? pickle_push_text(m, quoted ? PICKLE_BYTES : PICKLE_TEXT, out, unescape(text, n, !quoted, out)) : -1;
}

static int push_float(struct pickle_machine *m)
{
    if (!pickle_have(m, 8))
        return -1;
    uint64_t bits;
    double x;
    memcpy(&bits, m->at, 8);
    bits = __builtin_bswap64(bits);
    memcpy(&x, &bits, 8);
    m->at += 8;
    return pickle_push_number(m, x);
}

/* Values without parts. */
int pickle_simple(struct pickle_machine *m, uint8_t op, bool *known)
{
    *known = true;
    switch (op) {
    case 'N':
        return pickle_push(m, pickle_make(m, PICKLE_NONE));
    case 0x88:
    case 0x89:
        return pickle_push_number(m, op == 0x88);
    case 'J':
        return pickle_have(m, 4) ? pickle_push_number(m, (int32_t)(uint32_t)pickle_little(m, 4)) : -1;
    case 'K':
        return pickle_have(m, 1) ? pickle_push_number(m, (double)pickle_little(m, 1)) : -1;
    case 'M':
        return pickle_have(m, 2) ? pickle_push_number(m, (double)pickle_little(m, 2)) : -1;
    case 'I':
    case 'L':
    case 'F':
        return push_line_number(m);
    case 0x8a:
        return push_long(m, 1);
    case 0x8b:
        return push_long(m, 4);
    case 'G':
        return push_float(m);
    case 'S':
    case 'V':
        return pickle_push_line_text(m, op == 'S');
    case 'T':
    case 'B':
        return counted(m, PICKLE_BYTES, 4);
    case 'U':
    case 'C':
        return counted(m, PICKLE_BYTES, 1);
    case 'X':
        return counted(m, PICKLE_TEXT, 4);
    case 0x8c:
        return counted(m, PICKLE_TEXT, 1);
    case 0x8d:
        return counted(m, PICKLE_TEXT, 8);
    case 0x8e:
    case 0x96:
        return counted(m, PICKLE_BYTES, 8);
    default:
        *known = false;
        return 0;
    }
}
