/* boltzd: serves trained Boltzmann machines over HTTP. */
#include "coding.h"
#include "health.h"
#include "httpd.h"
#include "keys.h"
#include "lifecycle.h"
#include "log.h"
#include "systemd.h"
#include "tls.h"

#include "kernels.h"
#include "resources.h"
#include "standard_fds.h"

#include <errno.h>
#include <gnu/libc-version.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct command_line {
    int argc;
    char **argv;
};

static int complain(int status, const struct bz_error *err)
{
    fprintf(stderr, "boltzd: %s\n", err->msg);
    return status;
}

/* SIGHUP: the same flags and environment, and the present content of the file. */
static int reread(void *arg, struct srv_options *fresh, struct bz_error *err)
{
    const struct command_line *line = arg;
    enum srv_action action;
    const char *words[2];
    return srv_options_read(fresh, &action, words, line->argc, line->argv, environ, err) == 0 ? 0 : -1;
}

/* Clients' keys pass through memory that we cannot wipe; a core dump would preserve them. */
static void keep_secrets_out_of_cores(void)
{
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
}

/* Reports a failure to write what was printed. */
static int flush_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    fprintf(stderr, "boltzd: standard output cannot be written: %s\n", strerror(errno));
    return SRV_EXIT_FAILED;
}

/* 0, or the exit status: bad usage, or bad configuration if there is a file that could have named it. */
static int lacks_repository(const struct srv_options *options)
{
    if (*options->model_repository)
        return 0;
    fprintf(stderr, "boltzd: --model-repository is missing: the folder of models to serve (--help lists the options)\n");
    return *options->config ? SRV_EXIT_CONFIG : SRV_EXIT_USAGE;
}

static int check(const struct srv_options *options)
{
    struct bz_error err;
    int status = lacks_repository(options);
    if (status)
        return status;
    if (srv_server_check(options, &err) < 0)
        return complain(SRV_EXIT_CONFIG, &err);
    puts("the configuration is good");
    return flush_output();
}

static int serve(struct srv_options *options, struct command_line *line)
{
    struct srv_server *server = NULL;
    struct bz_error err;
    int status = lacks_repository(options);
    if (status)
        return status;
    if (*options->api_keys || *options->tls_key)
        keep_secrets_out_of_cores();
    const int signals = srv_lifecycle_open(&err); /* before clients are answered, who would lose what fails afterwards */
    if (signals < 0)
        return complain(SRV_EXIT_FAILED, &err);
    if (srv_server_new(&server, options, &status, &err) < 0) {
        close(signals);
        return complain(status, &err);
    }
    status = srv_lifecycle_run(server, options, signals, reread, line);
    srv_server_free(server);
    close(signals);
    return status;
}

static int print_version(void)
{
    printf("boltzd %s\nrevision %s\nlibmicrohttpd %s\nGnuTLS %s\nzlib %s\nglibc %s\nproducts: own kernels (no BLAS in "
           "serving)\ninstruction set: %s\n",
           BOLTZ_VERSION, BOLTZ_REVISION, srv_httpd_version(), srv_tls_version(), srv_coding_version(), gnu_get_libc_version(),
           bz_cpu()->name);
    return flush_output();
}

static int new_key(const char *const words[2])
{
    char key[64], line[256];
    struct bz_error err;
    if (srv_key_new(key, line, words[0], words[1], &err) < 0)
        return complain(SRV_EXIT_USAGE, &err);
    printf("key:  %s\nline: %s\n", key, line);
    return flush_output();
}

static int act(enum srv_action action, struct srv_options *options, const char *const words[2], struct command_line *line)
{
    struct bz_error err;
    switch (action) {
    case SRV_RUN:
        break;
    case SRV_HELP:
        srv_options_help(stdout);
        return flush_output();
    case SRV_VERSION:
        return print_version();
    case SRV_CHECK_CONFIG:
        return check(options);
    case SRV_PRINT_CONFIG:
        srv_options_print(options, stdout);
        return flush_output();
    case SRV_HEALTH_CHECK:
        return srv_health_check_running(options, &err) < 0 ? complain(SRV_EXIT_FAILED, &err) : 0;
    case SRV_NEW_KEY:
        return new_key(words);
    }
    return serve(options, line);
}

/* Large buffers go back to the system when freed. By default glibc keeps blocks of up to 32 MiB in every thread's arena once
 * one that large has been freed. */
static void keep_little_memory(void)
{
#ifdef __GLIBC__
    enum { LARGE = 512 * 1024 };
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, 2 * LARGE);
#endif
}

/* From here on signals wait until they are handled: the libraries' initialisation, which comes before main, takes 10 ms and
 * more. */
static void block_signals(int argc, char **argv, char **env)
{
    (void)argc;
    (void)argv;
    (void)env;
    srv_lifecycle_block_signals();
}
__attribute__((section(".preinit_array"), used)) static void (*const before_libraries)(int, char **, char **) = block_signals;

int main(int argc, char **argv)
{
    bz_hold_standard_fds();
    srv_lifecycle_block_signals(); /* where the linker knows no .preinit_array */
    signal(SIGXFSZ, SIG_IGN);      /* a log that may grow no more (ulimit -f) loses lines, not the daemon */
    keep_little_memory();
    bz_stack_ready();
    struct srv_options options;
    struct command_line line = {argc, argv};
    enum srv_action action = SRV_RUN;
    const char *words[2] = {"", ""};
    struct bz_error err;
    int status = srv_options_read(&options, &action, words, argc, argv, environ, &err);
    if (action != SRV_RUN)
        srv_lifecycle_unblock_signals(); /* so that Ctrl-C ends a health check */
    status = status ? complain(status, &err) : act(action, &options, words, &line);
    srv_options_free(&options);
    return status;
}
