#include "systemd.h"

#include "stats.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void srv_systemd_notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!path || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(address.sun_path))
        return;
    strcpy(address.sun_path, path);
    if (path[0] == '@') /* an abstract name */
        address.sun_path[0] = 0;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
    (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    close(fd);
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
    last_ns = now;
    srv_systemd_notify("WATCHDOG=1");
}
