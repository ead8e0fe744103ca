/* The service manager's protocol (sd_notify), without its library. Does nothing where NOTIFY_SOCKET is not set. */
#ifndef SYSTEMD_H
#define SYSTEMD_H

#include <stdint.h>

/* E.g. "READY=1", "STOPPING=1", "STATUS=...". */
void srv_systemd_notify(const char *state);
/* How often the watchdog wants to hear of us; 0 = not at all. */
uint64_t srv_systemd_watchdog_ns(void);
/* Tells the watchdog that we live, as often as it wants; call it a few times a second. */
void srv_systemd_watchdog(void);

#endif
