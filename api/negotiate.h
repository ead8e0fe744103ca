/* Which format goes in and which comes out: Content-Type, Accept, format=. */
#ifndef API_NEGOTIATE_H
#define API_NEGOTIATE_H

#include "fault.h"
#include "params.h"

enum api_format { API_JSON, API_NPY, API_RAW, API_PNG, API_CSV, API_SSE, API_NDJSON, API_N_FORMATS };

const char *api_format_name(enum api_format format);       /* "json", "npy", ... */
const char *api_format_media_type(enum api_format format); /* "application/json", ... */

/* How a body that is read as JSON was announced. */
enum api_body_manner { API_BODY_SAYS_JSON = 1, API_BODY_IS_FORM = 2 };
#define API_BODY_TYPES "application/json, application/x-npy, application/octet-stream, image/png or text/csv"

/* The body's format by Content-Type: API_JSON, API_NPY, API_RAW, API_PNG or API_CSV; -1 and a fault (415) otherwise. NULL = no
 * header. *manner: a set of enum api_body_manner. */
int api_body_format(const char *content_type, unsigned *manner, struct api_fault *fault);

/* The reply's format: `wanted` (the query's format=, NULL if none) wins, else Accept by q, ties in the order of the header;
 * absent, malformed, any type or any text = the lowest bit of `offered` (a bit per format). -1 and a fault (406 listing what is
 * offered, 400 for an unknown name). */
int api_reply_format(const char *wanted, const char *accept, unsigned offered, struct api_fault *fault);

/* Refuses parameters that another format of reply has than this one: they would have no effect. */
int api_reply_fits(const struct api_params *par, enum api_format out, struct api_fault *fault);

#endif
