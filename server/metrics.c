#include "metrics.h"

#include <pthread.h>
#include <string.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* attempts to add a series */

/* Methods are labels, so their number is bounded. */
static const char *method_label(const char *method)
{
    static const char *const known[] = {"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"};
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(known[i], method) == 0)
            return known[i];
    return "other";
}

static bool is_series(const struct srv_series *s, const char *route, const char *method, int status)
{
    return s->status == status && s->method == method && strcmp(atomic_load(&s->route), route) == 0;
}

static struct srv_series *find_series(struct srv_metrics *m, const char *route, const char *method, int status)
{
    /* Templates differ mostly in their last characters. */
    size_t length = strlen(route), hash = (size_t)status * 31 + (unsigned char)method[0];
    for (size_t i = length < 16 ? 0 : length - 16; i < length; i++)
        hash = hash * 31 + (unsigned char)route[i];
    for (size_t probe = 0; probe < SRV_MAX_SERIES; probe++) {
        struct srv_series *s = &m->series[(hash + probe) % SRV_MAX_SERIES];
        if (!atomic_load_explicit(&s->route, memory_order_acquire)) {
            pthread_mutex_lock(&lock);
            if (!atomic_load(&s->route)) {
                s->method = method;
                s->status = status;
                atomic_store_explicit(&s->route, route, memory_order_release);
            }
            pthread_mutex_unlock(&lock);
        }
        if (is_series(s, route, method, status))
            return s;
    }
    return NULL;
}

static struct srv_histogram *route_times(struct srv_metrics *m, const char *route)
{
    for (size_t i = 0; i < SRV_MAX_ROUTES; i++) {
        struct srv_route_times *t = &m->times[i];
        const char *found = atomic_load_explicit(&t->route, memory_order_acquire);
        if (!found && atomic_compare_exchange_strong(&t->route, &found, route))
            return &t->seconds;
        if (found == route || (found && strcmp(found, route) == 0))
            return &t->seconds;
    }
    return NULL;
}

void srv_metrics_request(struct srv_metrics *m, const char *route, const char *method, int status, uint64_t ns)
{
    struct srv_series *s = find_series(m, route, method_label(method), status);
    struct srv_histogram *h = route_times(m, route);
    if (s)
        srv_add(&s->count, 1);
    if (h)
        srv_observe(h, ns);
}
