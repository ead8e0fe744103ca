/* Log Z from annealed runs that begin in several places.
 *
 * Runs from one base may all miss a region that holds most of the mass, and still agree with each other. So short chains look
 * for regions where no runs ended (modes.h), and further runs start at the centre of each. A run's weight is an unbiased
 * estimate of Z wherever it began; the part of it that ends in a region is one of that region's mass. The masses of disjoint
 * regions add up: each is taken from the runs that know it best, and the rest of the space from the runs of the first base. */
#ifndef BZ_REGIONS_H
#define BZ_REGIONS_H

#include "ais.h"

struct bz_regions {
    struct bz_ais_result ais;      /* log_z, stderr_ and ess are of the sum */
    size_t found;                  /* regions that runs from the first base hardly reach */
    double share;                  /* of Z that is in them */
    char warning[BZ_WARNING_ROOM]; /* why log_z is unreliable */
};

/* o as for bz_ais (o->ends is not looked at); rows: some complete rows of data, NULL = none. */
int bz_ais_regions(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *rows,
                   struct bz_regions *out, struct bz_error *err);

/* What samples of a machine lack: regions that have a larger share of Z than of the samples, by more than chance and the errors
 * of both allow. */
struct bz_unseen {
    size_t regions;
    double share, seen; /* of Z and of the samples that is in them, together */
};

/* o: of runs that tell Z, from the base that the samples' chains had, say. samples: visible layers. */
int bz_regions_unseen(const struct bz_machine *m, const struct bz_ais_options *o, const struct bz_state *samples,
                      struct bz_unseen *out, struct bz_error *err);

#endif
