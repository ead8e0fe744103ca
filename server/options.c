#include "options.h"
#include "log.h"

#include "clients.h"
#include "guard.h"

#include <string.h>

#define KIB       1024.0
#define MIB       (1024 * KIB)
#define HOUR_MS   36e5
#define AT(field) offsetof(struct srv_options, field)

static const struct bz_option rows[] = {
    {.name = "config",
     .type = BZ_OPTION_TEXT,
     .offset = AT(config),
     .initial = "",
     .argument = "FILE",
     .help = "read options from a file"},
    {.name = "model-repository",
     .type = BZ_OPTION_TEXT,
     .offset = AT(model_repository),
     .argument = "DIR",
     .initial = "",
     .help = "folder of models (<model>/<version>/model.safetensors), or one model folder"},
    {.name = "model-name",
     .type = BZ_OPTION_TEXT,
     .offset = AT(model_name),
     .argument = "NAME",
     .initial = "",
     .help = "name of the model where the repository is one model folder"},
    {.name = "listen",
     .type = BZ_OPTION_WORDS,
     .offset = AT(listen),
     .argument = "ADDRESS",
     .initial = "127.0.0.1:8080",
     .help = "HOST:PORT, [IPV6]:PORT, *:PORT or unix:PATH[,mode=0660][,group=NAME]"},
    {.name = "ops-listen",
     .type = BZ_OPTION_WORDS,
     .offset = AT(ops_listen),
     .argument = "ADDRESS",
     .help = "a second listener for /metrics and model control, which then leave the first"},
    {.name = "model-control",
     .type = BZ_OPTION_ENUM,
     .offset = AT(model_control),
     .initial = "none",
     .argument = "none|poll|explicit",
     .help = "when the repository is read again: on SIGHUP, each --poll-interval, or by request"},
    {.name = "poll-interval",
     .type = BZ_OPTION_DURATION,
     .offset = AT(poll_interval_ms),
     .least = 100,
     .most = HOUR_MS,
     .initial = "5s",
     .help = "time between two looks at the repository"},
    {.name = "load-model",
     .type = BZ_OPTION_WORDS,
     .offset = AT(load_model),
     .argument = "NAME",
     .help = "with explicit control: load only this one at start"},
    {.name = "strict-models",
     .type = BZ_OPTION_FLAG,
     .offset = AT(strict_models),
     .initial = "off",
     .help = "exit 1 if a model cannot be loaded at start"},
    {.name = "allow-empty",
     .type = BZ_OPTION_FLAG,
     .offset = AT(allow_empty),
     .initial = "off",
     .help = "be ready although no model is served"},
    {.name = "verify-models",
     .type = BZ_OPTION_FLAG,
     .offset = AT(verify_models),
     .initial = "off",
     .help = "refuse a model whose tensors do not have the digest that its record names; reads every file whole"},
    {.name = "max-model-memory",
     .live = true,
     .type = BZ_OPTION_BYTES,
     .offset = AT(max_model_memory),
     .most = (double)((uint64_t)1 << 62),
     .initial = "0",
     .help = "versions named in URLs leave for others, then loads are refused; 0 = 80 % of the cgroup's limit, if it has one"},
    {.name = "workers",
     .type = BZ_OPTION_SIZE,
     .offset = AT(workers),
     .most = 1024,
     .initial = "0",
     .help = "computing threads; 0 = the CPUs that affinity and cgroup quota leave"},
    {.name = "event-threads",
     .type = BZ_OPTION_SIZE,
     .offset = AT(event_threads),
     .most = 64,
     .initial = "0",
     .help = "threads that read and write sockets; 0 = by cores"},
    {.name = "cpu",
     .type = BZ_OPTION_CHOICE,
     .offset = AT(cpu),
     .initial = "auto",
     .argument = "auto|base|avx2|avx512",
     .help = "instruction set; the results are the same"},
    {.name = "max-body",
     .live = true,
     .type = BZ_OPTION_BYTES,
     .offset = AT(max_body),
     .least = KIB,
     .most = 64 * 1024 * MIB,
     .initial = "64MiB",
     .help = "largest request body"},
    {.name = "max-queue-rows",
     .live = true,
     .type = BZ_OPTION_SIZE,
     .offset = AT(max_queue_rows),
     .least = 1,
     .most = 1 << 30,
     .initial = "8192",
     .help = "rows that may wait for one model; beyond that requests get 503"},
    {.name = "max-cost",
     .live = true,
     .type = BZ_OPTION_REAL,
     .offset = AT(max_cost),
     .least = 0,
     .most = 1e300,
     .initial = "5e12",
     .help = "multiplications that one request may cost (rows x steps x weights, 1000 for each count drawn); 0 = no limit"},
    {.name = "max-connections",
     .live = true,
     .type = BZ_OPTION_SIZE,
     .offset = AT(max_connections),
     .least = 1,
     .most = 1 << 20,
     .initial = "8192",
     .help = "open connections; beyond that 503"},
    {.name = "request-timeout",
     .live = true,
     .type = BZ_OPTION_DURATION,
     .offset = AT(request_timeout_ms),
     .least = 10,
     .most = 24 * HOUR_MS,
     .initial = "60",
     .help = "time for a request from its last byte to the first of its reply"},
    {.name = "idle-timeout",
     .live = true,
     .type = BZ_OPTION_DURATION,
     .offset = AT(idle_timeout_ms),
     .least = 1000,
     .most = 24 * HOUR_MS,
     .initial = "130",
     .help = "time a connection may be silent; longer than a proxy in front keeps its own"},
    {.name = "header-timeout",
     .live = true,
     .type = BZ_OPTION_DURATION,
     .offset = AT(header_timeout_ms),
     .least = 100,
     .most = HOUR_MS,
     .initial = "10",
     .help = "time for a request's headers"},
    {.name = "write-timeout",
     .live = true,
     .type = BZ_OPTION_DURATION,
     .offset = AT(write_timeout_ms),
     .least = 100,
     .most = HOUR_MS,
     .initial = "30",
     .help = "time a client may take nothing of its reply; after it a whole reply must go at 1 KiB a second"},
    {.name = "half-close-grace",
     .live = true,
     .type = BZ_OPTION_DURATION,
     .offset = AT(half_close_grace_ms),
     .most = HOUR_MS,
     .initial = "10s",
     .help = "how long work goes on for a client that has closed its sending side"},
    {.name = "max-reply-memory",
     .live = true,
     .type = BZ_OPTION_BYTES,
     .offset = AT(max_reply_memory),
     .least = MIB,
     .most = (double)((uint64_t)1 << 62),
     .initial = "1GiB",
     .help = "replies that wait for their readers, all together; half of it for one client"},
    {.name = "client-concurrency",
     .live = true,
     .type = BZ_OPTION_SIZE,
     .offset = AT(client_concurrency),
     .most = 1 << 20,
     .initial = "0",
     .help = "requests that one client (key or address) may have in work; beyond that 429; 0 = off"},
    {.name = "trusted-proxy",
     .type = BZ_OPTION_WORDS,
     .offset = AT(trusted_proxy),
     .argument = "ADDRESS[/BITS]",
     .help = "proxy whose X-Forwarded-For tells the client's address; unix = whoever uses a unix socket"},
    {.name = "drain-delay",
     .live = true,
     .type = BZ_OPTION_DURATION,
     .offset = AT(drain_delay_ms),
     .most = HOUR_MS,
     .initial = "0",
     .help = "after SIGTERM: serve on for this long, not ready, so that balancers notice"},
    {.name = "drain-timeout",
     .live = true,
     .type = BZ_OPTION_DURATION,
     .offset = AT(drain_timeout_ms),
     .most = 24 * HOUR_MS,
     .initial = "25s",
     .help = "then: time to finish what is in hand; what remains gets 503"},
    {.name = "log-format",
     .live = true,
     .type = BZ_OPTION_ENUM,
     .offset = AT(log_format),
     .initial = "text",
     .argument = "text|json",
     .help = "form of the log on standard error"},
    {.name = "log-level",
     .live = true,
     .type = BZ_OPTION_ENUM,
     .offset = AT(log_level),
     .initial = "info",
     .argument = "error|warning|info|debug",
     .help = "least important line to write"},
    {.name = "api-keys",
     .type = BZ_OPTION_TEXT,
     .offset = AT(api_keys),
     .argument = "FILE",
     .initial = "",
     .help = "file of lines: name scope[,scope] sha256:hex (see --new-key)"},
    {.name = "tls-cert",
     .type = BZ_OPTION_TEXT,
     .offset = AT(tls_cert),
     .argument = "FILE",
     .initial = "",
     .help = "certificate chain (PEM file); needs --tls-key"},
    {.name = "tls-key",
     .type = BZ_OPTION_TEXT,
     .offset = AT(tls_key),
     .argument = "FILE",
     .initial = "",
     .help = "private key (PEM file)"},
    {.name = "cors-origin",
     .type = BZ_OPTION_WORDS,
     .offset = AT(cors_origin),
     .argument = "ORIGIN",
     .help = "web origin that may call this daemon, or *"},
    {.name = "allowed-host",
     .type = BZ_OPTION_WORDS,
     .offset = AT(allowed_host),
     .argument = "HOST",
     .help = "further name that Host may have on a loopback listener"},
    {.name = "url-prefix",
     .type = BZ_OPTION_TEXT,
     .offset = AT(url_prefix),
     .argument = "PATH",
     .initial = "",
     .help = "serve everything below this path"},
    {.name = "metrics-compat",
     .type = BZ_OPTION_ENUM,
     .offset = AT(metrics_compat),
     .initial = "none",
     .argument = "none|triton",
     .help = "add the counters that Triton's dashboards use"},
    {.name = "metrics-detail",
     .type = BZ_OPTION_ENUM,
     .offset = AT(metrics_detail),
     .initial = "brief",
     .argument = "brief|full",
     .help = "full: buckets for each model and operation, too"},
    {.name = "web-dir",
     .type = BZ_OPTION_TEXT,
     .offset = AT(web_dir),
     .argument = "DIR",
     .initial = "",
     .help = "web client from this folder, not the built-in one (development)"},
};

static const struct bz_option actions[] = {
    {.name = "help", .letter = 'h', .type = BZ_OPTION_FLAG, .offset = AT(help), .flag_only = true, .help = "this text"},
    {.name = "version",
     .letter = 'v',
     .type = BZ_OPTION_FLAG,
     .offset = AT(version),
     .flag_only = true,
     .help = "version, libraries, instruction set"},
    {.name = "check-config",
     .type = BZ_OPTION_FLAG,
     .offset = AT(check_config),
     .flag_only = true,
     .help = "read the configuration, say what is wrong with it, and exit"},
    {.name = "print-config",
     .type = BZ_OPTION_FLAG,
     .offset = AT(print_config),
     .flag_only = true,
     .help = "print the options in force as a configuration file"},
    {.name = "health-check",
     .type = BZ_OPTION_FLAG,
     .offset = AT(health_check),
     .flag_only = true,
     .help = "ask the running daemon whether it is ready; exit 0 or 1"},
    {.name = "new-key",
     .type = BZ_OPTION_FLAG,
     .offset = AT(new_key),
     .flag_only = true,
     .argument = "NAME SCOPE[,SCOPE]",
     .help = "print a new API key and its line for --api-keys"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct bz_option_group groups[] = {
    {"Options", rows, COUNT(rows), 0},
    {"Instead of serving", actions, COUNT(actions), 0},
};

static const struct bz_option_set set = {
    .program = "boltzd", .prefix = "BOLTZD_", .groups = groups, .n_groups = COUNT(groups), .last_counts = true};

/* Options that only together are right or wrong. */
static int check_together(const struct srv_options *o, struct bz_error *err)
{
    if (!*o->tls_cert != !*o->tls_key)
        return bz_fail(err, BZ_BAD_INPUT, "tls-cert and tls-key belong together: %s is missing",
                       *o->tls_cert ? "tls-key" : "tls-cert");
    if (*o->url_prefix && (o->url_prefix[0] != '/' || o->url_prefix[strlen(o->url_prefix) - 1] == '/'))
        return bz_fail(err, BZ_BAD_INPUT, "url-prefix = %.80s: expected a path such as /boltz, with no slash at its end",
                       o->url_prefix);
    if (o->load_model.n > 0 && o->model_control != SRV_CONTROL_EXPLICIT)
        return bz_fail(err, BZ_BAD_INPUT, "load-model needs model-control = explicit");
    for (size_t i = 0; i < o->cors_origin.n; i++)
        if (!srv_origin_is_valid(o->cors_origin.items[i]))
            return bz_fail(err, BZ_BAD_INPUT,
                           "cors-origin = %.80s: expected an origin as browsers send it, https://app.example.org or "
                           "http://localhost:3000, without a path or slash at its end, or *",
                           o->cors_origin.items[i]);
    for (size_t i = 0; i < o->trusted_proxy.n; i++)
        if (!srv_proxy_is_valid(o->trusted_proxy.items[i]))
            return bz_fail(err, BZ_BAD_INPUT, "trusted-proxy = %.80s: expected an address, ADDRESS/BITS or unix",
                           o->trusted_proxy.items[i]);
    return 0;
}

/* What was asked for, and the words that belong to it. */
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

bool srv_options_listen_given(const struct srv_options *options)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (strcmp(rows[i].name, "listen") == 0)
            return options->read.source[i] != BZ_OPTION_DEFAULT;
    return false;
}

struct change {
    struct srv_options *now;
    const struct srv_options *fresh;
};

static void take_change(void *arg, const struct bz_option *o, size_t offset)
{
    const struct change *change = arg;
    void *to = (char *)change->now + offset;
    const void *from = (const char *)change->fresh + offset;
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
    return bz_options_compare(&set, now, fresh, take_change, &(struct change){now, fresh}, err);
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
