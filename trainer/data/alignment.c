/* Alignments of sequences: FASTA, A2M and A3M, Stockholm. A position is a column of states that all columns share: the gap and
 * the letters of proteins or of nucleic acids. */
#include "alignment_form.h"
#include "mem.h"
#include "table.h"
#include "text_lines.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MOST_SEQUENCES = 1 << 26 };

static bool matches(const uint8_t *data, size_t size)
{
    return train_is_fasta(data, size) || train_is_stockholm(data, size) || train_foreign_alignment(data, size) != NULL;
}

/* --- sequences as in the file --- */

struct sequence {
    char *name;
    char *letters; /* [length], room for more */
    size_t length, room;
    size_t block; /* Stockholm: the last block it occurs in */
};

struct alignment {
    struct train_lines lines;
    struct sequence *sequences; /* [n] */
    size_t n, room;
    struct bz_text_set names;  /* Stockholm: blocks are joined by these */
    struct sequence reference; /* #=GC RF */
    size_t block;              /* Stockholm: lines between blank ones, from 1 */
    size_t left_out;           /* records that are not sequences */
};

static void alignment_free(struct alignment *a)
{
    for (size_t i = 0; i < a->n; i++) {
        bz_free(a->sequences[i].name);
        bz_free(a->sequences[i].letters);
    }
    bz_free(a->sequences);
    bz_free(a->reference.letters);
    bz_text_set_free(&a->names);
}

static int add_sequence(struct alignment *a, const char *name, size_t length, struct bz_error *err)
{
    if (a->n == MOST_SEQUENCES)
        return train_line_fail(&a->lines, err, "more than %d sequences", MOST_SEQUENCES);
    if (bz_grow(&a->sequences, &a->room, a->n + 1, sizeof(*a->sequences), err) < 0)
        return -1;
    a->sequences[a->n] = (struct sequence){.name = bz_strndup(name, length, err)};
    return a->sequences[a->n].name ? (a->n++, 0) : -1;
}

/* Letters and gaps of a piece of a sequence; blanks within are ignored. */
static int add_letters(struct alignment *a, struct sequence *s, const char *text, size_t length, struct bz_error *err)
{
    if (bz_grow(&s->letters, &s->room, s->length + length, 1, err) < 0)
        return -1;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c == ' ' || c == '\t' || c == '\r')
            continue;
        if (!isalpha(c) && !strchr("-.~_*?", c))
            return train_line_fail(&a->lines, err,
                                   c > ' ' && c < 127 ? "'%c' in a sequence, expected letters and gaps (- or .)"
                                                      : "byte %d in a sequence, expected letters and gaps (- or .)",
                                   c);
        s->letters[s->length++] = (char)c;
    }
    return 0;
}

static bool begins(const char *text, size_t length, const char *start)
{
    return length >= strlen(start) && memcmp(text, start, strlen(start)) == 0;
}

static bool ends(const char *text, size_t length, const char *end)
{
    return length >= strlen(end) && memcmp(text + length - strlen(end), end, strlen(end)) == 0;
}

static int read_fasta(struct alignment *a, struct bz_error *err)
{
    struct train_lines *l = &a->lines;
    bool passed_over = false;
    while (train_next_line(l)) {
        const char *name;
        size_t place = 1, length;
        if (train_line_is_blank(l) || l->line[0] == ';' || (a->n == 0 && l->line[0] == '#'))
            continue;
        if (l->line[0] != '>') {
            if (!passed_over && a->n == 0)
                return bz_fail(err, BZ_BAD_INPUT, "%s: line %zu: expected a line that begins with '>'", l->path, l->number);
            if (!passed_over && add_letters(a, &a->sequences[a->n - 1], l->line, l->length, err) < 0)
                return -1;
            continue;
        }
        train_next_word(l, &place, &name, &length);
        passed_over = begins(name, length, "ss_") || begins(name, length, "sa_") || begins(name, length, "aa_") ||
                      ends(name, length, "_consensus");
        a->left_out += passed_over;
        if (!passed_over && add_sequence(a, name, length, err) < 0)
            return -1;
    }
    return 0;
}

static int read_block_line(struct alignment *a, struct bz_error *err)
{
    const char *name, *text;
    size_t place = 0, length, n;
    uint32_t number;
    if (!train_next_word(&a->lines, &place, &name, &n) || !train_next_word(&a->lines, &place, &text, &length))
        return train_line_fail(&a->lines, err, "expected a name and a sequence");
    if (bz_text_set_add(&a->names, name, n, MOST_SEQUENCES, &number, err) < 0 ||
        (number == a->n && add_sequence(a, name, n, err) < 0))
        return -1;
    if (a->sequences[number].block == a->block)
        return train_line_fail(&a->lines, err,
                               "the name '%.*s' occurs twice in one block: two sequences, or no blank line between blocks; "
                               "expected each name once per block",
                               (int)(n < 64 ? n : 64), name);
    a->sequences[number].block = a->block;
    return add_letters(a, &a->sequences[number], text, a->lines.length - (size_t)(text - a->lines.line), err);
}

static int read_stockholm(struct alignment *a, struct bz_error *err)
{
    struct train_lines *l = &a->lines;
    size_t alignments = 0;
    bool in_block = false;
    while (train_next_line(l)) {
        const bool row = l->length > 0 && l->line[0] != '#' && !train_line_is_blank(l);
        a->block += row && !in_block;
        in_block = row || (in_block && begins(l->line, l->length, "#=GR"));
        if (begins(l->line, l->length, "//"))
            alignments++;
        else if (begins(l->line, l->length, "#=GC RF") && alignments == 0) {
            const char *word;
            size_t place = 7, length;
            while (train_next_word(l, &place, &word, &length)) {
                for (size_t i = 0; i < length; i++) /* any character may mark a position */
                    if (add_letters(a, &a->reference, strchr(".-_~", word[i]) ? "." : "x", 1, err) < 0)
                        return -1;
            }
        } else if (row && alignments == 0 && read_block_line(a, err) < 0)
            return -1;
    }
    if (alignments > 1)
        return bz_fail(err, BZ_BAD_INPUT, "%s: holds %zu alignments, expected one: split the file at its lines //", l->path,
                       alignments);
    return 0;
}

/* --- which columns are positions --- */

static bool is_gap(char c)
{
    return c == '-' || c == '.' || c == '~' || c == '_';
}

/* Removes inserts of A2M; returns how many letters are left. */
static void drop_inserts(struct sequence *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->length; i++)
        if (isupper((unsigned char)s->letters[i]) || s->letters[i] == '-' || s->letters[i] == '*')
            s->letters[n++] = s->letters[i];
    s->length = n;
}

/* Whether every row has the same number of capitals and gaps, and there are letters of both cases, as in A2M. */
static bool is_a2m(const struct alignment *a)
{
    bool lower = false, upper = false;
    size_t first = 0;
    for (size_t i = 0; i < a->n; i++) {
        size_t n = 0;
        for (size_t k = 0; k < a->sequences[i].length; k++) {
            const unsigned char c = (unsigned char)a->sequences[i].letters[k];
            lower = lower || islower(c);
            upper = upper || isupper(c);
            n += isupper(c) || c == '-';
        }
        if (i > 0 && n != first)
            return false;
        first = n;
    }
    return lower && upper && first > 0;
}

/* The first row whose length differs from the first's; SIZE_MAX = none. */
static size_t other_length(const struct alignment *a)
{
    for (size_t i = 1; i < a->n; i++)
        if (a->sequences[i].length != a->sequences[0].length)
            return i;
    return SIZE_MAX;
}

/* Lower case in the same columns of all rows: perhaps masked rather than inserted. */
static bool has_masked_columns(const struct alignment *a)
{
    if (other_length(a) != SIZE_MAX)
        return false;
    for (size_t i = 1; i < a->n; i++)
        for (size_t k = 0; k < a->sequences[0].length; k++)
            if (islower((unsigned char)a->sequences[i].letters[k]) != islower((unsigned char)a->sequences[0].letters[k]) &&
                !is_gap(a->sequences[i].letters[k]) && !is_gap(a->sequences[0].letters[k]))
                return false;
    return true;
}

static int settle_fasta(struct train_table *t, struct alignment *a, struct bz_error *err)
{
    if (is_a2m(a)) {
        const bool masked = has_masked_columns(a);
        for (size_t i = 0; i < a->n; i++)
            drop_inserts(&a->sequences[i]);
        return train_table_say(t, err,
                               masked ? "letters of both cases, so taken for A2M: lower case is left out as inserts, but it "
                                        "occurs in the same columns of all rows; if it only masks, write the file in capitals"
                                      : "A2M: lower case and dots are inserts, left out");
    }
    const size_t i = other_length(a);
    if (i != SIZE_MAX)
        return bz_fail(
            err, BZ_BAD_INPUT,
            "%s: is not an alignment: %.64s has %zu letters, %.64s %zu; expected rows of one length (align them first), or A2M",
            t->path, a->sequences[0].name, a->sequences[0].length, a->sequences[i].name, a->sequences[i].length);
    return train_table_say(t, err, "aligned FASTA: case is ignored");
}

static int settle_stockholm(struct train_table *t, struct alignment *a, struct bz_error *err)
{
    const size_t i = other_length(a);
    if (i != SIZE_MAX)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %.64s has %zu columns, %.64s %zu: damaged, or blocks of two alignments", t->path,
                       a->sequences[0].name, a->sequences[0].length, a->sequences[i].name, a->sequences[i].length);
    if (a->reference.length == 0)
        return train_table_say(t, err, "Stockholm without a line #=GC RF: all columns are positions");
    if (a->n > 0 && a->reference.length != a->sequences[0].length)
        return bz_fail(err, BZ_BAD_INPUT, "%s: #=GC RF has %zu columns, the sequences %zu", t->path, a->reference.length,
                       a->sequences[0].length);
    for (size_t s = 0; s < a->n; s++) {
        size_t n = 0;
        for (size_t k = 0; k < a->reference.length; k++)
            if (a->reference.letters[k] == 'x')
                a->sequences[s].letters[n++] = a->sequences[s].letters[k];
        a->sequences[s].length = n;
    }
    return train_table_say(t, err, "Stockholm: the positions are the columns that #=GC RF marks");
}

/* --- letters --- */

static const char proteins[] = "-ACDEFGHIKLMNPQRSTVWY", dna[] = "-ACGT", rna[] = "-ACGU";

/* Nucleic acids: nearly all letters are ACGTU, and the others stand for several of these. */
static const char *find_alphabet(const struct alignment *a)
{
    size_t count[256] = {0}, all = 0, known = 0;
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < a->sequences[i].length; k++)
            count[toupper((unsigned char)a->sequences[i].letters[k])]++;
    for (int c = 'A'; c <= 'Z'; c++) {
        all += count[c];
        known += strchr("ACGTUN", c) ? count[c] : 0;
        if (count[c] > 0 && !strchr("ACGTUNRYKMSWBDHVX", c))
            return proteins;
    }
    if (known * 10 < all * 9)
        return proteins;
    return count['U'] > 0 && count['T'] == 0 ? rna : dna;
}

/* That of a model's positions; NULL = none of them. */
static const char *alphabet_of(const struct bz_columns *columns)
{
    static const char *const all[] = {proteins, dna, rna};
    for (size_t i = 0; columns && i < columns->n; i++)
        for (size_t k = 0; k < 3; k++) {
            const struct bz_column *c = &columns->columns[i];
            size_t n = 0;
            while (n < c->n_categories && c->categories[n][0] == all[k][n] && c->categories[n][0] && !c->categories[n][1])
                n++;
            if (c->kind == BZ_COLUMN_CATEGORY && n == c->n_categories && n == strlen(all[k]))
                return all[k];
        }
    return NULL;
}

/* The alphabet of the letters, or that of a model if it only writes T for U, or U for T. */
static int choose_alphabet(const char **alphabet, struct train_table *t, const struct alignment *a,
                           const struct bz_columns *columns, struct bz_error *err)
{
    const char *known = alphabet_of(columns);
    *alphabet = find_alphabet(a);
    if (!known || known == *alphabet)
        return 0;
    if (known == proteins)
        return train_table_say(t, err, "warning: nothing but letters of nucleotides, and the model is of proteins");
    if (*alphabet == proteins)
        return 0;
    *alphabet = known;
    return train_table_say(t, err, known == dna ? "U is taken for T, as in the model" : "T is taken for U, as in the model");
}

/* The state of a letter; NAN if the alphabet lacks it. */
static float state_of(const char *alphabet, char letter)
{
    char c = is_gap(letter) ? '-' : (char)toupper((unsigned char)letter);
    if (alphabet != proteins && (c == 'U' || c == 'T'))
        c = alphabet == rna ? 'U' : 'T';
    const char *found = strchr(alphabet, c);
    return found && c ? (float)(found - alphabet) : NAN;
}

static int fill(struct train_table *t, const struct alignment *a, const char *alphabet, size_t unknown[128],
                struct bz_error *err)
{
    const size_t columns = a->sequences[0].length;
    if (train_table_check_size(t->path, a->n, columns, err) < 0)
        return -1;
    t->rows = t->file_rows = a->n;
    t->columns = columns;
    t->store = TRAIN_F32;
    t->f32 = bz_alloc(a->n * columns, sizeof(float), err);
    t->categories = t->f32 ? bz_alloc(columns, sizeof(*t->categories), err) : NULL;
    if (!t->categories)
        return -1;
    for (size_t i = 0; i < a->n; i++)
        for (size_t k = 0; k < columns; k++) {
            const char letter = a->sequences[i].letters[k];
            const float state = state_of(alphabet, letter);
            t->f32[i * columns + k] = state;
            if (isnan(state))
                unknown[toupper((unsigned char)letter) & 127]++;
        }
    return 0;
}

static int name_states(struct train_table *t, const char *alphabet, struct bz_error *err)
{
    const size_t q = strlen(alphabet);
    for (size_t j = 0; j < t->columns; j++) {
        struct bz_categories *c = &t->categories[j];
        if (!(c->names = bz_alloc(q, sizeof(char *), err)))
            return -1;
        for (; c->n < q; c->n++)
            if (!(c->names[c->n] = bz_strndup(&alphabet[c->n], 1, err)))
                return -1;
    }
    t->one_alphabet = true;
    return 0;
}

/* Moves the sequences' names, if each has one. */
static int take_names(struct train_table *t, struct alignment *a, struct bz_error *err)
{
    for (size_t i = 0; i < a->n; i++)
        if (!a->sequences[i].name[0])
            return 0;
    if (!(t->row_names = bz_alloc(a->n, sizeof(char *), err)))
        return -1;
    for (size_t i = 0; i < a->n; i++)
        t->row_names[i] = bz_take(&a->sequences[i].name);
    return 0;
}

/* Letters that are not states are reported with counts; without --missing infer they are errors. */
static int report_unknown(struct train_table *t, const size_t unknown[128], bool gaps, struct bz_error *err)
{
    char list[200] = "";
    size_t used = 0, all = 0;
    for (int c = 0; c < 128; c++)
        if (unknown[c] > 0 && used + 32 < sizeof(list)) {
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%c %zu", used ? ", " : "", c, unknown[c]);
            all += unknown[c];
        }
    if (all == 0)
        return 0;
    if (!gaps)
        return bz_fail(err, BZ_BAD_INPUT, "%s: %zu letters that are not states (%s): --missing infer treats them as unknown",
                       t->path, all, list);
    return train_table_say(t, err, "letters that are not states count as unknown: %s", list);
}

static int settle(struct train_table *t, struct alignment *a, bool stockholm, const struct train_table_options *o,
                  struct bz_error *err)
{
    const bool gaps = train_gaps_accepted(o->user);
    const char *alphabet;
    size_t unknown[128] = {0};
    if (a->n == 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: holds no sequence", t->path);
    if ((stockholm ? settle_stockholm(t, a, err) : settle_fasta(t, a, err)) < 0)
        return -1;
    if (a->sequences[0].length == 0)
        return bz_fail(err, BZ_BAD_INPUT, "%s: its sequences have no letters", t->path);
    if (choose_alphabet(&alphabet, t, a, o->columns, err) < 0 || fill(t, a, alphabet, unknown, err) < 0 ||
        name_states(t, alphabet, err) < 0 || report_unknown(t, unknown, gaps, err) < 0 || take_names(t, a, err) < 0)
        return -1;
    if (a->left_out > 0 &&
        train_table_say(t, err, "%zu records that are not sequences (structure, consensus) left out", a->left_out) < 0)
        return -1;
    return train_table_say(t, err, "%zu sequences of %zu positions, %zu states a position: %s", t->rows, t->columns,
                           strlen(alphabet), alphabet);
}

static int read_alignment(struct train_table *t, struct train_source *s, const struct train_table_options *o,
                          struct bz_error *err)
{
    struct alignment a = {.lines = {.path = s->path, .at = (const char *)s->data, .end = (const char *)s->data + s->size}};
    const bool stockholm = train_is_stockholm(s->data, s->size);
    if (!stockholm && !train_is_fasta(s->data, s->size))
        return bz_fail(
            err, BZ_BAD_INPUT,
            "%s: is an alignment in %s format, which is not read: convert it to aligned FASTA first (seqret, reformat.pl)",
            s->path, train_foreign_alignment(s->data, s->size));
    int rc = stockholm ? read_stockholm(&a, err) : read_fasta(&a, err);
    if (rc == 0)
        rc = settle(t, &a, stockholm, o, err);
    alignment_free(&a);
    return rc;
}

const struct train_format train_format_alignment = {"alignment", matches, read_alignment, false};
