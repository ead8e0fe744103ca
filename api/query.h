/* The query string and the pieces of a path. */
#ifndef API_QUERY_H
#define API_QUERY_H

#include "fault.h"

#include <stdbool.h>

/* Decodes %XX in place ('+' to a space too if `plus`). -1 for a broken escape or %00. */
int api_percent_decode(char *text, bool plus);

/* Calls each(arg, name, value) for every pair of the query, decoded. Stops at the first nonzero return value and returns it. A
 * broken escape is a fault. */
int api_query_each(const char *query, int (*each)(void *arg, const char *name, const char *value), void *arg,
                   struct api_fault *fault);

/* The first value of one name, decoded, into value[room]: 1 = found, 0 = absent (or too long to match), -1 = no memory. */
int api_query_find(const char *query, const char *name, char *value, size_t room);

/* A whole number or a finite real that is the entire text. */
int api_text_to_double(const char *text, double *value);

#endif
