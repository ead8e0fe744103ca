/* The text of /metrics. */
#include "httpd.h"
#include "log.h"
#include "metrics.h"
#include "registry.h"

#include "kernels.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void family(struct api_buffer *b, const char *name, const char *type, const char *help)
{
    api_buffer_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void gauge(struct api_buffer *b, const char *name, const char *help, double value)
{
    family(b, name, "gauge", help);
    api_buffer_printf(b, "%s %.17g\n", name, value);
}

static void counter(struct api_buffer *b, const char *name, const char *help, double value)
{
    family(b, name, "counter", help);
    api_buffer_printf(b, "%s %.17g\n", name, value);
}

/* Buckets, sum and count of a histogram of times; labels without braces, not empty. buckets false: all in one. */
static void histogram(struct api_buffer *b, const char *name, const char *labels, const struct srv_histogram *h, bool buckets)
{
    uint64_t total = 0;
    for (size_t i = 0; i < SRV_TIME_BUCKETS; i++) {
        total += srv_get(&h->bucket[i]);
        if (buckets)
            api_buffer_printf(b, "%s_bucket{%s,le=\"%g\"} %" PRIu64 "\n", name, labels, (double)srv_time_bounds[i] / 1e9,
                              total);
    }
    total += srv_get(&h->bucket[SRV_TIME_BUCKETS]);
    api_buffer_printf(b, "%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n", name, labels, total);
    api_buffer_printf(b, "%s_sum{%s} %.9f\n%s_count{%s} %" PRIu64 "\n", name, labels, (double)srv_get(&h->sum_ns) / 1e9, name,
                      labels, total);
}

static void http(struct api_buffer *b, const struct srv_metrics_sources *s)
{
    static const char *const reasons[SRV_N_REJECTIONS] = {"overload",  "draining", "too_large", "auth", "quota",
                                                          "smuggling", "timeout",  "malformed", "host"};
    const struct srv_metrics *m = s->metrics;
    char labels[256];
    family(b, "boltzd_http_requests_total", "counter", "Requests by route, method and status.");
    for (size_t i = 0; i < SRV_MAX_SERIES; i++) {
        const struct srv_series *series = &m->series[i];
        const char *route = atomic_load_explicit((_Atomic(const char *) *)&series->route, memory_order_acquire);
        if (route)
            api_buffer_printf(b, "boltzd_http_requests_total{route=\"%s\",method=\"%s\",code=\"%d\"} %" PRIu64 "\n", route,
                              series->method, series->status, srv_get(&series->count));
    }
    family(b, "boltzd_http_request_duration_seconds", "histogram", "Time from a request's first line to the end of its reply.");
    for (size_t i = 0; i < SRV_MAX_ROUTES; i++) {
        const char *route = atomic_load_explicit((_Atomic(const char *) *)&m->times[i].route, memory_order_acquire);
        if (!route)
            break;
        snprintf(labels, sizeof(labels), "route=\"%s\"", route);
        histogram(b, "boltzd_http_request_duration_seconds", labels, &m->times[i].seconds, true);
    }
    gauge(b, "boltzd_http_requests_in_flight", "Requests being read, computed or answered.",
          (double)srv_httpd_requests(s->httpd));
    gauge(b, "boltzd_http_connections", "Open connections.", (double)srv_httpd_connections(s->httpd));
    counter(b, "boltzd_http_connections_total", "Connections accepted.", (double)srv_get(&m->connections_total));
    family(b, "boltzd_http_rejected_total", "counter", "Requests and connections refused, by reason.");
    for (size_t i = 0; i < SRV_N_REJECTIONS; i++)
        api_buffer_printf(b, "boltzd_http_rejected_total{reason=\"%s\"} %" PRIu64 "\n", reasons[i], srv_get(&m->rejected[i]));
    counter(b, "boltzd_http_received_bytes_total", "Bytes of request bodies.", (double)srv_get(&m->received_bytes));
    gauge(b, "boltzd_http_body_memory_bytes", "Bodies of more than 64 KiB being received, or waiting to be decoded.",
          (double)srv_httpd_held(s->httpd, SRV_FOR_BODIES));
    gauge(b, "boltzd_http_reply_memory_bytes", "Replies of 64 KiB and more waiting for their readers.",
          (double)srv_httpd_held(s->httpd, SRV_FOR_REPLIES));
    counter(b, "boltzd_http_sent_bytes_total", "Bytes of reply bodies.", (double)srv_get(&m->sent_bytes));
}

/* Written for each version, one metric family at a time. */
struct walk {
    struct api_buffer *b;
    const char *name;
    void (*task)(struct walk *w, const char *labels, const struct srv_task_stats *task);
    void (*version)(struct walk *w, const char *labels, struct srv_version *version);
    struct srv_queue *queue;
    bool full;
};

static void walk_version(struct walk *w, struct srv_version *v)
{
    char labels[320];
    snprintf(labels, sizeof(labels), "model=\"%s\",version=\"%lu\"", v->name, v->pub.version);
    w->version(w, labels, v);
}

static void walk_tally(struct walk *w, const char *model, const struct srv_tally *t)
{
    char labels[320];
    int n = snprintf(labels, sizeof(labels), "model=\"%s\",version=\"%lu\"", model, t->version);
    for (size_t i = 0; i < SRV_MAX_TASKS; i++) {
        const struct srv_task_stats *task = atomic_load((_Atomic(struct srv_task_stats *) *)&t->stats.task[i]);
        if (!task)
            break;
        snprintf(labels + n, sizeof(labels) - (size_t)n, ",task=\"%s\"", task->task);
        w->task(w, labels, task);
    }
}

static void put_outcomes(struct walk *w, const char *labels, const struct srv_task_stats *t)
{
    for (size_t i = 0; i < SRV_N_OUTCOMES; i++)
        if (w->full || srv_get(&t->outcome[i]))
            api_buffer_printf(w->b, "%s{%s,outcome=\"%s\"} %" PRIu64 "\n", w->name, labels, srv_outcome_names[i],
                              srv_get(&t->outcome[i]));
}

#define PUT_COUNT(NAME, FIELD)                                                                                                 \
    static void NAME(struct walk *w, const char *labels, const struct srv_task_stats *t)                                       \
    {                                                                                                                          \
        if (w->full || srv_get(&t->FIELD))                                                                                     \
            api_buffer_printf(w->b, "%s{%s} %" PRIu64 "\n", w->name, labels, srv_get(&t->FIELD));                              \
    }
#define PUT_TIMES(NAME, FIELD)                                                                                                 \
    static void NAME(struct walk *w, const char *labels, const struct srv_task_stats *t)                                       \
    {                                                                                                                          \
        if (w->full || srv_get(&t->FIELD.sum_ns))                                                                              \
            histogram(w->b, w->name, labels, &t->FIELD, w->full);                                                              \
    }
PUT_COUNT(put_rows, rows)
PUT_COUNT(put_batches, batches)
PUT_COUNT(put_steps, gibbs_steps)
PUT_COUNT(put_samples, samples)
PUT_TIMES(put_queue, queue)
PUT_TIMES(put_compute, compute)
PUT_TIMES(put_decode, decode)
PUT_TIMES(put_encode, encode)
PUT_TIMES(put_first_sample, first_sample)

static void put_batch_rows(struct walk *w, const char *labels, const struct srv_task_stats *t)
{
    uint64_t total = 0;
    for (size_t i = 0; i < SRV_ROW_BUCKETS; i++) {
        total += srv_get(&t->batch_rows[i]);
        if (w->full)
            api_buffer_printf(w->b, "%s_bucket{%s,le=\"%zu\"} %" PRIu64 "\n", w->name, labels, srv_row_bounds[i], total);
    }
    total += srv_get(&t->batch_rows[SRV_ROW_BUCKETS]);
    api_buffer_printf(w->b, "%s_bucket{%s,le=\"+Inf\"} %" PRIu64 "\n%s_sum{%s} %" PRIu64 "\n%s_count{%s} %" PRIu64 "\n",
                      w->name, labels, total, w->name, labels, srv_get(&t->batch_rows_sum), w->name, labels, total);
}

static void put_queue_rows(struct walk *w, const char *labels, struct srv_version *v)
{
    api_buffer_printf(w->b, "%s{%s} %zu\n", w->name, labels, srv_queue_lane_rows(w->queue, &v->lane));
}

static void put_queue_limit(struct walk *w, const char *labels, struct srv_version *v)
{
    (void)v;
    api_buffer_printf(w->b, "%s{%s} %zu\n", w->name, labels, srv_queue_max_rows(w->queue));
}

static void put_loaded(struct walk *w, const char *labels, struct srv_version *v)
{
    (void)v;
    api_buffer_printf(w->b, "%s{%s} 1\n", w->name, labels);
}

static void put_memory(struct walk *w, const char *labels, struct srv_version *v)
{
    api_buffer_printf(w->b, "%s{%s} %" PRIu64 "\n", w->name, labels, srv_version_bytes(v));
}

static void put_load_time(struct walk *w, const char *labels, struct srv_version *v)
{
    api_buffer_printf(w->b, "%s{%s} %.9f\n", w->name, labels, (double)srv_get(&v->load_ns) / 1e9);
}

static const struct {
    const char *name, *type, *help;
    void (*task)(struct walk *w, const char *labels, const struct srv_task_stats *task);
    void (*version)(struct walk *w, const char *labels, struct srv_version *version);
    bool detail; /* written only with metrics-detail = full */
} model_families[] = {
    {"boltzd_inference_requests_total", "counter", "Inference requests by outcome.", put_outcomes, NULL, false},
    {"boltzd_inference_rows_total", "counter", "Rows of successful requests.", put_rows, NULL, false},
    {"boltzd_inference_batches_total", "counter", "Batches computed.", put_batches, NULL, false},
    {"boltzd_inference_batch_rows", "histogram", "Rows per batch.", put_batch_rows, NULL, false},
    {"boltzd_inference_queue_rows", "gauge", "Rows waiting or being computed.", NULL, put_queue_rows, false},
    {"boltzd_inference_queue_limit_rows", "gauge", "Rows that may be in flight; beyond that, requests get 503.", NULL,
     put_queue_limit, false},
    {"boltzd_inference_queue_seconds", "histogram", "Time in the queue.", put_queue, NULL, false},
    {"boltzd_inference_compute_seconds", "histogram", "Computing time.", put_compute, NULL, false},
    {"boltzd_inference_decode_seconds", "histogram", "Time to read a request's body.", put_decode, NULL, true},
    {"boltzd_inference_encode_seconds", "histogram", "Time to write a reply's body.", put_encode, NULL, true},
    {"boltzd_first_sample_seconds", "histogram", "Time from a request for a stream to its first frame.", put_first_sample, NULL,
     false},
    {"boltzd_gibbs_steps_total", "counter", "Gibbs steps of all chains.", put_steps, NULL, false},
    {"boltzd_samples_total", "counter", "Samples drawn.", put_samples, NULL, false},
    {"boltzd_model_loaded", "gauge", "1 for each version in memory.", NULL, put_loaded, false},
    {"boltzd_model_memory_bytes", "gauge", "Memory of a version.", NULL, put_memory, false},
    {"boltzd_model_load_seconds", "gauge", "Time to load a version.", NULL, put_load_time, false},
};

/* Written for each model of the repository, whatever is in memory. */
struct standing_walk {
    struct api_buffer *b;
    const char *name;
    void (*put)(struct standing_walk *w, const struct srv_held_model *model);
};

static void put_loads(struct standing_walk *w, const struct srv_held_model *m)
{
    api_buffer_printf(w->b, "%s{model=\"%s\",outcome=\"ok\"} %" PRIu64 "\n", w->name, m->name, m->loads_ok);
    api_buffer_printf(w->b, "%s{model=\"%s\",outcome=\"error\"} %" PRIu64 "\n", w->name, m->name, m->loads_failed);
}

static void put_newest(struct standing_walk *w, const struct srv_held_model *m)
{
    api_buffer_printf(w->b, "%s{model=\"%s\"} %d\n", w->name, m->name, m->newest_served);
}

static void put_refused(struct standing_walk *w, const struct srv_held_model *m)
{
    for (size_t i = 0; i < m->n_refused; i++)
        api_buffer_printf(w->b, "%s{model=\"%s\",version=\"%lu\"} 1\n", w->name, m->name, m->refused[i]);
}

static const struct {
    const char *name, *type, *help;
    void (*put)(struct standing_walk *w, const struct srv_held_model *model);
} standing[] = {
    {"boltzd_model_loads_total", "counter", "Attempts to load a version, by outcome.", put_loads},
    {"boltzd_model_last_load_success", "gauge", "0 while the newest version of a model is not the one served.", put_newest},
    {"boltzd_model_version_refused", "gauge", "1 for each version that could not be loaded.", put_refused},
};

static void models(struct api_buffer *b, const struct srv_metrics_sources *s, const struct srv_held *held)
{
    for (size_t i = 0; i < sizeof(model_families) / sizeof(model_families[0]); i++) {
        struct walk w = {b, model_families[i].name, model_families[i].task, model_families[i].version, s->queue, s->full};
        family(b, w.name, model_families[i].type, model_families[i].help);
        for (size_t k = 0; w.version && k < held->n_versions; k++)
            walk_version(&w, held->versions[k]);
        const bool wanted = !w.version && (s->full || !model_families[i].detail);
        for (size_t k = 0; wanted && k < held->n_tallies; k++)
            walk_tally(&w, held->tallies[k].model, held->tallies[k].tally);
    }
    for (size_t i = 0; i < sizeof(standing) / sizeof(standing[0]); i++) {
        struct standing_walk w = {b, standing[i].name, standing[i].put};
        family(b, w.name, standing[i].type, standing[i].help);
        for (size_t k = 0; k < held->n_models; k++)
            w.put(&w, &held->models[k]);
    }
    const struct srv_registry_counts *c = srv_registry_counts(s->registry);
    gauge(b, "boltzd_config_last_reload_success",
          "1 if configuration and repository were valid when last read, and each model's newest version is served.",
          (double)srv_get(&c->last_reload_ok));
    gauge(b, "boltzd_config_last_reload_timestamp_seconds", "Time of that reading.", (double)srv_get(&c->last_reload_epoch));
}

/* Counters under the names that Triton's dashboards use. */
struct triton_walk {
    struct api_buffer *b;
    size_t which;
};
static const struct {
    const char *name;
    size_t field;
    unsigned divide;
} triton[] = {
    {"nv_inference_request_success", offsetof(struct srv_stats, success), 1},
    {"nv_inference_request_failure", offsetof(struct srv_stats, fail), 1},
    {"nv_inference_count", offsetof(struct srv_stats, rows), 1},
    {"nv_inference_exec_count", offsetof(struct srv_stats, batches), 1},
    {"nv_inference_request_duration_us", offsetof(struct srv_stats, success_ns), 1000},
    {"nv_inference_queue_duration_us", offsetof(struct srv_stats, queue_ns), 1000},
    {"nv_inference_compute_input_duration_us", offsetof(struct srv_stats, input_ns), 1000},
    {"nv_inference_compute_infer_duration_us", offsetof(struct srv_stats, infer_ns), 1000},
    {"nv_inference_compute_output_duration_us", offsetof(struct srv_stats, output_ns), 1000},
};

static void put_triton(const struct triton_walk *w, const char *model, const struct srv_tally *t)
{
    const srv_count *count = (const srv_count *)(const void *)((const char *)&t->stats + triton[w->which].field);
    api_buffer_printf(w->b, "%s{model=\"%s\",version=\"%lu\"} %" PRIu64 "\n", triton[w->which].name, model, t->version,
                      srv_get(count) / triton[w->which].divide);
}

/* Two numbers of /proc/self/statm and one of /proc/self/stat. */
static void process(struct api_buffer *b, const struct srv_metrics_sources *s)
{
    struct rusage usage;
    struct rlimit limit = {0};
    unsigned long virtual_pages = 0, resident_pages = 0;
    size_t fds = 0, threads = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%lu %lu", &virtual_pages, &resident_pages) != 2)
        virtual_pages = resident_pages = 0;
    if (file)
        fclose(file);
    static const char *const folders[] = {"/proc/self/fd", "/proc/self/task"};
    for (size_t i = 0; i < 2; i++) {
        DIR *dir = opendir(folders[i]);
        for (struct dirent *e; dir && (e = readdir(dir));)
            *(i == 0 ? &fds : &threads) += e->d_name[0] != '.';
        if (dir)
            closedir(dir);
    }
    getrusage(RUSAGE_SELF, &usage);
    getrlimit(RLIMIT_NOFILE, &limit);
    double page = (double)sysconf(_SC_PAGESIZE);
    counter(b, "process_cpu_seconds_total", "Processor time.",
            (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    if (resident_pages) /* otherwise there is no /proc */
        gauge(b, "process_resident_memory_bytes", "Resident memory.", (double)resident_pages * page);
    if (virtual_pages)
        gauge(b, "process_virtual_memory_bytes", "Address space.", (double)virtual_pages * page);
    if (fds)
        gauge(b, "process_open_fds", "Open descriptors.", (double)fds);
    gauge(b, "process_max_fds", "Limit of open descriptors.", (double)limit.rlim_cur);
    if (threads)
        gauge(b, "process_threads", "Threads.", (double)threads);
    gauge(b, "process_start_time_seconds", "When the process started.", (double)s->started_epoch);
}

void srv_metrics_text(struct api_buffer *b, const struct srv_metrics_sources *s)
{
    uint64_t busy_ns;
    struct srv_held held; /* once for all families: requests wait for the registry's lock */
    b->failed = !srv_registry_hold(s->registry, &held) || b->failed;
    family(b, "boltzd_build_info", "gauge", "Versions, as labels.");
    api_buffer_printf(
        b, "boltzd_build_info{version=\"%s\",revision=\"" BOLTZ_REVISION "\",blas=\"none\",mhd=\"%s\",simd=\"%s\"} 1\n",
        BOLTZ_VERSION, srv_httpd_version(), bz_cpu()->name);
    gauge(b, "boltzd_ready", "1 if the daemon is ready for requests.", s->ready);
    gauge(b, "boltzd_draining", "1 after SIGTERM.", s->draining);
    /* A name without a value where there is no TLS. */
    family(b, "boltzd_tls_certificate_expiry_timestamp_seconds", "gauge", "When the TLS certificate in force expires.");
    if (srv_httpd_tls_end(s->httpd))
        api_buffer_printf(b, "boltzd_tls_certificate_expiry_timestamp_seconds %lld\n", srv_httpd_tls_end(s->httpd));
    http(b, s);
    models(b, s, &held);
    size_t workers = srv_queue_workers(s->queue, &busy_ns);
    gauge(b, "boltzd_workers", "Computing threads.", (double)workers);
    counter(b, "boltzd_worker_busy_seconds_total", "Time that workers have spent computing.", (double)busy_ns / 1e9);
    /* This version has no cache of replies: names without values. */
    family(b, "boltzd_cache_hits_total", "counter", "Replies from a cache.");
    family(b, "boltzd_cache_misses_total", "counter", "Replies not found in a cache.");
    family(b, "boltzd_cache_evictions_total", "counter", "Replies evicted from a cache.");
    family(b, "boltzd_cache_bytes", "gauge", "Memory of a cache of replies.");
    family(b, "boltzd_log_messages_total", "counter", "Log lines by level.");
    for (int level = SRV_LOG_ERROR; level <= SRV_LOG_DEBUG; level++)
        api_buffer_printf(b, "boltzd_log_messages_total{level=\"%s\"} %" PRIu64 "\n",
                          srv_log_level_name((enum srv_log_level)level), srv_log_count((enum srv_log_level)level));
    process(b, s);
    for (size_t i = 0; s->compat == SRV_METRICS_TRITON && i < sizeof(triton) / sizeof(triton[0]); i++) {
        struct triton_walk w = {b, i};
        family(b, triton[i].name, "counter", "Under Triton's name.");
        for (size_t k = 0; k < held.n_tallies; k++)
            put_triton(&w, held.tallies[k].model, held.tallies[k].tally);
    }
    srv_registry_let_go(&held);
}
