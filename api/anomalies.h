/* How strange rows are, by what the model knows of the free energies of others. */
#ifndef API_ANOMALIES_H
#define API_ANOMALIES_H

#include "job.h"

#include "energy_scale.h"

struct api_anomalies {
    const struct bz_energy_scale *scale; /* of percentiles; NULL = the model knows none, or not of such rows */
    double threshold;                    /* in nats: rows above are anomalies; NaN = none */
    bool given;                          /* it is the request's: then it holds for rows with gaps too */
};

/* The anomaly settings of a call's rows; false if there is no threshold. */
bool api_anomalies_begin(const struct api_call *call, struct api_anomalies *out);

/* Of a row with this free energy; NaN where it lacks a value, for the model's scale is that of rows without gaps. The second is
 * 1 or 0. */
double api_percentile(const struct api_anomalies *a, const struct api_call *call, size_t row, double free_energy);
double api_anomaly(const struct api_anomalies *a, const struct api_call *call, size_t row, double free_energy);

#endif
