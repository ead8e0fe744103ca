#include "options.h"
#include "log.h"

#include "clients.h"
#include "guard.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KIB       1024.0
#define MIB       (1024 * KIB)
#define HOUR_MS   36e5
#define AT(field) offsetof(struct srv_options, field)

static const struct bz_option rows[] = {
    BZ_ROW(TEXT, "config", AT(config), .initial = "", .argument = "FILE", .help = "read options from a file"),
    BZ_ROW(TEXT, "model-repository", AT(model_repository), .initial = "", .argument = "DIR",
           .help = "folder of models (<model>/<version>/model.safetensors), or one model folder"),
    BZ_ROW(TEXT, "model-name", AT(model_name), .initial = "", .argument = "NAME",
           .help = "name of the model where the repository is one model folder"),
    BZ_ROW(WORDS, "listen", AT(listen), .initial = "127.0.0.1:8080", .argument = "ADDRESS",
           .help = "HOST:PORT, [IPV6]:PORT, *:PORT or unix:PATH[,mode=0660][,group=NAME]"),
    BZ_ROW(WORDS, "ops-listen", AT(ops_listen), .argument = "ADDRESS",
           .help = "a second listener for /metrics and model control; the first then no longer answers these"),
    BZ_ROW(ENUM, "model-control", AT(model_control), .initial = "none", .argument = "none|poll|explicit",
           .help =
               "when the repository is read again: on SIGHUP (none), every --poll-interval (poll), or on request (explicit)"),
    BZ_ROW(DURATION, "poll-interval", AT(poll_interval_ms), .least = 100, .most = HOUR_MS, .initial = "5s",
           .help = "how often the repository is read"),
    BZ_ROW(WORDS, "load-model", AT(load_model), .argument = "NAME",
           .help = "with explicit control: load only this model at start"),
    BZ_ROW(FLAG, "strict-models", AT(strict_models), .initial = "off", .help = "exit 1 if a model cannot be loaded at start"),
    BZ_ROW(FLAG, "allow-empty", AT(allow_empty), .initial = "off", .help = "report ready even if no model is served"),
    BZ_ROW(FLAG, "verify-models", AT(verify_models), .initial = "off",
           .help = "refuse a model whose tensors do not match the digest in its record; reads every file in full"),
    BZ_ROW(
        BYTES, "max-model-memory", AT(max_model_memory), .live = true, .most = (double)((uint64_t)1 << 62), .initial = "0",
        .help =
            "versions named in URLs leave for others, then loads are refused; 0 = 80 % of the cgroup's limit, if it has one"),
    BZ_ROW(SIZE, "workers", AT(workers), .most = 1024, .initial = "0",
           .help = "computing threads; 0 = as many CPUs as affinity and cgroup quota allow"),
    BZ_ROW(SIZE, "event-threads", AT(event_threads), .most = 64, .initial = "0",
           .help = "threads that read and write sockets; 0 = chosen by the number of cores"),
    BZ_ROW(CHOICE, "cpu", AT(cpu), .initial = "auto", .argument = "auto|base|avx2|avx512",
           .help = "instruction set; results do not depend on it"),
    BZ_ROW(BYTES, "max-body", AT(max_body), .live = true, .least = KIB, .most = 64 * 1024 * MIB, .initial = "64MiB",
           .help = "largest request body"),
    BZ_ROW(SIZE, "max-queue-rows", AT(max_queue_rows), .live = true, .least = 1, .most = 1 << 30, .initial = "8192",
           .help = "rows that may wait for one model; beyond this, 503"),
    BZ_ROW(REAL, "max-cost", AT(max_cost), .live = true, .least = 0, .most = 1e300, .initial = "5e12",
           .help =
               "multiplications a single request may cost (rows x steps x weights, plus 1000 per count drawn); 0 = no limit"),
    BZ_ROW(SIZE, "max-connections", AT(max_connections), .live = true, .least = 1, .most = 1 << 20, .initial = "8192",
           .help = "open connections; beyond this, 503"),
    BZ_ROW(DURATION, "request-timeout", AT(request_timeout_ms), .live = true, .least = 10, .most = 24 * HOUR_MS,
           .initial = "60", .help = "time from a request's last byte to the first byte of its reply"),
    BZ_ROW(DURATION, "idle-timeout", AT(idle_timeout_ms), .live = true, .least = 1000, .most = 24 * HOUR_MS, .initial = "130",
           .help = "how long a connection may be idle; keep it longer than the idle timeout of a proxy in front"),
    BZ_ROW(DURATION, "header-timeout", AT(header_timeout_ms), .live = true, .least = 100, .most = HOUR_MS, .initial = "10",
           .help = "time to receive a request's headers"),
    BZ_ROW(DURATION, "write-timeout", AT(write_timeout_ms), .live = true, .least = 100, .most = HOUR_MS, .initial = "30",
           .help = "how long a client may take nothing of its reply; after that the whole reply must flow at 1 KiB/s"),
    BZ_ROW(DURATION, "half-close-grace", AT(half_close_grace_ms), .live = true, .most = HOUR_MS, .initial = "10s",
           .help = "how long work continues for a client that has closed its sending side"),
    BZ_ROW(BYTES, "max-body-memory", AT(max_body_memory), .live = true, .most = (double)((uint64_t)1 << 62), .initial = "0",
           .help = "memory for the bodies of all requests being received; one client may hold half of it, or one body; "
                   "0 = 1 GiB, or a sixteenth of the memory that there is if that is less, but one max-body at least"),
    BZ_ROW(BYTES, "max-reply-memory", AT(max_reply_memory), .live = true, .most = (double)((uint64_t)1 << 62), .initial = "0",
           .help = "memory for all replies waiting for their readers; one client may hold half of it; 0 = as max-body-memory"),
    BZ_ROW(SIZE, "client-concurrency", AT(client_concurrency), .live = true, .most = 1 << 20, .initial = "0",
           .help = "requests one client (key or address) may have in flight; beyond this, 429; 0 = off"),
    BZ_ROW(WORDS, "trusted-proxy", AT(trusted_proxy), .argument = "ADDRESS[/BITS]",
           .help = "proxy whose X-Forwarded-For names the client; unix = any peer on a unix socket"),
    BZ_ROW(DURATION, "drain-delay", AT(drain_delay_ms), .live = true, .most = HOUR_MS, .initial = "0",
           .help = "after SIGTERM: keep serving this long while not ready, so that load balancers notice"),
    BZ_ROW(DURATION, "drain-timeout", AT(drain_timeout_ms), .live = true, .most = 24 * HOUR_MS, .initial = "25s",
           .help = "then: time to complete the requests in flight; the rest get 503"),
    BZ_ROW(ENUM, "log-format", AT(log_format), .live = true, .initial = "text", .argument = "text|json",
           .help = "format of the log on standard error"),
    BZ_ROW(ENUM, "log-level", AT(log_level), .live = true, .initial = "info", .argument = "error|warning|info|debug",
           .help = "least severe messages to log"),
    BZ_ROW(TEXT, "api-keys", AT(api_keys), .initial = "", .argument = "FILE",
           .help = "file of keys, one per line: name scope[,scope] sha256:hex (see --new-key)"),
    BZ_ROW(TEXT, "tls-cert", AT(tls_cert), .initial = "", .argument = "FILE",
           .help = "certificate chain (PEM file); needs --tls-key"),
    BZ_ROW(TEXT, "tls-key", AT(tls_key), .initial = "", .argument = "FILE", .help = "private key (PEM file)"),
    BZ_ROW(WORDS, "cors-origin", AT(cors_origin), .argument = "ORIGIN", .help = "web origin that may call this daemon, or *"),
    BZ_ROW(WORDS, "allowed-host", AT(allowed_host), .argument = "HOST",
           .help = "additional Host accepted on a loopback listener"),
    BZ_ROW(TEXT, "url-prefix", AT(url_prefix), .initial = "", .argument = "PATH", .help = "serve everything below this path"),
    BZ_ROW(ENUM, "metrics-compat", AT(metrics_compat), .initial = "none", .argument = "none|triton",
           .help = "also export the counters used by Triton dashboards"),
    BZ_ROW(ENUM, "metrics-detail", AT(metrics_detail), .initial = "brief", .argument = "brief|full",
           .help = "full = buckets for every model and operation as well"),
    BZ_ROW(TEXT, "web-dir", AT(web_dir), .initial = "", .argument = "DIR",
           .help = "serve the web client from this folder instead of the built-in one (development)"),
};

static const struct bz_option actions[] = {
    BZ_ROW(FLAG, "help", AT(help), .letter = 'h', .flag_only = true, .help = "this text"),
    BZ_ROW(FLAG, "version", AT(version), .letter = 'v', .flag_only = true, .help = "version, libraries, instruction set"),
    BZ_ROW(FLAG, "check-config", AT(check_config), .flag_only = true,
           .help = "check the configuration, report problems and exit"),
    BZ_ROW(FLAG, "print-config", AT(print_config), .flag_only = true,
           .help = "print the options in force as a configuration file"),
    BZ_ROW(FLAG, "health-check", AT(health_check), .flag_only = true,
           .help = "ask the running daemon whether it is ready; exit 0 or 1"),
    BZ_ROW(FLAG, "new-key", AT(new_key), .flag_only = true, .argument = "NAME SCOPE[,SCOPE]",
           .help = "print a new API key and its line for --api-keys"),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct bz_option_group groups[] = {
    {"Options", rows, COUNT(rows), 0},
    {"Instead of serving", actions, COUNT(actions), 0},
};

static const struct bz_option_set set = {
    .program = "boltzd", .prefix = "BOLTZD_", .groups = groups, .n_groups = COUNT(groups), .last_counts = true};

/* What a path in a URL may be of without being written otherwise (RFC 3986). */
#define PATH_SIGNS "/-._~!$&'()*+,;=:@0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* 0 is a choice of its own. */
static int check_memory(const struct srv_options *o, struct bz_error *err)
{
    if (o->max_body_memory && o->max_body_memory < o->max_body)
        return bz_fail(err, BZ_BAD_INPUT, "max-body-memory = %llu: expected 0, or at least max-body, which is %llu bytes",
                       (unsigned long long)o->max_body_memory, (unsigned long long)o->max_body);
    if (o->max_reply_memory && o->max_reply_memory < (uint64_t)MIB)
        return bz_fail(err, BZ_BAD_INPUT, "max-reply-memory = %llu: expected 0, or at least 1MiB",
                       (unsigned long long)o->max_reply_memory);
    return 0;
}

/* One that clients and proxies take away before they send a request: "", "." or ".." between slashes. */
static bool has_empty_segment(const char *path)
{
    for (const char *at = path; *at == '/';) {
        const size_t n = strcspn(++at, "/");
        if (n == 0 || (n <= 2 && strspn(at, ".") >= n))
            return true;
        at += n;
    }
    return false;
}

/* Options that only together, or only in part, are right. */
static int check_together(const struct srv_options *o, struct bz_error *err)
{
    if (check_memory(o, err) < 0)
        return -1;
    if (!*o->tls_cert != !*o->tls_key)
        return bz_fail(err, BZ_BAD_INPUT, "tls-cert and tls-key belong together: %s is missing",
                       *o->tls_cert ? "tls-key" : "tls-cert");
    if (*o->url_prefix && (o->url_prefix[0] != '/' || o->url_prefix[strlen(o->url_prefix) - 1] == '/' ||
                           o->url_prefix[strspn(o->url_prefix, PATH_SIGNS)] || has_empty_segment(o->url_prefix)))
        return bz_fail(err, BZ_BAD_INPUT,
                       "url-prefix = %.80s: expected a path such as /boltz, with no slash at its end and no \".\", \"..\" or "
                       "nothing between slashes, which clients take away",
                       o->url_prefix);
    struct stat st;
    if (*o->web_dir && (stat(o->web_dir, &st) < 0 || (S_ISDIR(st.st_mode) && access(o->web_dir, X_OK) < 0)))
        return bz_fail(err, BZ_BAD_INPUT, "web-dir = %.160s: %s", o->web_dir, strerror(errno));
    if (*o->web_dir && !S_ISDIR(st.st_mode))
        return bz_fail(err, BZ_BAD_INPUT, "web-dir = %.160s: %s", o->web_dir, strerror(ENOTDIR));
    for (size_t i = 0; i < o->allowed_host.n; i++) {
        const char *host = o->allowed_host.items[i], *fault = strchr(host, '*') ? "has a *" : srv_authority_fault(host);
        if (fault)
            return bz_fail(err, BZ_BAD_INPUT, "allowed-host = %.80s: it %s; expected a name or address such as models.internal",
                           host, fault);
    }
    if (o->load_model.n > 0 && o->model_control != SRV_CONTROL_EXPLICIT)
        return bz_fail(err, BZ_BAD_INPUT, "load-model needs model-control = explicit");
    for (size_t i = 0; i < o->cors_origin.n; i++)
        if (!srv_origin_is_valid(o->cors_origin.items[i]))
            return bz_fail(err, BZ_BAD_INPUT,
                           "cors-origin = %.80s: expected an origin as browsers send it, https://app.example.org or "
                           "http://localhost:3000, without the scheme's own port, a path or trailing slash, or * alone",
                           o->cors_origin.items[i]);
    for (size_t i = 0; i < o->trusted_proxy.n; i++)
        if (!srv_proxy_is_valid(o->trusted_proxy.items[i]))
            return bz_fail(err, BZ_BAD_INPUT, "trusted-proxy = %.80s: expected an address, ADDRESS/BITS or unix",
                           o->trusted_proxy.items[i]);
    return 0;
}

/* The requested action, and its words. */
static int take_action(const struct srv_options *o, enum srv_action *action, const char *const words[2], size_t n_words,
                       struct bz_error *err)
{
    *action = o->help           ? SRV_HELP
              : o->version      ? SRV_VERSION
              : o->check_config ? SRV_CHECK_CONFIG
              : o->print_config ? SRV_PRINT_CONFIG
              : o->health_check ? SRV_HEALTH_CHECK
              : o->new_key      ? SRV_NEW_KEY
                                : SRV_RUN;
    if (*action == SRV_NEW_KEY && n_words < 2)
        return bz_fail(err, BZ_BAD_USAGE, "--new-key: expected two words after it, NAME SCOPE[,SCOPE], found %zu", n_words);
    if (*action != SRV_NEW_KEY && n_words > 0)
        return bz_fail(err, BZ_BAD_USAGE, "unexpected argument '%.80s' (boltzd --help lists the options)", words[0]);
    return 0;
}

int srv_options_read(struct srv_options *options, enum srv_action *action, const char *words[2], int argc, char **argv,
                     char *const *environment, struct bz_error *err)
{
    struct bz_options *read = &options->read;
    size_t n_words = 0;
    *options = (struct srv_options){0};
    *action = SRV_RUN;
    if (bz_options_begin(read, &set, options, err) < 0)
        return SRV_EXIT_FAILED;
    if (bz_options_has_flag(argc, argv, "help", 'h') || (argc == 2 && strcmp(argv[1], "help") == 0)) {
        *action = SRV_HELP;
        return 0;
    }
    const char *path = bz_options_peek(&set, "config", argc, argv, environment);
    if (path && bz_options_file(read, path, err) < 0)
        return SRV_EXIT_CONFIG;
    if (bz_options_environment(read, environment, err) < 0)
        return SRV_EXIT_CONFIG;
    if (bz_options_command_line(read, argc, argv, words, 2, &n_words, err) < 0 ||
        take_action(options, action, words, n_words, err) < 0)
        return SRV_EXIT_USAGE;
    return check_together(options, err) < 0 ? SRV_EXIT_CONFIG : 0;
}

enum bz_option_source srv_options_listen_source(const struct srv_options *options)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].name, "listen") == 0)
            return (enum bz_option_source)options->read.source[i];
    return BZ_OPTION_DEFAULT;
}

struct change {
    struct srv_options *now;
    const struct srv_options *fresh;
    bool waits;
};

static void take_change(void *arg, const struct bz_option *o, size_t offset)
{
    struct change *change = arg;
    void *to = (char *)change->now + offset;
    const void *from = (const char *)change->fresh + offset;
    change->waits = change->waits || !o->live;
    if (!o->live)
        srv_log(SRV_LOG_WARNING, "%s: its new value takes effect at the next start", o->name);
    else if (o->type == BZ_OPTION_REAL)
        atomic_store((_Atomic double *)to, *(const double *)from);
    else if (o->type == BZ_OPTION_ENUM)
        *(int *)to = *(const int *)from;
    else
        atomic_store((_Atomic uint64_t *)to, *(const uint64_t *)from);
}

int srv_options_take(struct srv_options *now, const struct srv_options *fresh, struct bz_error *err)
{
    struct change change = {.now = now, .fresh = fresh};
    return bz_options_compare(&set, now, fresh, take_change, &change, err) < 0 ? -1 : change.waits;
}

void srv_options_free(struct srv_options *options)
{
    bz_options_free(&options->read);
    *options = (struct srv_options){0};
}

void srv_options_help(FILE *out)
{
    fputs("usage: boltzd --model-repository DIR [--listen 127.0.0.1:8080] [OPTIONS]\n\n"
          "Serves trained Boltzmann machines over HTTP. An option --some-name is also BOLTZD_SOME_NAME in the environment and\n"
          "`some-name = value` in the file of --config. Precedence: flag, environment, file. Durations: seconds, or with ms,\n"
          "s, m, h. Sizes: bytes, or with KiB, MiB, GiB (1024) or kB, MB, GB (1000).\n",
          out);
    bz_options_help(&set, out);
    fputs("\nExit status: 0 done, 1 failed at run time, 2 bad usage, 78 bad configuration.\n", out);
}

void srv_options_print(const struct srv_options *options, FILE *out)
{
    static const char *const except[] = {"config", NULL};
    bz_options_write(&set, options, except, true, out);
}
