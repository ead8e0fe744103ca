#include "alignment_form.h"

#include "cells.h"
#include "text_lines.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* `>P1;NAME`, a line of words, letters up to a star. */
static bool is_pir(const char *at, const char *end)
{
    return end - at > 4 && at[0] == '>' && isupper((unsigned char)at[1]) && isalnum((unsigned char)at[2]) && at[3] == ';';
}

/* Four lines a read: @name, letters, +, qualities. */
static bool is_fastq(const char *at, const char *end)
{
    const char *second = memchr(at, '\n', (size_t)(end - at)),
               *third = second ? memchr(second + 1, '\n', (size_t)(end - second - 1)) : NULL;
    return *at == '@' && third && third + 1 < end && third[1] == '+';
}

bool train_is_fasta(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    while (at < end && (*at == '#' || isspace((unsigned char)*at))) { /* hhsuite's comments */
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop)
            return false;
        at = stop + 1;
    }
    return end - at > 1 && *at == '>' && at[1] != '>' && at[1] != '=' && !is_pir(at, end);
}

bool train_is_stockholm(const uint8_t *data, size_t size)
{
    return size > 12 && memcmp(data, "# STOCKHOLM ", 12) == 0;
}

/* Only letters of sequences, gaps and stars. */
static bool is_letters(const char *word, size_t length, bool *gaps)
{
    for (size_t i = 0; i < length; i++) {
        if (!isalpha((unsigned char)word[i]) && !strchr("-.~*?", word[i]))
            return false;
        *gaps = *gaps || !isalpha((unsigned char)word[i]);
    }
    return length > 0;
}

/* A name of ten characters and, with or without a blank between, this many letters. */
static bool is_strict_phylip_row(const struct train_lines *l, double n)
{
    double letters = 0;
    bool gaps = false;
    for (size_t i = 10; i < l->length; i++)
        if (!isspace((unsigned char)l->line[i])) {
            if (!is_letters(&l->line[i], 1, &gaps))
                return false;
            letters++;
        }
    return letters == n;
}

/* Two sizes, then lines of a name and letters. */
static bool is_phylip(const uint8_t *data, size_t size)
{
    struct train_lines l = {.path = "", .at = (const char *)data, .end = (const char *)data + size};
    const char *word, *last = NULL;
    double n;
    size_t place = 0, length, last_length = 0;
    bool gaps = false;
    if (!train_next_line(&l) || train_count_words(&l, 0) != 2 || train_next_number(&l, &place, &n) != 1 ||
        train_next_number(&l, &place, &n) != 1)
        return false;
    if (!train_next_line(&l) || !(n >= 1 && n <= (double)l.length))
        return false;
    place = 0;
    const double columns = n;
    if (train_next_number(&l, &place, &n) != -1)
        return false;
    if (is_strict_phylip_row(&l, columns))
        return true;
    for (place = 0; train_next_word(&l, &place, &word, &length);)
        last = word, last_length = length;
    const struct bz_cell cell = {last, last_length, false};
    return is_letters(last, last_length, &gaps) && bz_cell_kind(&cell, '.', NULL, &n) == BZ_CELL_WORD; /* no row of gaps */
}

/* Whether one of two words of the same length has a letter where the other has a gap. */
static bool gaps_differ(const char *a, const char *b, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalpha((unsigned char)a[i]) != !isalpha((unsigned char)b[i]))
            return true;
    return false;
}

/* Lines of a name and letters, of one length within each block between blank lines, with gaps; SELEX has comments, too. With
 * fewer than ten letters, gaps must be in different places: GROUP-A and GROUP-B are words. */
static bool is_psiblast(const uint8_t *data, size_t size)
{
    struct train_lines l = {.path = "", .at = (const char *)data, .end = (const char *)data + size};
    size_t first = 0, n = 0, all = 0;
    bool gaps = false, apart = false;
    const char *block = NULL;
    while (train_next_line(&l)) {
        const char *word;
        size_t place = 0, length;
        if (train_line_is_blank(&l)) {
            first = 0;
            continue;
        }
        if (l.line[0] == '#')
            continue;
        if (train_count_words(&l, 0) != 2)
            return false;
        train_next_word(&l, &place, &word, &length);
        train_next_word(&l, &place, &word, &length);
        all = all ? all : length;
        block = first ? block : word;
        first = first ? first : length;
        if (length != first || all < 4 || !is_letters(word, length, &gaps))
            return false;
        apart = apart || gaps_differ(block, word, length);
        n++;
    }
    return n > 1 && gaps && (all >= 10 || apart);
}

const char *train_foreign_alignment(const uint8_t *data, size_t size)
{
    static const struct {
        const char *start, *name;
    } starts[] = {{"CLUSTAL ", "Clustal"}, {"PROBCONS ", "Clustal"}, {"#NEXUS\n", "NEXUS"}, {"#NEXUS\r", "NEXUS"},
                  {"!!AA_", "MSF"},        {"!!NA_", "MSF"},         {"#mega\n", "MEGA"},   {"#mega\r", "MEGA"}};
    for (size_t k = 0; k < sizeof(starts) / sizeof(starts[0]); k++)
        if (size >= strlen(starts[k].start) && strncasecmp((const char *)data, starts[k].start, strlen(starts[k].start)) == 0)
            return starts[k].name;
    const char *stop = memchr(data, '\n', size);
    if (stop && size > 8 && memcmp(data, "MUSCLE (", 8) == 0 &&
        memmem(data, (size_t)(stop - (const char *)data), "multiple", 8))
        return "Clustal";
    if (memmem(data, size < 2000 ? size : 2000, " MSF: ", 6))
        return "MSF";
    if (size > 0 && is_pir((const char *)data, (const char *)data + size))
        return "PIR";
    if (size > 0 && is_fastq((const char *)data, (const char *)data + size))
        return "FASTQ";
    return is_phylip(data, size) ? "PHYLIP" : is_psiblast(data, size) ? "PSI-BLAST -B or SELEX" : NULL;
}
