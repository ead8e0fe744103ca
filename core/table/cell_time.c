#include "cell_time.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

size_t bz_cell_digits(const struct bz_cell *c, size_t *at, size_t most)
{
    size_t n = 0;
    while (n < most && *at < c->length && c->text[*at] >= '0' && c->text[*at] <= '9')
        n++, ++*at;
    return n;
}

bool bz_cell_char(const struct bz_cell *c, size_t *at, const char *chars)
{
    if (*at >= c->length || !strchr(chars, c->text[*at]) || c->text[*at] == 0)
        return false;
    ++*at;
    return true;
}

/* 00 to 59, or the 60 of a leap second. */
static bool is_sixtieths(const struct bz_cell *c, size_t *at)
{
    const char *two = c->text + *at;
    return bz_cell_digits(c, at, 2) == 2 && (two[0] < '6' || (two[0] == '6' && two[1] == '0'));
}

/* hh:mm, hh:mm:ss, hh:mm:ss.ffff, and a zone, from at to the end. */
static bool is_time_of_day(const struct bz_cell *c, size_t at)
{
    if (bz_cell_digits(c, &at, 2) == 0 || !bz_cell_char(c, &at, ":") || !is_sixtieths(c, &at))
        return false; /* 16:90 is a ratio */
    if (bz_cell_char(c, &at, ":")) {
        if (!is_sixtieths(c, &at))
            return false;
        if (bz_cell_char(c, &at, ".,"))
            bz_cell_digits(c, &at, 12);
    }
    if (at < c->length && c->text[at] == ' ')
        at++;
    if (c->length - at == 2 && strncasecmp(c->text + at + 1, "m", 1) == 0) /* am, pm */
        return true;
    if (bz_cell_char(c, &at, "Z") || at == c->length)
        return at == c->length;
    return bz_cell_char(c, &at, "+-") && bz_cell_digits(c, &at, 2) == 2 &&
           (at == c->length || ((void)bz_cell_char(c, &at, ":"), bz_cell_digits(c, &at, 2) == 2 && at == c->length));
}

/* 20261128T101500Z, 20261128T1015 */
static bool is_compact(const struct bz_cell *c)
{
    size_t at = 0;
    if (bz_cell_digits(c, &at, 8) != 8 || !bz_cell_char(c, &at, "T"))
        return false;
    const size_t n = bz_cell_digits(c, &at, 6);
    bz_cell_char(c, &at, "Z");
    return (n == 4 || n == 6) && at == c->length;
}

/* 2026-01-02, 2026/1/2, 2026-01, 1/2/26, 02.01.2026, 2020M01, 2020Q1, 2026-W05; a time may follow; or a time alone. */
static bool is_numbers(const struct bz_cell *c)
{
    if (c->text[0] < '0' || c->text[0] > '9')
        return false;
    if (is_time_of_day(c, 0) || is_compact(c))
        return true;
    size_t at = 0, first = bz_cell_digits(c, &at, 4);
    const char mark = at < c->length ? c->text[at] : 0;
    if (first == 4 && bz_cell_char(c, &at, "MQW"))
        return bz_cell_digits(c, &at, 2) > 0 && at == c->length;
    if (!bz_cell_char(c, &at, "-/."))
        return false;
    if (first == 4 && mark == '-' && bz_cell_char(c, &at, "QW"))
        return bz_cell_digits(c, &at, 2) > 0 &&
               (at == c->length || (bz_cell_char(c, &at, "-") && bz_cell_digits(c, &at, 1) == 1 && at == c->length));
    const size_t second = bz_cell_digits(c, &at, 2);
    if (second == 0)
        return false;
    if (at == c->length)
        return first == 4 && second == 2 && mark == '-';
    if (c->text[at] != mark)
        return false;
    at++;
    const size_t third = bz_cell_digits(c, &at, 4);
    if (!(first == 4 ? third == 1 || third == 2 : (third == 2 || third == 4) && first <= 2))
        return false;
    return at == c->length || ((c->text[at] == 'T' || c->text[at] == ' ') && is_time_of_day(c, at + 1));
}

/* --- with words --- */

enum word { WORD_NONE, WORD_MONTH, WORD_DAY, WORD_ZONE };

/* Names of months and days of the week in several languages, except those that are words in another: set, out, mag. */
static enum word word_of(const char *text, size_t length)
{
    static const char months[] =
        " jan january januar janvier janv janeiro enero gennaio januari feb february februar février févr fev fevereiro "
        "febrero "
        "febbraio februari mar march märz mär mrz mars março marzo maart apr april avril avr abril abr aprile may mai mayo "
        "maggio maio mei jun june juni juin junio giugno junho jul july juli juillet juil julio luglio julho aug august août "
        "agosto augustus sep sept september septembre septiembre settembre setembro oct october okt oktober octobre octubre "
        "ottobre outubro nov november novembre noviembre novembro dec december dez dezember décembre déc diciembre dic "
        "dicembre dezembro ",
                      days[] = " mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday "
                               "sunday montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi jeudi "
                               "vendredi samedi dimanche ",
                      zones[] = " utc gmt cet cest est edt cst cdt mst mdt pst pdt am pm de of ";
    static const struct {
        const char *names;
        enum word word;
    } lists[] = {{months, WORD_MONTH}, {days, WORD_DAY}, {zones, WORD_ZONE}};
    char name[16];
    if (length == 0 || length + 3 > sizeof(name))
        return WORD_NONE;
    name[0] = ' ';
    for (size_t i = 0; i < length; i++)
        name[1 + i] = (char)tolower((unsigned char)text[i]);
    memcpy(name + 1 + length, " ", 2);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
        if (strstr(lists[i].names, name))
            return lists[i].word;
    return WORD_NONE;
}

/* The day or the year that text [length] holds, 1st and 22nd too; 0 = neither. */
static size_t digits_of(const char *text, size_t length)
{
    const struct bz_cell c = {text, length, false};
    size_t at = 0;
    const size_t n = bz_cell_digits(&c, &at, 4);
    if (n < 3 && length == n + 2 && strncasecmp(text + n, "th", 2) != 0 && strncasecmp(text + n, "st", 2) != 0 &&
        strncasecmp(text + n, "nd", 2) != 0 && strncasecmp(text + n, "rd", 2) != 0)
        return 0;
    return at == length || (n < 3 && length == n + 2) ? n : 0;
}

/* A month by its name, with a day, a year, or both, and perhaps a day of the week and a time; Q3 2026. */
static bool has_month(const struct bz_cell *c)
{
    size_t months = 0, numbers = 0, longest = 0, times = 0;
    for (size_t at = 0, n; at < c->length; at += n) {
        n = 1;
        if (strchr(" ,./:", c->text[at]) || (c->text[at] == '-' && times == 0))
            continue;
        while (at + n < c->length && !strchr(" ,./", c->text[at + n]) && (times > 0 || c->text[at + n] != '-') &&
               (n != 4 || c->text[at + n] != ':')) /* a year in front of a time, as in server logs */
            n++;
        const struct bz_cell word = {c->text + at, n, false};
        const size_t digits = digits_of(word.text, n);
        const enum word kind = digits > 0 ? WORD_NONE : word_of(word.text, n);
        const bool time = digits == 0 && memchr(word.text, ':', n) && is_time_of_day(&word, 0);
        const bool zone = times > 0 && n == 5 && strchr("+-", word.text[0]);
        if (digits == 0 && kind == WORD_NONE && !time && !zone)
            return false;
        numbers += digits > 0;
        longest = digits > longest ? digits : longest;
        months += kind == WORD_MONTH;
        times += time;
    }
    return months == 1 && times < 2 && numbers > 0 && numbers < 3 && longest != 3;
}

static bool is_quarter(const struct bz_cell *c)
{
    size_t at = 0;
    return bz_cell_char(c, &at, "Q") && bz_cell_digits(c, &at, 1) == 1 && bz_cell_char(c, &at, " -/") &&
           bz_cell_digits(c, &at, 4) == 4 && at == c->length;
}

/* 27MAY2024, 27MAY2024:14:03:22 (SAS). */
static bool is_run_together(const struct bz_cell *c)
{
    size_t at = 0;
    if (bz_cell_digits(c, &at, 2) == 0 || at + 3 > c->length || word_of(c->text + at, 3) != WORD_MONTH)
        return false;
    at += 3;
    const size_t year = bz_cell_digits(c, &at, 4);
    return (year == 2 || year == 4) && (at == c->length || (bz_cell_char(c, &at, ":") && is_time_of_day(c, at)));
}

/* 2024年5月27日, 2024年5月 */
static bool is_east_asian(const struct bz_cell *c)
{
    static const char *const signs[] = {"年", "月", "日"};
    size_t at = 0, i = 0;
    for (; i < 3 && at < c->length; i++) {
        if (bz_cell_digits(c, &at, 4) == 0 || c->length - at < strlen(signs[i]) ||
            memcmp(c->text + at, signs[i], strlen(signs[i])) != 0)
            return false;
        at += strlen(signs[i]);
    }
    return i > 1 && at == c->length;
}

/* 9 days 20:21:14, 1 day, 3:04:05, -1 days +20:00:00 (pandas, Python). */
static bool is_days_and_time(const struct bz_cell *c)
{
    size_t at = 0;
    bz_cell_char(c, &at, "-");
    if (bz_cell_digits(c, &at, 7) == 0 || c->length - at < 5 || strncasecmp(c->text + at, " day", 4) != 0)
        return false;
    at += 4;
    bz_cell_char(c, &at, "s");
    if (at == c->length)
        return false; /* a number and its unit */
    bz_cell_char(c, &at, ",");
    if (!bz_cell_char(c, &at, " "))
        return false;
    bz_cell_char(c, &at, "+");
    return is_time_of_day(c, at);
}

/* PT2M30S, P1DT4H (ISO 8601); days and more alone may be codes: P3M. */
static bool is_iso_duration(const struct bz_cell *c)
{
    size_t at = 0, parts = 0;
    bool time = false;
    if (!bz_cell_char(c, &at, "P"))
        return false;
    while (at < c->length) {
        if (!time && bz_cell_char(c, &at, "T")) {
            time = true;
            continue;
        }
        if (bz_cell_digits(c, &at, 9) == 0 || (bz_cell_char(c, &at, ".,") && bz_cell_digits(c, &at, 9) == 0) ||
            !bz_cell_char(c, &at, time ? "HMS" : "YMWD"))
            return false;
        parts++;
    }
    return time && parts > 0;
}

/* 1:19.20, minutes and seconds. */
static bool is_lap(const struct bz_cell *c)
{
    size_t at = 0;
    return bz_cell_digits(c, &at, 3) > 0 && bz_cell_char(c, &at, ":") && is_sixtieths(c, &at) && bz_cell_char(c, &at, ".") &&
           bz_cell_digits(c, &at, 6) > 0 && at == c->length;
}

bool bz_cell_is_duration(const struct bz_cell *c)
{
    return is_days_and_time(c) || is_iso_duration(c) || is_lap(c);
}

bool bz_cell_is_time(const struct bz_cell *c)
{
    if (c->length < 4 || c->length > 40)
        return false;
    return is_numbers(c) || is_quarter(c) || has_month(c) || is_run_together(c) || is_east_asian(c);
}
