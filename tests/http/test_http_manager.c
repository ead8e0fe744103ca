/* The service manager's protocols: what it is told, and the sockets that it passes on. */
#include "process.h"
#include "wire.h"

#include "test.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void model(struct served *s)
{
    struct bz_machine *m = served_rbm(3, 2, 1);
    served_folder(s);
    served_publish(s, "tiny", 1, m);
    bz_machine_free(m);
}

/* The manager's end: a socket named in path[]. */
static int manager_open(const struct served *s, char path[160])
{
    struct sockaddr_un notify = {.sun_family = AF_UNIX};
    snprintf(path, 160, "%s/notify", s->folder);
    snprintf(notify.sun_path, sizeof(notify.sun_path), "%.100s", path);
    int manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(manager, (struct sockaddr *)&notify, sizeof(notify)), 0);
    return manager;
}

/* The next message other than `but`. */
static void expect_message(int manager, const char *wanted, const char *but)
{
    char message[256];
    do {
        const ssize_t n = recv(manager, message, sizeof(message) - 1, 0);
        assert_true(n > 0);
        message[n] = 0;
    } while (strcmp(message, but) == 0);
    if (strncmp(message, wanted, strlen(wanted)) != 0)
        fail_msg("%s, expected %s", message, wanted);
}

static void the_watchdog_is_fed(void **state)
{
    static struct served s;
    struct process p;
    char path[160], message[256];
    (void)state;
    model(&s);
    const int manager = manager_open(&s, path);
    setenv("WATCHDOG_USEC", "300000", 1);
    const char *const flags[] = {"--model-repository", s.repository, "--listen", "127.0.0.1:0", NULL};
    process_spawn(&p, flags, path, -1);
    unsetenv("WATCHDOG_USEC");
    for (int fed = 0; fed < 3;) {
        ssize_t n = recv(manager, message, sizeof(message) - 1, 0);
        assert_true(n > 0);
        message[n] = 0;
        fed += strcmp(message, "WATCHDOG=1") == 0;
    }
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    close(manager);
    served_remove(&s);
}

static void the_service_manager_is_told_and_its_socket_taken(void **state)
{
    static struct served s;
    struct process p;
    char path[160];
    (void)state;
    model(&s);
    const int manager = manager_open(&s, path);

    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    int held = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(held, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(held, 16), 0);
    getsockname(held, (struct sockaddr *)&address, &size);
    unsigned port = ntohs(address.sin_port);

    const char *const flags[] = {"--model-repository", s.repository, NULL};
    for (int round = 0; round < 2; round++) { /* the second daemon takes over the same socket: nothing was refused in between */
        process_spawn(&p, flags, path, held);
        expect_message(manager, "READY=1", "");
        struct wire_reply r = wire_get(port, "/v2/health/live");
        assert_int_equal(r.status, 200);
        wire_free(&r);
        kill(p.pid, SIGTERM);
        expect_message(manager, "STOPPING=1", "");
        int fd = wire_connect(port); /* accepted by nobody yet */
        assert_true(fd >= 0);
        assert_int_equal(process_join(&p), 0);
        close(fd);
    }
    close(held);
    close(manager);
    served_remove(&s);
}

/* A manager that is stopped, or busy, does not stop the daemon: it serves, ends, and says later what it had to say. */
static void a_manager_that_does_not_read_holds_nothing_up(void **state)
{
    static struct served s;
    struct process p;
    char path[160];
    (void)state;
    for (int late = 0; late < 2; late++) {
        model(&s);
        const int manager = manager_open(&s, path);
        const int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        struct sockaddr_un notify = {.sun_family = AF_UNIX};
        snprintf(notify.sun_path, sizeof(notify.sun_path), "%.100s", path);
        while (sendto(other, "X=1", 3, 0, (struct sockaddr *)&notify, sizeof(notify)) == 3)
            ;
        close(other);
        setenv("WATCHDOG_USEC", "300000", 1);
        const char *const flags[] = {"--model-repository", s.repository, "--listen", "127.0.0.1:0", NULL};
        process_spawn(&p, flags, path, -1);
        unsetenv("WATCHDOG_USEC");
        assert_true(process_read_until(&p, "version 1 in service"));
        usleep(300000); /* several turns of the watchdog */
        kill(p.pid, SIGHUP);
        assert_true(process_read_until(&p, "SIGHUP"));
        if (late) {
            for (char message[8] = "X=1"; strncmp(message, "X=1", 3) == 0;)
                assert_true(recv(manager, message, sizeof(message), MSG_PEEK) > 0 &&
                            (strncmp(message, "X=1", 3) != 0 || recv(manager, message, 3, 0) == 3));
            expect_message(manager, "READY=1", "WATCHDOG=1");
            expect_message(manager, "RELOADING=1\nMONOTONIC_USEC=", "WATCHDOG=1");
            expect_message(manager, "READY=1", "WATCHDOG=1");
        }
        kill(p.pid, SIGTERM);
        assert_int_equal(process_join(&p), 0);
        close(manager);
        served_remove(&s);
    }
}

int main(void)
{
    if (process_missing())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_watchdog_is_fed),
        cmocka_unit_test(the_service_manager_is_told_and_its_socket_taken),
        cmocka_unit_test(a_manager_that_does_not_read_holds_nothing_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
