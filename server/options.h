/* The daemon's options: one table gives flags, environment variables, file keys, bounds, defaults and help. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "option.h"

#include <stdatomic.h>

enum srv_control_mode { SRV_CONTROL_NONE, SRV_CONTROL_POLL, SRV_CONTROL_EXPLICIT };
enum srv_log_format { SRV_LOG_TEXT, SRV_LOG_JSON };
enum srv_log_level { SRV_LOG_ERROR, SRV_LOG_WARNING, SRV_LOG_INFO, SRV_LOG_DEBUG };
enum srv_metrics_detail { SRV_METRICS_BRIEF, SRV_METRICS_FULL };
enum srv_metrics_compat { SRV_METRICS_OWN, SRV_METRICS_TRITON };

/* Texts are never NULL; "" = not given. They live as long as the structure, whose copies share them. Atomic fields may change
 * while the daemon runs (rows that are `live`). */
struct srv_options {
    const char *config;
    const char *model_repository;
    const char *model_name;
    struct bz_list listen;
    struct bz_list ops_listen;
    int model_control; /* enum srv_control_mode */
    uint64_t poll_interval_ms;
    struct bz_list load_model;
    bool strict_models;
    bool allow_empty;
    bool verify_models;
    _Atomic uint64_t max_model_memory; /* bytes; 0 = no limit */
    uint64_t workers;                  /* 0 = as many as cores */
    uint64_t event_threads;            /* 0 = by the number of cores */
    const char *cpu;
    _Atomic uint64_t max_body; /* bytes */
    _Atomic uint64_t max_queue_rows;
    _Atomic double max_cost;
    _Atomic uint64_t max_connections;
    _Atomic uint64_t request_timeout_ms;
    _Atomic uint64_t idle_timeout_ms;
    _Atomic uint64_t header_timeout_ms;
    _Atomic uint64_t write_timeout_ms;
    _Atomic uint64_t half_close_grace_ms;
    _Atomic uint64_t max_body_memory;    /* bytes; 0 = by the memory that there is, as the next */
    _Atomic uint64_t max_reply_memory;   /* bytes */
    _Atomic uint64_t client_concurrency; /* 0 = off */
    struct bz_list trusted_proxy;
    _Atomic uint64_t drain_delay_ms;
    _Atomic uint64_t drain_timeout_ms;
    int log_format; /* enum srv_log_format */
    int log_level;  /* enum srv_log_level */
    const char *api_keys;
    const char *tls_cert;
    const char *tls_key;
    struct bz_list cors_origin;
    struct bz_list allowed_host;
    const char *url_prefix; /* "" or "/path" without a slash at the end */
    int metrics_compat;     /* enum srv_metrics_compat */
    int metrics_detail;     /* enum srv_metrics_detail */
    const char *web_dir;
    bool help, version, check_config, print_config, health_check, new_key;
    struct bz_options read; /* owns the texts */
};

enum srv_action {
    SRV_RUN,
    SRV_HELP,
    SRV_VERSION,
    SRV_CHECK_CONFIG,
    SRV_PRINT_CONFIG,
    SRV_HEALTH_CHECK,
    SRV_NEW_KEY,
};

enum { SRV_EXIT_FAILED = 1, SRV_EXIT_USAGE = 2, SRV_EXIT_CONFIG = 78 };

/* Reads defaults, the file of --config, the environment (entries "NAME=value", NULL at the end) and the flags, in ascending
 * precedence. Returns 0, or the exit status (SRV_EXIT_USAGE for a flag, SRV_EXIT_CONFIG for file, environment or a combination)
 * with *err set. *action is the requested action; --new-key leaves its two words in words[2] (borrowed from argv). In both
 * cases srv_options_free releases *options. */
int srv_options_read(struct srv_options *options, enum srv_action *action, const char *words[2], int argc, char **argv,
                     char *const *environment, struct bz_error *err);
/* SIGHUP: takes the `live` rows over from `fresh` and logs other rows that differ, which take effect at the next
 * start: 1 if there are any, 0, or -1. */
int srv_options_take(struct srv_options *now, const struct srv_options *fresh, struct bz_error *err);
void srv_options_free(struct srv_options *options);
/* Where --listen was given. */
enum bz_option_source srv_options_listen_source(const struct srv_options *options);

/* What `boltzd --help` prints. */
void srv_options_help(FILE *out);
/* Prints a configuration file that gives the same options. */
void srv_options_print(const struct srv_options *options, FILE *out);

#endif
