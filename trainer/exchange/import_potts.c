/* Direct-coupling analysis in text: adabmDCA, CCMpred, GREMLIN. One softmax layer coupled to itself; p ~ exp(sum h + sum J),
 * each pair of sites counted once. */
#include "import.h"

#include "mem.h"
#include "text_lines.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_text(const struct import *im)
{
    return strcmp(im->b->form, "text") == 0 && im->b->source.size > 2;
}

static struct train_lines lines_of(const struct import *im)
{
    return (struct train_lines){.path = im->b->path,
                                .at = (const char *)bundle_bytes(im->b),
                                .end = (const char *)bundle_bytes(im->b) + im->b->source.size};
}

/* --- adabmDCA: lines J i j A B x and h i A x; Ising: J i j x and h i x --- */

static bool is_adabmdca(const struct import *im)
{
    if (!is_text(im))
        return false;
    struct train_lines l = lines_of(im);
    while (train_next_line(&l) && train_line_is_blank(&l))
        ;
    const size_t words = train_count_words(&l, 0);
    const char *word;
    size_t place = 0, length;
    if (!train_next_word(&l, &place, &word, &length) || length != 1)
        return false;
    return ((*word == 'J' || *word == 'j') && (words == 6 || words == 4)) ||
           ((*word == 'h' || *word == 'H') && (words == 4 || words == 3));
}

/* One line. state < 0 = the line has none (Ising). */
struct dca_line {
    bool coupling;
    size_t i, j;
    int a, b; /* letters, or numbers + 256 */
    double x;
};

static int read_site(const struct train_lines *l, size_t *place, size_t *out, struct bz_error *err)
{
    double x;
    if (train_next_number(l, place, &x) != 1 || !(x >= 0 && x < 1e6) || x != floor(x))
        return train_line_fail(l, err, "expected the number of a site");
    *out = (size_t)x;
    return 0;
}

static int read_state(const struct train_lines *l, size_t *place, int *out, struct bz_error *err)
{
    const char *word;
    size_t length;
    if (!train_next_word(l, place, &word, &length))
        return train_line_fail(l, err, "expected a state");
    if (*word >= '0' && *word <= '9' && length <= 4)
        *out = 256 + (int)strtol(word, NULL, 10);
    else if (length == 1)
        *out = (unsigned char)*word;
    else
        return train_line_fail(l, err, "state '%.*s', expected one letter or a number", (int)(length < 20 ? length : 20), word);
    return 0;
}

static int read_dca_line(const struct train_lines *l, struct dca_line *out, struct bz_error *err)
{
    const char *word;
    size_t place = 0, length;
    const size_t words = train_count_words(l, 0);
    train_next_word(l, &place, &word, &length);
    *out = (struct dca_line){.coupling = *word == 'J' || *word == 'j', .a = -1, .b = -1};
    if (length != 1 || !strchr("JjhH", *word) || (out->coupling ? words != 6 && words != 4 : words != 4 && words != 3))
        return train_line_fail(l, err, "expected J i j A B x or h i A x (without states for spins)");
    const bool states = out->coupling ? words == 6 : words == 4;
    if (read_site(l, &place, &out->i, err) < 0 || (out->coupling && read_site(l, &place, &out->j, err) < 0) ||
        (states && read_state(l, &place, &out->a, err) < 0) ||
        (states && out->coupling && read_state(l, &place, &out->b, err) < 0))
        return -1;
    if (train_next_number(l, &place, &out->x) != 1 || !isfinite(out->x))
        return train_line_fail(l, err, "expected a finite number at the end");
    if (out->coupling && out->i == out->j)
        return train_line_fail(l, err, "site %zu is coupled to itself", out->i);
    return 0;
}

/* What the lines tell about the whole. */
struct dca {
    size_t sites, q, lines;
    bool ising, numbers, up, down; /* pairs with i < j, with i > j */
    char letters[257];             /* in the order of the first h lines */
};

static int add_letter(struct dca *d, const struct train_lines *l, int state, bool field, struct bz_error *err)
{
    if (state >= 256) {
        d->numbers = true;
        d->q = (size_t)(state - 255) > d->q ? (size_t)(state - 255) : d->q;
        return 0;
    }
    if (strchr(d->letters, state))
        return 0;
    if (!field && d->q > 0)
        return 0; /* told by the h lines, which come last in what the program writes */
    if (d->q == 256)
        return train_line_fail(l, err, "more than 256 states");
    d->letters[d->q++] = (char)state;
    return 0;
}

/* Sites, and states that are numbers, are counted from 0: each of them is in some line. */
static int check_sites(struct import *im, const struct dca *d, struct bz_error *err)
{
    bool *seen = bz_alloc(d->sites, sizeof(bool), err), zero = false;
    struct train_lines l = lines_of(im);
    struct dca_line x;
    size_t site = 0;
    if (!seen)
        return -1;
    while (train_next_line(&l)) {
        if (train_line_is_blank(&l))
            continue;
        if (read_dca_line(&l, &x, err) < 0)
            goto fail;
        seen[x.i] = true;
        zero = zero || x.a == 256 || x.b == 256;
        if (x.coupling)
            seen[x.j] = true;
    }
    while (site < d->sites && seen[site])
        site++;
    if (site < d->sites || (d->numbers && !zero)) {
        bz_fail(err, BZ_BAD_INPUT, "%s: no line of %s %zu, expected sites and states counted from 0", im->b->path,
                site < d->sites ? "site" : "state", site < d->sites ? site : 0);
        goto fail;
    }
    bz_free(seen);
    return 0;
fail:
    bz_free(seen);
    return -1;
}

static int survey(struct import *im, struct dca *d, struct bz_error *err)
{
    for (int pass = 0; pass < 2; pass++) { /* letters by the h lines; where there are none, by the couplings */
        struct train_lines l = lines_of(im);
        struct dca_line x;
        while (train_next_line(&l)) {
            if (train_line_is_blank(&l))
                continue;
            if (read_dca_line(&l, &x, err) < 0)
                return -1;
            d->lines++;
            d->sites = x.i >= d->sites ? x.i + 1 : d->sites;
            d->sites = x.coupling && x.j >= d->sites ? x.j + 1 : d->sites;
            d->ising = d->ising || x.a < 0;
            d->up = d->up || (x.coupling && x.i < x.j);
            d->down = d->down || (x.coupling && x.i > x.j);
            if (x.a >= 0 && !x.coupling && add_letter(d, &l, x.a, true, err) < 0)
                return -1;
            if (x.a >= 0 && x.coupling && (x.a >= 256 || pass == 1) &&
                (add_letter(d, &l, x.a, false, err) < 0 || add_letter(d, &l, x.b, false, err) < 0))
                return -1;
            if ((x.a < 0) != d->ising)
                return train_line_fail(&l, err, "states in some lines and none in others");
        }
        if (d->q > 0 || d->ising)
            break;
    }
    if (d->sites > d->lines) /* each has its fields */
        return bz_fail(err, BZ_BAD_INPUT, "%s: names site %zu in a file of %zu lines, expected fields h for every site",
                       im->b->path, d->sites - 1, d->lines);
    if (check_sites(im, d, err) < 0)
        return -1;
    if (d->up && d->down)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: couplings are listed as i j and as j i: to adabmDCA's Python reader that is twice the coupling, to "
                       "the others once; leave i < j only",
                       im->b->path);
    if (d->numbers && d->letters[0])
        return bz_fail(err, BZ_BAD_INPUT, "%s: states are letters in some lines and numbers in others", im->b->path);
    return 0;
}

/* The value of an earlier line, if not 0, must be the same. */
static int check_again(const struct train_lines *l, float before, double x, struct bz_error *err)
{
    return before != 0 && before != (float)x
               ? train_line_fail(l, err, "%g, but an earlier line of the same sites and states has %g", x, (double)before)
               : 0;
}

static int make_ising(struct import *im, const struct dca *d, struct bz_error *err)
{
    const struct bz_layer_spec layer = {"visible", BZ_VISIBLE, BZ_SPIN, d->sites, 1, false};
    struct train_lines l = lines_of(im);
    struct dca_line x;
    if (bz_machine_new(&im->machine, "bm", &layer, 1, &(struct bz_coupling_spec){0, 0}, 1, err) < 0)
        return bz_fail_in(err, "%s", im->b->path);
    float *w = bz_machine_weight(im->machine, 0);
    while (train_next_line(&l)) {
        if (train_line_is_blank(&l))
            continue;
        if (read_dca_line(&l, &x, err) < 0)
            return -1;
        const float before = x.coupling ? w[x.i * d->sites + x.j] : bz_machine_bias(im->machine, 0)[x.i];
        if (check_again(&l, before, x.x, err) < 0)
            return -1;
        if (x.coupling)
            w[x.i * d->sites + x.j] = w[x.j * d->sites + x.i] = (float)x.x;
        else
            bz_machine_bias(im->machine, 0)[x.i] = (float)x.x;
    }
    return import_say(im, err, "spins of -1 and 1, though the program's data and samples are written as 0 and 1");
}

static int state_place(const struct train_lines *l, const struct dca *d, int state, size_t *out, struct bz_error *err)
{
    const char *found = state < 256 ? strchr(d->letters, state) : NULL;
    if (state < 256 && (!found || !state))
        return train_line_fail(l, err, "state '%c' is none of the letters %s of the fields", state, d->letters);
    if (state >= 256 && (!d->numbers || (size_t)(state - 256) >= d->q))
        return train_line_fail(l, err, "state %d, expected %s", state - 256,
                               d->numbers ? "one of those that the fields have" : "one of the letters of the fields");
    *out = found ? (size_t)(found - d->letters) : (size_t)(state - 256);
    return 0;
}

static const char *const numbered[] = {"-ACDEFGHIKLMNPQRSTVWY", NULL};

static int make_adabmdca(struct import *im, struct bz_error *err)
{
    struct dca d = {0};
    struct dca_line x;
    struct train_lines l = lines_of(im);
    if (survey(im, &d, err) < 0)
        return -1;
    if (d.ising)
        return make_ising(im, &d, err);
    if (d.q == 1)
        return import_refuse(im, err,
                             "has one state a site: what an Ising run writes as its zero-sum parameters, all zeros; take its "
                             "other file of parameters");
    const char *letters = d.numbers ? import_alphabet(im, d.q, numbered, err) : d.letters;
    if (!letters || import_potts_new(im, d.sites, d.q, letters, err) < 0)
        return -1;
    while (train_next_line(&l)) {
        size_t a = 0, b = 0;
        if (train_line_is_blank(&l))
            continue;
        if (read_dca_line(&l, &x, err) < 0 || state_place(&l, &d, x.a, &a, err) < 0 ||
            (x.coupling && state_place(&l, &d, x.b, &b, err) < 0))
            return -1;
        const size_t n = d.sites * d.q, one = x.i * d.q + a;
        if (check_again(&l,
                        x.coupling ? bz_machine_weight(im->machine, 0)[one * n + x.j * d.q + b]
                                   : bz_machine_bias(im->machine, 0)[one],
                        x.x, err) < 0)
            return -1;
        if (x.coupling)
            import_couple(im->machine, d.q, x.i, x.j, a, b, x.x);
        else
            bz_machine_bias(im->machine, 0)[x.i * d.q + a] = (float)x.x;
    }
    return import_say(im, err, "%zu sites of %zu states%s%s; each pair of sites once", d.sites, d.q,
                      d.numbers ? "" : ", letters ", d.numbers ? "" : d.letters);
}

const struct import_program import_adabmdca = {"adabmdca", "adabmDCA", is_adabmdca, make_adabmdca};

/* --- CCMpred: lines of 20 fields, then "# i j" and 21 x 21 --- */

static const char ccm_letters[] = "ARNDCQEGHILKMFPSTWYV-";

/* CCMgen's other form, MessagePack with the word ccm-1. */
static bool is_ccm_packed(const struct import *im)
{
    const size_t n = im->b->source.size;
    return strcmp(im->b->form, "bytes") == 0 && memmem(bundle_bytes(im->b), n < 400 ? n : 400, "ccm-1", 5);
}

static bool is_ccmpred(const struct import *im)
{
    if (is_ccm_packed(im))
        return true;
    struct train_lines l = is_text(im) ? lines_of(im) : (struct train_lines){0};
    size_t fields = 0;
    while (train_next_line(&l)) {
        if (train_line_is_blank(&l))
            continue;
        if (l.line[0] == '#')
            return fields > 0 && train_count_words(&l, 0) == 3;
        if (train_count_words(&l, 0) != 20)
            return false;
        fields++;
    }
    return false;
}

static int take_row(const struct train_lines *l, double *out, size_t n, struct bz_error *err)
{
    size_t place = 0;
    for (size_t k = 0; k < n; k++)
        if (train_next_number(l, &place, &out[k]) != 1 || !isfinite(out[k]))
            return train_line_fail(l, err, "expected %zu finite numbers", n);
    return train_count_words(l, place) ? train_line_fail(l, err, "more than %zu numbers", n) : 0;
}

static int read_ccm_pairs(struct import *im, struct train_lines *l, size_t sites, struct bz_error *err)
{
    double row[21];
    do {
        size_t i = 0, j = 0, place = 1;
        if (train_line_is_blank(l))
            continue;
        if (l->line[0] != '#')
            return train_line_fail(l, err, "expected '# i j'");
        if (l->length > 1 && l->line[1] == '>')
            break; /* CCMgen's #>META> */
        if (read_site(l, &place, &i, err) < 0 || read_site(l, &place, &j, err) < 0)
            return -1;
        if (i >= sites || j >= sites || i >= j)
            return train_line_fail(l, err, "sites %zu and %zu of %zu, expected the lower one first", i, j, sites);
        for (size_t a = 0; a < 21; a++) {
            if (!train_next_line(l))
                return train_line_fail(l, err, "ends within a pair of sites");
            if (take_row(l, row, 21, err) < 0)
                return -1;
            for (size_t b = 0; b < 21; b++)
                import_couple(im->machine, 21, i, j, a, b, row[b]);
        }
    } while (train_next_line(l));
    return 0;
}

static int make_ccmpred(struct import *im, struct bz_error *err)
{
    if (is_ccm_packed(im))
        return import_refuse(
            im, err, "is CCMgen's MessagePack form (ccm-1), which is not read: ccmpred --mat-raw-out FILE writes the raw one");
    struct train_lines l = lines_of(im);
    double row[20];
    size_t sites = 0;
    while (train_next_line(&l) && l.length > 0 && l.line[0] != '#')
        sites++;
    const char *letters = im->o->alphabet ? import_alphabet(im, 21, NULL, err) : ccm_letters;
    if (!letters || import_potts_new(im, sites, 21, letters, err) < 0)
        return -1;
    l = lines_of(im);
    for (size_t i = 0; i < sites; i++) {
        train_next_line(&l);
        if (take_row(&l, row, 20, err) < 0)
            return -1;
        for (size_t a = 0; a < 20; a++)
            bz_machine_bias(im->machine, 0)[i * 21 + a] = (float)row[a];
    }
    if (train_next_line(&l) && read_ccm_pairs(im, &l, sites, err) < 0)
        return -1;
    return import_say(im, err, "%zu sites, letters %s; the gap has the field 0 and couplings of its own", sites, letters);
}

const struct import_program import_ccmpred = {"ccmpred", "CCMpred", is_ccmpred, make_ccmpred};

/* --- GREMLIN: V[i] ..., W[i][j] ...; the numbers in brackets are columns of the alignment, of which gappy ones are left out
 * --- */

static bool is_gremlin(const struct import *im)
{
    return is_text(im) && strncmp((const char *)bundle_bytes(im->b), "V[", 2) == 0;
}

static int read_bracket(const struct train_lines *l, size_t *at, size_t *out, struct bz_error *err)
{
    size_t x = 0, k = *at;
    if (k >= l->length || l->line[k] != '[')
        return train_line_fail(l, err, "expected V[i] or W[i][j]");
    for (k++; k < l->length && l->line[k] >= '0' && l->line[k] <= '9' && x < 1000000; k++)
        x = x * 10 + (size_t)(l->line[k] - '0');
    if (k >= l->length || l->line[k] != ']')
        return train_line_fail(l, err, "expected a number in brackets");
    *out = x;
    *at = k + 1;
    return 0;
}

static long site_of(const size_t *columns, size_t sites, size_t column)
{
    for (size_t i = 0; i < sites; i++)
        if (columns[i] == column)
            return (long)i;
    return -1;
}

static int read_gremlin_line(struct import *im, const struct train_lines *l, const size_t *columns, size_t sites, size_t q,
                             double *row, struct bz_error *err)
{
    size_t at = 1, i, j = 0;
    const bool pair = l->line[0] == 'W';
    if ((!pair && l->line[0] != 'V') || read_bracket(l, &at, &i, err) < 0 || (pair && read_bracket(l, &at, &j, err) < 0))
        return pair || l->line[0] == 'V' ? -1 : train_line_fail(l, err, "expected V[i] or W[i][j]");
    const struct train_lines rest = {.path = l->path, .line = l->line + at, .length = l->length - at, .number = l->number};
    if (take_row(&rest, row, pair ? q * q : q, err) < 0)
        return -1;
    const long a = site_of(columns, sites, i), b = pair ? site_of(columns, sites, j) : 0;
    if (a < 0 || b < 0 || (pair && a == b))
        return train_line_fail(l, err, "columns that have no V line");
    for (size_t s = 0; !pair && s < q; s++)
        bz_machine_bias(im->machine, 0)[(size_t)a * q + s] = (float)row[s];
    const float *w = bz_machine_weight(im->machine, 0);
    for (size_t s = 0; pair && s < q * q; s++) {
        const size_t one = (size_t)a * q + s / q, other = (size_t)b * q + s % q;
        if (check_again(l, w[one * sites * q + other], row[s], err) < 0)
            return -1;
    }
    for (size_t s = 0; pair && s < q * q; s++)
        import_couple(im->machine, q, (size_t)a, (size_t)b, s / q, s % q, row[s]);
    return 0;
}

static const char *const gremlin_letters[] = {"ARNDCQEGHILKMFPSTWYV-", "AUCG-", "01-", NULL};

static int make_gremlin(struct import *im, struct bz_error *err)
{
    struct train_lines l = lines_of(im);
    size_t sites = 0, q = 0, *columns = NULL;
    double *row = NULL;
    while (train_next_line(&l))
        if (l.length > 2 && l.line[0] == 'V') {
            const size_t words = train_count_words(&l, 0);
            q = sites ? q : words ? words - 1 : 0;
            sites++;
        }
    const char *letters =
        q < 2 ? (train_line_fail(&l, err, "no line V[i] with fields"), NULL) : import_alphabet(im, q, gremlin_letters, err);
    int rc = letters ? import_potts_new(im, sites, q, letters, err) : -1;
    if (rc == 0 && (!(columns = bz_alloc(sites, sizeof(size_t), err)) || !(row = bz_alloc(q * q, sizeof(double), err))))
        rc = -1;
    l = lines_of(im);
    for (size_t i = 0; rc == 0 && i < sites && train_next_line(&l);)
        if (l.length > 2 && l.line[0] == 'V') {
            size_t at = 1;
            rc = read_bracket(&l, &at, &columns[i], err);
            if (rc == 0 && site_of(columns, i, columns[i]) >= 0)
                rc = train_line_fail(&l, err, "column %zu has a line before", columns[i]);
            i++;
        }
    l = lines_of(im);
    while (rc == 0 && train_next_line(&l))
        if (!train_line_is_blank(&l))
            rc = read_gremlin_line(im, &l, columns, sites, q, row, err);
    if (rc == 0)
        rc = import_say(im, err, "%zu sites%s%s; they are columns %zu to %zu of the alignment%s (from 0)", sites,
                        letters[0] ? ", letters " : "", letters, columns[0], columns[sites - 1],
                        columns[sites - 1] - columns[0] + 1 == sites ? "" : ", of which gappy ones are left out");
    bz_free(columns);
    bz_free(row);
    return rc;
}

const struct import_program import_gremlin = {"gremlin", "GREMLIN", is_gremlin, make_gremlin};
