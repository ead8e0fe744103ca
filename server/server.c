#include "server.h"

#include "assets.h"
#include "cgroup.h"
#include "httpd.h"
#include "listener.h"
#include "log.h"
#include "registry.h"
#include "systemd.h"
#include "tls.h"

#include "kernels.h"
#include "mem.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS 100000000u
/* How long a connection may be without a request while draining, and when time is up. */
#define LINGER_NS      2000000000u
#define LAST_LINGER_NS 200000000u

struct srv_server {
    struct api_host host; /* first: its functions get a pointer to it */
    struct srv_options *options;
    struct srv_metrics *metrics;
    struct srv_registry *registry;
    struct srv_queue *queue;
    struct srv_httpd *httpd;
    struct srv_listeners *listeners;
    atomic_bool draining;
    bool time_is_up; /* the drain timeout is over; used by the thread that ends the server */
    uint64_t started_epoch, drain_ns;
    pthread_t keeper;
    bool keeper_started;
    pthread_mutex_t lock; /* of stop */
    pthread_cond_t wake;
    bool stop;
};

static struct srv_server *server_of(struct api_host *host)
{
    return (struct srv_server *)(void *)host;
}

/* --- the api's host --- */

static enum api_acquired host_acquire(struct api_host *h, const char *name, const char *version, struct api_model **out,
                                      char reason[256])
{
    return srv_registry_acquire(server_of(h)->registry, name, version, out, reason);
}

static void host_release(struct api_host *h, struct api_model *model)
{
    (void)h;
    srv_version_release(srv_version_of(model));
}

static void host_retain(struct api_host *h, struct api_model *model)
{
    (void)h;
    srv_version_retain(srv_version_of(model));
}

static int host_make_ready(struct api_host *h, struct api_model *model, struct bz_error *err)
{
    (void)h;
    return srv_version_prepare(srv_version_of(model), err);
}

static bool host_list(struct api_host *h, const char *name, void (*each)(void *arg, const struct api_model_info *info),
                      void *arg)
{
    return srv_registry_list(server_of(h)->registry, name, each, arg);
}

static bool host_stats(struct api_host *h, const char *name, unsigned long version,
                       void (*each)(void *arg, const struct api_model_stats *stats), void *arg)
{
    return srv_registry_stats(server_of(h)->registry, name, version, each, arg);
}

static enum api_control host_load(struct api_host *h, const char *name, char reason[256])
{
    return srv_registry_load(server_of(h)->registry, name, reason);
}

static enum api_control host_unload(struct api_host *h, const char *name, char reason[256])
{
    return srv_registry_unload(server_of(h)->registry, name, reason);
}

static bool host_is_ready(struct api_host *h, char reason[256])
{
    struct srv_server *s = server_of(h);
    if (atomic_load(&s->draining)) {
        snprintf(reason, 256, "draining");
        return false;
    }
    return srv_registry_ready(s->registry, reason);
}

static unsigned host_retry_after(struct api_host *h)
{
    return srv_queue_retry_after(server_of(h)->queue);
}

/* --- pages --- */

static char *host_metrics(struct api_host *h, size_t *size)
{
    struct srv_server *s = server_of(h);
    char reason[256];
    struct api_buffer text = {0};
    struct srv_metrics_sources sources = {
        .metrics = s->metrics,
        .registry = s->registry,
        .queue = s->queue,
        .httpd = s->httpd,
        .ready = host_is_ready(&s->host, reason),
        .draining = atomic_load(&s->draining),
        .compat = (enum srv_metrics_compat)s->options->metrics_compat,
        .full = s->options->metrics_detail == SRV_METRICS_FULL,
        .started_epoch = s->started_epoch,
    };
    srv_metrics_text(&text, &sources);
    return api_buffer_take(&text, size);
}

static const char *page(void *arg, const char *path, size_t *size, const char **type, bool *owned)
{
    const struct srv_server *s = arg;
    return srv_asset(path, s->options->web_dir, size, type, owned);
}

/* While models are loaded for the first time, and after SIGTERM, new clients should go elsewhere. */
static bool welcome(void *arg, char reason[256])
{
    struct srv_server *s = arg;
    if (!atomic_load(&s->draining))
        return srv_registry_loaded(s->registry, reason);
    snprintf(reason, 256, "draining");
    return false;
}

/* --- starting --- */

static void model_retired(void *arg)
{
    struct srv_server *s = arg;
    if (s->queue)
        srv_queue_trim(s->queue);
}

static void wake_keeper(void *arg)
{
    struct srv_server *s = arg;
    pthread_cond_signal(&s->wake);
}

/* A few times a second: deadlines, slow clients, the log. */
static void *keep(void *arg)
{
    struct srv_server *s = arg;
    pthread_mutex_lock(&s->lock);
    while (!s->stop) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += TICK_NS;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        while (!s->stop && pthread_cond_timedwait(&s->wake, &s->lock, &until) == 0) {
            pthread_mutex_unlock(&s->lock); /* much has been logged */
            srv_log_flush();
            pthread_mutex_lock(&s->lock);
        }
        pthread_mutex_unlock(&s->lock);
        srv_httpd_tick(s->httpd);
        srv_queue_tick(s->queue);
        srv_log_flush();
        srv_systemd_retry();
        uint64_t patience = srv_systemd_watchdog_ns();
        if (patience && !srv_httpd_is_stuck(s->httpd, patience) && !srv_queue_is_stuck(s->queue, patience))
            srv_systemd_watchdog();
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void fill_host(struct srv_server *s)
{
    s->host = (struct api_host){
        .acquire = host_acquire,
        .release = host_release,
        .retain = host_retain,
        .make_ready = host_make_ready,
        .list = host_list,
        .stats = host_stats,
        .load = host_load,
        .unload = host_unload,
        .metrics = host_metrics,
        .is_ready = host_is_ready,
        .retry_after = host_retry_after,
        .max_body = s->options->max_body,
        .max_cost = s->options->max_cost,
        .max_queue_rows = s->options->max_queue_rows,
        .takes_pieces = true,
        .openapi_base = s->options->url_prefix,
    };
}

static int start_models(struct srv_server *s, struct bz_error *err)
{
    struct srv_registry_setup setup = {.options = s->options, .threads = srv_limits_cpus(), .retired = model_retired, .arg = s};
    return srv_registry_new(&s->registry, &setup, err);
}

static int start_queue(struct srv_server *s, struct bz_error *err)
{
    struct srv_queue_setup setup = {
        .workers = s->options->workers ? s->options->workers : srv_limits_cpus(),
        .max_rows = s->options->max_queue_rows,
        .max_bytes = s->options->max_body_memory,
        .host = &s->host,
        .hooks = &srv_httpd_hooks,
    };
    return srv_queue_new(&s->queue, &setup, err);
}

static int start_httpd(struct srv_server *s, struct bz_error *err)
{
    size_t n = srv_limits_cpus();
    struct srv_httpd_setup setup = {
        .options = s->options,
        .host = &s->host,
        .queue = s->queue,
        .metrics = s->metrics,
        .threads = s->options->event_threads ? s->options->event_threads
                   : n > 8                   ? 8
                                             : n,
        .cpus = n,
        .tls = *s->options->tls_cert,
        .welcome = welcome,
        .page = page,
        .arg = s,
    };
    return srv_httpd_new(&s->httpd, &setup, err);
}

/* Access: keys, and no openly reachable model control without them. */
static int start_keys(struct srv_server *s, struct bz_error *err)
{
    struct srv_keys *keys = NULL;
    const struct srv_options *o = s->options;
    if (*o->api_keys && srv_keys_read(&keys, o->api_keys, err) < 0)
        return -1;
    if (srv_listeners_guard(s->listeners, o, err) < 0) {
        srv_keys_free(keys);
        return -1;
    }
    srv_httpd_set_keys(s->httpd, keys);
    return 0;
}

int srv_server_new(struct srv_server **out, struct srv_options *options, int *status, struct bz_error *err)
{
    struct srv_server *s = bz_alloc(1, sizeof(*s), err);
    *status = SRV_EXIT_FAILED;
    if (!s)
        return -1;
    srv_log_configure((enum srv_log_format)options->log_format, (enum srv_log_level)options->log_level);
    srv_limits_apply(options);
    s->options = options;
    s->started_epoch = (uint64_t)time(NULL);
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_t steady; /* the time of day may be set back while the keeper waits */
    pthread_condattr_init(&steady);
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&s->wake, &steady);
    pthread_condattr_destroy(&steady);
    fill_host(s);
    if (!(s->metrics = bz_alloc(1, sizeof(*s->metrics), err)))
        goto fail;
    *status = SRV_EXIT_CONFIG;
    if (bz_cpu_select(options->cpu, err) < 0 || start_models(s, err) < 0)
        goto fail;
    *status = SRV_EXIT_FAILED;
    if (srv_listeners_new(&s->listeners, options, err) < 0) {
        *status = err->code == BZ_BAD_INPUT ? SRV_EXIT_CONFIG : SRV_EXIT_FAILED;
        goto fail;
    }
    if (start_queue(s, err) < 0)
        goto fail;
    *status = SRV_EXIT_CONFIG;
    if (start_httpd(s, err) < 0 || start_keys(s, err) < 0)
        goto fail;
    *status = SRV_EXIT_FAILED;
    if (srv_registry_start(s->registry, err) < 0)
        goto fail;
    if (pthread_create(&s->keeper, NULL, keep, s) != 0) {
        srv_limits_refuse(err, "cannot start the housekeeping thread");
        goto fail;
    }
    s->keeper_started = true;
    srv_log_wake(wake_keeper, s);
    pthread_setname_np(s->keeper, "keeper");
    if (srv_listeners_start(s->listeners, s->httpd, err) < 0) /* last: whoever is let in gets served */
        goto fail;
    for (size_t i = 0; srv_listeners_name(s->listeners, i); i++)
        srv_log(SRV_LOG_INFO, "listening on %s", srv_listeners_name(s->listeners, i));
    *status = 0;
    *out = s;
    return 0;
fail:
    if (err->code == BZ_NO_MEMORY) /* not a fault of the configuration */
        *status = SRV_EXIT_FAILED;
    srv_server_free(s);
    return -1;
}

/* Of what options name outside the program: whether a start would find it good. */
static int check_surroundings(const struct srv_options *options, struct bz_error *err)
{
    struct srv_catalog *catalog = NULL;
    struct srv_keys *keys = NULL;
    if (*options->api_keys && srv_keys_read(&keys, options->api_keys, err) < 0)
        return -1;
    srv_keys_free(keys);
    if (srv_catalog_scan(&catalog, options->model_repository, options->model_name, err) < 0)
        return -1;
    srv_catalog_free(catalog);
    if (*options->tls_cert && srv_tls_check(options->tls_cert, options->tls_key, err) < 0)
        return -1;
    return srv_listeners_check(options, err);
}

int srv_server_check(const struct srv_options *options, struct bz_error *err)
{
    return bz_cpu_select(options->cpu, err) < 0 ? -1 : check_surroundings(options, err);
}

/* --- running and stopping --- */

size_t srv_server_wait_loaded(struct srv_server *s)
{
    return srv_registry_wait(s->registry);
}

bool srv_server_is_loaded(struct srv_server *s)
{
    char reason[256];
    return srv_registry_loaded(s->registry, reason);
}

bool srv_server_is_ready(struct srv_server *s)
{
    char reason[256];
    return host_is_ready(&s->host, reason);
}

unsigned srv_server_port(const struct srv_server *s, bool ops)
{
    return srv_listeners_port(s->listeners, ops);
}

bool srv_server_is_reloaded(struct srv_server *s)
{
    return srv_registry_is_read(s->registry);
}

void srv_server_reload(struct srv_server *s, struct srv_options *fresh)
{
    struct bz_error err;
    bool good = fresh != NULL;
    if (fresh) {
        srv_limits_apply(fresh);
        const int waits = srv_options_take(s->options, fresh, &err);
        if (waits < 0 || (waits && check_surroundings(fresh, &err) < 0)) {
            srv_log(SRV_LOG_ERROR, "%s; %s", err.msg,
                    waits < 0 ? "the old configuration stays in force" : "the next start will refuse this");
            good = false;
        }
        srv_log_configure((enum srv_log_format)s->options->log_format, (enum srv_log_level)s->options->log_level);
        srv_queue_set_limits(s->queue, s->options->max_queue_rows, s->options->max_body_memory);
        atomic_store(&srv_registry_memory(s->registry)->limit, s->options->max_model_memory);
        s->host.max_body = s->options->max_body;
        s->host.max_cost = s->options->max_cost;
        s->host.max_queue_rows = s->options->max_queue_rows;
    }
    if (*s->options->api_keys) {
        struct srv_keys *keys = NULL;
        if (srv_keys_read(&keys, s->options->api_keys, &err) < 0) {
            srv_log(SRV_LOG_ERROR, "%s; the old keys stay in force", err.msg);
            good = false;
        } else {
            srv_httpd_set_keys(s->httpd, keys);
        }
    }
    if (*s->options->tls_cert && srv_httpd_reload_tls(s->httpd, &err) < 0) {
        srv_log(SRV_LOG_ERROR, "%s; the old certificate stays in force", err.msg);
        good = false;
    }
    srv_registry_reload(s->registry, good);
}

void srv_server_unready(struct srv_server *s)
{
    if (!atomic_exchange(&s->draining, true))
        s->drain_ns = srv_now();
    srv_httpd_drain(s->httpd);
}

void srv_server_close(struct srv_server *s)
{
    srv_listeners_stop(s->listeners);
}

bool srv_server_is_settled(struct srv_server *s)
{
    srv_httpd_close_idle(s->httpd, s->time_is_up ? LAST_LINGER_NS : LINGER_NS);
    if (s->time_is_up)
        srv_httpd_cut_bodies(s->httpd);
    return srv_httpd_requests(s->httpd) == 0 && srv_httpd_connections(s->httpd) == 0;
}

void srv_server_cut_off(struct srv_server *s)
{
    s->time_is_up = true;
    srv_registry_leave(s->registry);
    srv_queue_cut_off(s->queue);
}

/* No request may be suspended when the transport stops: cuts them off, waits (unless that was done), closes what does not end.
 */
static void end_requests(struct srv_server *s)
{
    const int patience = s->time_is_up ? 0 : 100;
    srv_queue_cut_off(s->queue);
    for (int i = 0; i < 1000 && srv_httpd_requests(s->httpd) > 0; i++) {
        if (i == patience)
            srv_httpd_close_all(s->httpd);
        srv_queue_tick(s->queue);
        usleep(10000);
    }
}

void srv_server_free(struct srv_server *s)
{
    if (!s)
        return;
    if (s->listeners)
        srv_listeners_stop(s->listeners);
    if (s->registry)
        srv_registry_leave(s->registry);
    if (s->httpd && s->queue)
        end_requests(s);
    if (s->keeper_started) {
        srv_log_wake(NULL, NULL);
        pthread_mutex_lock(&s->lock);
        s->stop = true;
        pthread_cond_signal(&s->wake);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->keeper, NULL);
    }
    srv_httpd_free(s->httpd);
    srv_queue_free(s->queue);
    s->queue = NULL;
    srv_registry_free(s->registry);
    srv_listeners_free(s->listeners);
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->wake);
    bz_free(s->metrics);
    bz_free(s);
    srv_log_flush();
}
