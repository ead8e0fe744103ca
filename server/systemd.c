#include "systemd.h"

#include "stats.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* States that the manager's socket had no room for, oldest first. */
enum { MAX_WAITING = 8, STATE_ROOM = 80 };
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char waiting[MAX_WAITING][STATE_ROOM];
static size_t n_waiting;

/* Never waits: a manager that does not read would stop the daemon. false = there is no room now. */
static bool try_send(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(address.sun_path))
        return true;
    strcpy(address.sun_path, path);
    if (path[0] == '@') /* an abstract name */
        address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    const ssize_t n = sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&address, size);
    const bool later = n < 0 && (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM || errno == EINTR);
    close(fd);
    return !later;
}

/* With the lock held. */
static void send_waiting(void)
{
    size_t sent = 0;
    while (sent < n_waiting && try_send(waiting[sent]))
        sent++;
    n_waiting -= sent;
    memmove(waiting, waiting + sent, n_waiting * sizeof(*waiting));
}

void srv_systemd_notify(const char *state)
{
    pthread_mutex_lock(&lock);
    send_waiting();
    if (n_waiting || !try_send(state)) {
        if (n_waiting == MAX_WAITING) /* an old state says less than the new one */
            memmove(waiting, waiting + 1, --n_waiting * sizeof(*waiting));
        snprintf(waiting[n_waiting++], STATE_ROOM, "%s", state);
    }
    pthread_mutex_unlock(&lock);
}

void srv_systemd_retry(void)
{
    pthread_mutex_lock(&lock);
    send_waiting();
    pthread_mutex_unlock(&lock);
}

uint64_t srv_systemd_watchdog_ns(void)
{
    const char *text = getenv("WATCHDOG_USEC");
    return text ? strtoull(text, NULL, 10) * 1000 : 0;
}

void srv_systemd_watchdog(void)
{
    static uint64_t last_ns;
    uint64_t interval = srv_systemd_watchdog_ns(), now = srv_now();
    if (interval == 0 || now - last_ns < interval / 3)
        return;
    if (try_send("WATCHDOG=1")) /* else with the next call */
        last_ns = now;
}
