/* plmc, EVcouplings: no magic; the sizes must add up to the length of the file. */
#include "import.h"

#include <string.h>

struct plmc {
    size_t sites, q, sequences;
    size_t letters, fields, couplings, end; /* places in the file */
};

static bool lay_out(const uint8_t *d, size_t n, struct plmc *p)
{
    int32_t head[5];
    if (n < 40 + 4)
        return false;
    memcpy(head, d, sizeof(head));
    if (head[0] < 1 || head[0] > 100000 || head[1] < 2 || head[1] > 64 || head[2] < 0 || head[3] < 0)
        return false;
    p->sites = (size_t)head[0];
    p->q = (size_t)head[1];
    p->sequences = (size_t)head[2] + (size_t)head[3];
    p->letters = 40;
    const size_t frequencies = p->letters + p->q + 4 * p->sequences + 5 * p->sites, fields = p->sites * p->q * 4,
                 pairs = p->sites * (p->sites - 1) / 2 * p->q * p->q * 4;
    p->fields = frequencies + fields;
    p->couplings = p->fields + fields + pairs;
    p->end = p->couplings + pairs;
    return p->end == n;
}

static bool is_plmc(const struct import *im)
{
    struct plmc p;
    return strcmp(im->b->form, "bytes") == 0 && lay_out(bundle_bytes(im->b), im->b->source.size, &p);
}

static float float_at(const uint8_t *p)
{
    float x;
    memcpy(&x, p, sizeof(x));
    return x;
}

static int make_plmc(struct import *im, struct bz_error *err)
{
    const uint8_t *d = bundle_bytes(im->b);
    struct plmc p;
    char letters[65];
    if (!lay_out(d, im->b->source.size, &p))
        return bz_fail(err, BZ_BAD_INPUT, "%s: its sizes do not add up to those of a plmc file", im->b->path);
    memcpy(letters, d + p.letters, p.q);
    letters[p.q] = 0;
    if (import_potts_new(im, p.sites, p.q, strlen(letters) == p.q ? letters : NULL, err) < 0)
        return -1;
    for (size_t i = 0; i < p.sites * p.q; i++)
        bz_machine_bias(im->machine, 0)[i] = float_at(d + p.fields + 4 * i);
    const uint8_t *at = d + p.couplings;
    for (size_t i = 0; i < p.sites; i++)
        for (size_t j = i + 1; j < p.sites; j++)
            for (size_t s = 0; s < p.q * p.q; s++, at += 4)
                import_couple(im->machine, p.q, i, j, s / p.q, s % p.q, (double)float_at(at));
    return import_say(im, err, "%zu sites, letters %s; the fields and couplings, not the frequencies before them", p.sites,
                      letters);
}

const struct import_program import_plmc = {"plmc", "plmc (EVcouplings)", is_plmc, make_plmc};
