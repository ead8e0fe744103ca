/* The service manager's protocol (sd_notify), without its library. Does nothing where NOTIFY_SOCKET is not set. */
#ifndef SYSTEMD_H
#define SYSTEMD_H

#include <stdint.h>

/* E.g. "READY=1", "STOPPING=1", "STATUS=...". Does not wait for a manager that does not read: then it is sent later. */
void srv_systemd_notify(const char *state);
/* Sends what could not be sent; to be called a few times a second. */
void srv_systemd_retry(void);
/* The watchdog's interval; 0 = none. */
uint64_t srv_systemd_watchdog_ns(void);
/* Tells the watchdog that we are alive, as often as required; to be called a few times a second. */
void srv_systemd_watchdog(void);

#endif
