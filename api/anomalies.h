/* How unusual rows are, judged by the free energies of other rows stored with the model. */
#ifndef API_ANOMALIES_H
#define API_ANOMALIES_H

#include "job.h"

#include "energy_scale.h"

struct api_anomalies {
    const struct bz_energy_scale *scale; /* for percentiles; NULL = the model has none, or not for such rows */
    double threshold;                    /* in nats: rows above are anomalies; NaN = none */
    bool given;                          /* it was given in the request, and then applies to rows with gaps too */
};

/* The anomaly settings of a call's rows; false if there is no threshold. */
bool api_anomalies_begin(const struct api_call *call, struct api_anomalies *out);

/* For a row with this free energy; NaN if a value is missing, since the model's scale is that of rows without gaps. The second
 * returns 1 or 0. */
double api_percentile(const struct api_anomalies *a, const struct api_call *call, size_t row, double free_energy);
double api_anomaly(const struct api_anomalies *a, const struct api_call *call, size_t row, double free_energy);

#endif
