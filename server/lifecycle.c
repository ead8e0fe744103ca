#include "lifecycle.h"

#include "log.h"
#include "stats.h"
#include "systemd.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { LOOK_MS = 20 }; /* while draining: how often to check whether all is done */

/* Time for refusing what the drain timeout cut off: an eighth of it, within these bounds. Whatever waits for the process to end
 * (docker stop: 10 s) allows little more than the timeout itself. */
#define MIN_GRACE_NS 200000000u
#define MAX_GRACE_NS 3000000000u

static void handled_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    sigaddset(set, SIGPIPE);
    sigaddset(set, SIGUSR1); /* schedulers and rotations of logs send these; they would end the process */
    sigaddset(set, SIGUSR2);
}

void srv_lifecycle_block_signals(void)
{
    sigset_t set;
    handled_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

void srv_lifecycle_unblock_signals(void)
{
    sigset_t set;
    handled_signals(&set);
    pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* The next signal within ms milliseconds (-1 = any time); 0 if there is none. */
static int next_signal(int fd, int ms)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    struct signalfd_siginfo info;
    if (poll(&p, 1, ms) <= 0 || read(fd, &info, sizeof(info)) != sizeof(info))
        return 0;
    return (int)info.ssi_signo;
}

static bool is_stop(int signal)
{
    return signal == SIGTERM || signal == SIGINT;
}

static void reload(struct srv_server *server, int (*reread)(void *arg, struct srv_options *fresh, struct bz_error *err),
                   void *arg)
{
    struct srv_options fresh = {0};
    struct bz_error err;
    char state[64];
    snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, srv_now() / 1000);
    srv_systemd_notify(state);
    srv_log(SRV_LOG_INFO, "SIGHUP: rereading keys, certificate, limits and repository");
    if (reread(arg, &fresh, &err) < 0) {
        srv_log(SRV_LOG_ERROR, "%s; the old configuration stays in force", err.msg);
        srv_server_reload(server, NULL);
    } else {
        srv_server_reload(server, &fresh);
    }
    srv_options_free(&fresh);
}

/* Waits until nothing is in flight, a time has passed, or a second signal arrives. 1: settled, 0: time is up, -1: signal. */
static int settle(struct srv_server *server, int fd, uint64_t until_ns)
{
    while (!srv_server_is_settled(server)) {
        if (is_stop(next_signal(fd, LOOK_MS)))
            return -1;
        if (srv_now() >= until_ns)
            return 0;
    }
    return 1;
}

static uint64_t grace_ns(const struct srv_options *o)
{
    const uint64_t eighth = o->drain_timeout_ms * 1000000 / 8;
    return eighth < MIN_GRACE_NS ? MIN_GRACE_NS : eighth > MAX_GRACE_NS ? MAX_GRACE_NS : eighth;
}

/* From the first signal to the end. */
static int drain(struct srv_server *server, const struct srv_options *o, int fd, int signal)
{
    uint64_t delay_ns = signal == SIGTERM ? o->drain_delay_ms * 1000000 : 0, start = srv_now();
    srv_log(SRV_LOG_INFO, "%s: draining", signal == SIGTERM ? "SIGTERM" : "SIGINT");
    srv_systemd_notify("STOPPING=1");
    srv_server_unready(server);
    for (uint64_t past; (past = srv_now() - start) < delay_ns;)
        if (is_stop(next_signal(fd, (int)((delay_ns - past) / 1000000) + 1)))
            goto fail;
    srv_server_close(server);
    int settled = settle(server, fd, srv_now() + o->drain_timeout_ms * 1000000);
    if (settled == 0) {
        srv_log(SRV_LOG_WARNING, "the drain timeout is over: remaining requests get 503");
        srv_server_cut_off(server);
        settled = settle(server, fd, srv_now() + grace_ns(o));
    }
    if (settled < 0)
        goto fail;
    if (settled)
        srv_log(SRV_LOG_INFO, "drained");
    else
        srv_log(SRV_LOG_WARNING, "closing connections whose clients have not read their replies, or not sent their requests");
    return 0;
fail:
    srv_log(SRV_LOG_WARNING, "second signal: exiting immediately");
    srv_log_flush();
    _exit(SRV_EXIT_FAILED);
}

int srv_lifecycle_open(struct bz_error *err)
{
    sigset_t set;
    handled_signals(&set);
    const int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? bz_fail(err, BZ_IO, "signals: %s", strerror(errno)) : fd;
}

int srv_lifecycle_run(struct srv_server *server, const struct srv_options *options, int signals,
                      int (*reread)(void *arg, struct srv_options *fresh, struct bz_error *err), void *arg)
{
    int signal = 0;
    bool loaded = false, reloading = false;
    while (!is_stop(signal)) {
        if (!loaded && (loaded = srv_server_is_loaded(server))) {
            if (options->strict_models && srv_server_wait_loaded(server) > 0) {
                srv_log(SRV_LOG_ERROR, "strict-models: not every model could be loaded");
                return SRV_EXIT_FAILED;
            }
            srv_systemd_notify("READY=1");
        }
        if (loaded && reloading && srv_server_is_reloaded(server)) {
            srv_systemd_notify("READY=1");
            reloading = false;
        }
        signal = next_signal(signals, loaded && !reloading ? -1 : LOOK_MS);
        if (signal == SIGHUP) {
            reload(server, reread, arg);
            reloading = true;
        } else if (signal == SIGUSR1 || signal == SIGUSR2) {
            srv_log(SRV_LOG_INFO, "SIGUSR%d: has no effect; SIGHUP rereads files, SIGTERM ends", signal == SIGUSR1 ? 1 : 2);
        }
    }
    return drain(server, options, signals, signal);
}
