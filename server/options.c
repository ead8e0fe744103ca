#include "options.h"

#include "mem.h"
#include "option_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KIB       1024u
#define MIB       (1024u * KIB)
#define HOUR_MS   (3600u * 1000u)
#define AT(field) offsetof(struct srv_options, field)

/* min and max: of numbers as stored (durations in milliseconds, sizes in bytes). */
static const struct srv_option table[] = {
    {"model-repository", SRV_STRING, AT(model_repository), 0, 0, "", NULL,
     "folder of models (<model>/<version>/model.safetensors), or one model folder"},
    {"model-name", SRV_STRING, AT(model_name), 0, 0, "", NULL, "name of the model where the repository is one model folder"},
    {"listen", SRV_LIST, AT(listen), 0, 0, "127.0.0.1:8080", NULL, "HOST:PORT, [IPV6]:PORT or unix:PATH; repeatable"},
    {"ops-listen", SRV_STRING, AT(ops_listen), 0, 0, "", NULL,
     "a second listener for /metrics and model control, which then leave the first"},
    {"model-control", SRV_CHOICE, AT(model_control), 0, 0, "none", "none|poll|explicit",
     "when the repository is read again: on SIGHUP, each --poll-interval, or by request"},
    {"poll-interval", SRV_DURATION, AT(poll_interval_ms), 100, HOUR_MS, "5s", NULL, "time between two looks at the repository"},
    {"load-model", SRV_LIST, AT(load_model), 0, 0, "", NULL, "with explicit control: load only this one at start; repeatable"},
    {"strict-models", SRV_FLAG, AT(strict_models), 0, 0, "false", NULL, "exit 1 if a model cannot be loaded at start"},
    {"allow-empty", SRV_FLAG, AT(allow_empty), 0, 0, "false", NULL, "be ready although no model is served"},
    {"max-model-memory", SRV_SIZE, AT(max_model_memory), 0, UINT64_MAX, "0", NULL, "refuse loads beyond this; 0 = no limit"},
    {"workers", SRV_COUNT, AT(workers), 0, 1024, "0", NULL, "computing threads; 0 = cores"},
    {"event-threads", SRV_COUNT, AT(event_threads), 0, 64, "0", NULL, "threads that read and write sockets; 0 = by cores"},
    {"cpu", SRV_STRING, AT(cpu), 0, 0, "auto", NULL, "instruction set: auto, base, avx2, avx512 (the results are the same)"},
    {"max-body", SRV_SIZE, AT(max_body), KIB, (uint64_t)64 * 1024 * MIB, "64MiB", NULL, "largest request body"},
    {"max-queue-rows", SRV_COUNT, AT(max_queue_rows), 1, 1u << 30, "8192", NULL,
     "rows that may wait for one model; beyond that requests get 503"},
    {"max-connections", SRV_COUNT, AT(max_connections), 1, 1u << 20, "8192", NULL, "open connections; beyond that 503"},
    {"request-timeout", SRV_DURATION, AT(request_timeout_ms), 10, 24 * HOUR_MS, "60", NULL,
     "time for a request from its last byte to the first of its reply"},
    {"idle-timeout", SRV_DURATION, AT(idle_timeout_ms), 1000, 24 * HOUR_MS, "75", NULL, "time a connection may be silent"},
    {"header-timeout", SRV_DURATION, AT(header_timeout_ms), 100, HOUR_MS, "10", NULL, "time for a request's headers"},
    {"drain-delay", SRV_DURATION, AT(drain_delay_ms), 0, HOUR_MS, "0", NULL,
     "after SIGTERM: serve on for this long, not ready, so that balancers notice"},
    {"drain-timeout", SRV_DURATION, AT(drain_timeout_ms), 0, 24 * HOUR_MS, "25s", NULL,
     "then: time to finish what is in hand; what remains gets 503"},
    {"log-format", SRV_CHOICE, AT(log_format), 0, 0, "text", "text|json", "form of the log on standard error"},
    {"log-level", SRV_CHOICE, AT(log_level), 0, 0, "info", "error|warning|info|debug", "least important line to write"},
    {"api-keys", SRV_STRING, AT(api_keys), 0, 0, "", NULL, "file of lines: name scope[,scope] sha256:hex (see --new-key)"},
    {"tls-cert", SRV_STRING, AT(tls_cert), 0, 0, "", NULL, "certificate chain (PEM file); needs --tls-key"},
    {"tls-key", SRV_STRING, AT(tls_key), 0, 0, "", NULL, "private key (PEM file)"},
    {"cors-origin", SRV_LIST, AT(cors_origin), 0, 0, "", NULL, "web origin that may call this daemon, or *; repeatable"},
    {"allowed-host", SRV_LIST, AT(allowed_host), 0, 0, "", NULL,
     "further name that Host may have on a loopback listener; repeatable"},
    {"url-prefix", SRV_STRING, AT(url_prefix), 0, 0, "", NULL, "serve everything below this path"},
    {"metrics-compat", SRV_CHOICE, AT(metrics_compat), 0, 0, "none", "none|triton",
     "add the counters that Triton's dashboards use"},
    {"web-dir", SRV_STRING, AT(web_dir), 0, 0, "", NULL, "web client from this folder, not the built-in one (development)"},
};
enum { N_OPTIONS = sizeof(table) / sizeof(table[0]) };

static const struct {
    const char *name;
    enum srv_action action;
    const char *help;
} actions[] = {
    {"help", SRV_HELP, "this text"},
    {"version", SRV_VERSION, "version, libraries, instruction set"},
    {"check-config", SRV_CHECK_CONFIG, "read the configuration, say what is wrong with it, and exit"},
    {"print-config", SRV_PRINT_CONFIG, "print the options in force as a configuration file"},
    {"health-check", SRV_HEALTH_CHECK, "ask the running daemon whether it is ready; exit 0 or 1"},
    {"new-key", SRV_NEW_KEY, "NAME SCOPE[,SCOPE]: print a new API key and its line for --api-keys"},
};
enum { N_ACTIONS = sizeof(actions) / sizeof(actions[0]) };

static const struct srv_option *find_option(const char *name, size_t length)
{
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0)
            return &table[i];
    return NULL;
}

/* "drain-delay" -> "BOLTZD_DRAIN_DELAY" */
static void environment_name(char out[64], const char *name)
{
    size_t n = (size_t)snprintf(out, 64, "BOLTZD_");
    for (; *name && n < 63; name++)
        out[n++] = *name == '-' ? '_' : (char)toupper((unsigned char)*name);
    out[n] = 0;
}

static const char *environment_value(char *const *environment, const char *name)
{
    size_t length = strlen(name);
    for (; environment && *environment; environment++)
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    return NULL;
}

/* Where each option's value came from: a list is started afresh by the first value from a stronger source. */
enum source { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_FLAG };

struct reading {
    struct srv_options *options;
    unsigned char source[N_OPTIONS];
};

static int set(struct reading *r, const struct srv_option *option, enum source source, const char *text, struct bz_error *err)
{
    unsigned char *before = &r->source[option - table];
    bool add = *before == source;
    *before = (unsigned char)source;
    return srv_option_set(option, r->options, text, add, err);
}

/* One line of a configuration file; line is changed. */
static int read_line(struct reading *r, char *line, struct bz_error *err)
{
    char *p = line + strspn(line, " \t");
    if (*p == '#' || *p == 0)
        return 0;
    size_t length = strcspn(p, " \t=");
    char *value = p + length + strspn(p + length, " \t");
    const struct srv_option *option = find_option(p, length);
    if (!option)
        return bz_fail(err, BZ_BAD_INPUT, "unknown key \"%.*s\"", (int)(length > 80 ? 80 : length), p);
    if (*value != '=')
        return bz_fail(err, BZ_BAD_INPUT, "%s: expected \"%s = value\"", option->name, option->name);
    value++;
    value += strspn(value, " \t");
    /* A comment ends a value where white space stands before the '#'. */
    for (char *c = value; *c; c++)
        if (*c == '#' && (c == value || c[-1] == ' ' || c[-1] == '\t')) {
            *c = 0;
            break;
        }
    size_t end = strlen(value);
    while (end > 0 && (value[end - 1] == ' ' || value[end - 1] == '\t'))
        value[--end] = 0;
    return set(r, option, FROM_FILE, value, err);
}

static int read_file(struct reading *r, const char *path, struct bz_error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return bz_fail(err, BZ_IO, "configuration file %s: %s", path, strerror(errno));
    char line[4096];
    int rc = 0;
    for (unsigned number = 1; rc == 0 && fgets(line, sizeof(line), file); number++) {
        size_t length = strlen(line);
        if (length == sizeof(line) - 1 && line[length - 1] != '\n')
            rc = bz_fail(err, BZ_TOO_LARGE, "line is longer than %zu bytes", sizeof(line) - 2);
        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            line[--length] = 0;
        if (rc == 0)
            rc = read_line(r, line, err);
        if (rc < 0)
            bz_fail_in(err, "%s:%u", path, number);
    }
    if (rc == 0 && ferror(file))
        rc = bz_fail(err, BZ_IO, "configuration file %s: %s", path, strerror(errno));
    fclose(file);
    return rc;
}

static int read_environment(struct reading *r, char *const *environment, struct bz_error *err)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        char name[64];
        environment_name(name, table[i].name);
        const char *value = environment_value(environment, name);
        if (value && set(r, &table[i], FROM_ENVIRONMENT, value, err) < 0)
            return bz_fail_in(err, "environment variable %s", name);
    }
    return 0;
}

/* A flag's own value ("--x=v") or the next word ("--x v"); NULL if there is none. */
static const char *flag_value(const char *inline_value, int *i, int argc, char **argv)
{
    if (inline_value)
        return inline_value;
    return *i + 1 < argc ? argv[++*i] : NULL;
}

static int take_action(const char *name, size_t length, enum srv_action *action, const char *words[2], int *i, int argc,
                       char **argv, struct bz_error *err)
{
    for (size_t a = 0; a < N_ACTIONS; a++) {
        if (strlen(actions[a].name) != length || memcmp(actions[a].name, name, length) != 0)
            continue;
        *action = actions[a].action;
        if (*action != SRV_NEW_KEY)
            return 0;
        if (*i + 2 >= argc)
            return bz_fail(err, BZ_BAD_INPUT, "--new-key wants two words: NAME SCOPE[,SCOPE]");
        words[0] = argv[++*i];
        words[1] = argv[++*i];
        return 0;
    }
    return bz_fail(err, BZ_BAD_INPUT, "unknown option --%.*s (--help lists them)", (int)(length > 80 ? 80 : length), name);
}

static int read_flags(struct reading *r, enum srv_action *action, const char *words[2], int argc, char **argv,
                      struct bz_error *err)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0)
            return bz_fail(err, BZ_BAD_INPUT, "unexpected word \"%.80s\" (--help lists the options)", argv[i]);
        const char *name = argv[i] + 2, *equals = strchr(name, '=');
        size_t length = equals ? (size_t)(equals - name) : strlen(name);
        if (length == 6 && memcmp(name, "config", 6) == 0) { /* read before */
            if (!flag_value(equals ? equals + 1 : NULL, &i, argc, argv))
                return bz_fail(err, BZ_BAD_INPUT, "--config wants a file");
            continue;
        }
        const struct srv_option *option = find_option(name, length);
        if (!option) {
            if (take_action(name, length, action, words, &i, argc, argv, err) < 0)
                return -1;
            continue;
        }
        const char *value = equals ? equals + 1 : NULL;
        if (option->type == SRV_FLAG)
            value = value ? value : "true";
        else if (!(value = flag_value(value, &i, argc, argv)))
            return bz_fail(err, BZ_BAD_INPUT, "--%s wants a value", option->name);
        if (set(r, option, FROM_FLAG, value, err) < 0)
            return bz_fail_in(err, "--%s", option->name);
    }
    return 0;
}

/* The configuration file, if flags or environment name one; the last flag wins. */
static const char *config_path(int argc, char **argv, char *const *environment)
{
    const char *path = environment_value(environment, "BOLTZD_CONFIG");
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--config=", 9) == 0)
            path = argv[i] + 9;
        else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            path = argv[++i];
    }
    return path && *path ? path : NULL;
}

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
    if (strcmp(o->cpu, "auto") && strcmp(o->cpu, "base") && strcmp(o->cpu, "avx2") && strcmp(o->cpu, "avx512"))
        return bz_fail(err, BZ_BAD_INPUT, "cpu = %.40s: expected auto, base, avx2 or avx512", o->cpu);
    return 0;
}

int srv_options_read(struct srv_options *options, enum srv_action *action, const char *words[2], int argc, char **argv,
                     char *const *environment, struct bz_error *err)
{
    struct reading r = {.options = options};
    *options = (struct srv_options){0};
    *action = SRV_RUN;
    for (size_t i = 0; i < N_OPTIONS; i++)
        if (srv_option_set(&table[i], options, table[i].standard, false, err) < 0)
            return SRV_EXIT_CONFIG;
    const char *path = config_path(argc, argv, environment);
    if (!(options->config = bz_strdup(path ? path : "", err)))
        return SRV_EXIT_FAILED;
    if (path && read_file(&r, path, err) < 0)
        return SRV_EXIT_CONFIG;
    if (read_environment(&r, environment, err) < 0)
        return SRV_EXIT_CONFIG;
    if (read_flags(&r, action, words, argc, argv, err) < 0)
        return SRV_EXIT_USAGE;
    return check_together(options, err) < 0 ? SRV_EXIT_CONFIG : 0;
}

void srv_options_free(struct srv_options *options)
{
    for (size_t i = 0; i < N_OPTIONS; i++)
        srv_option_clear(&table[i], options);
    bz_free(options->config);
    *options = (struct srv_options){0};
}

void srv_options_help(FILE *out)
{
    fprintf(out,
            "boltzd serves trained Boltzmann machines over HTTP.\n\n"
            "    boltzd --model-repository DIR [--listen 127.0.0.1:8080] [options]\n\n"
            "An option --some-name is also BOLTZD_SOME_NAME in the environment and `some-name = value` in the file of\n"
            "--config; a flag is stronger than the environment, that than the file. Durations: seconds, or with ms, s, m.\n"
            "Sizes: bytes, or with KiB, MiB, GiB.\n\n");
    fprintf(out, "  %-28s %s\n", "--config FILE", "read options from a file");
    for (size_t i = 0; i < N_OPTIONS; i++) {
        char left[64];
        snprintf(left, sizeof(left), "--%s%s%s", table[i].name, table[i].type == SRV_FLAG ? "" : " ",
                 srv_option_placeholder(&table[i]));
        fprintf(out, "  %-28s %s", left, table[i].help);
        fprintf(out, *table[i].standard && table[i].type != SRV_FLAG ? " [%s]\n" : "\n", table[i].standard);
    }
    fputc('\n', out);
    for (size_t i = 0; i < N_ACTIONS; i++)
        fprintf(out, "  --%-26s %s\n", actions[i].name, actions[i].help);
    fprintf(out, "\nExit status: 0 done, 1 failed at run time, 2 bad usage, 78 bad configuration.\n");
}

void srv_options_print(const struct srv_options *options, FILE *out)
{
    for (size_t i = 0; i < N_OPTIONS; i++) {
        fprintf(out, "# %s\n", table[i].help);
        srv_option_print(&table[i], options, out);
    }
}
