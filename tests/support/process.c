#include "process.h"

#include "wire.h"

#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM BIN_DIR "/boltzd"

bool process_missing(void)
{
    bool missing = access(PROGRAM, X_OK) != 0;
    if (missing)
        print_message("skipped: %s is not built\n", PROGRAM);
    return missing;
}

void process_spawn(struct process *p, const char *const *flags, const char *notify, int listen_fd)
{
    int ends[2];
    const char *argv[32] = {PROGRAM};
    size_t argc = 1;
    *p = (struct process){0};
    for (; flags[argc - 1]; argc++)
        argv[argc] = flags[argc - 1];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    p->pid = fork();
    if (p->pid == 0) {
        dup2(ends[1], 2);
        dup2(ends[1], 1);
        if (notify)
            setenv("NOTIFY_SOCKET", notify, 1);
        if (listen_fd >= 0) {
            char pid[32];
            if (listen_fd != 3)
                dup2(listen_fd, 3);
            snprintf(pid, sizeof(pid), "%d", (int)getpid());
            setenv("LISTEN_PID", pid, 1);
            setenv("LISTEN_FDS", "1", 1);
        }
        execv(PROGRAM, (char **)(uintptr_t)argv);
        _exit(127);
    }
    close(ends[1]);
    p->log = ends[0];
}

bool process_read_until(struct process *p, const char *text)
{
    for (;;) {
        if (strstr(p->text, text))
            return true;
        if (p->size > sizeof(p->text) / 2) { /* keep the end */
            memmove(p->text, p->text + p->size / 2, p->size - p->size / 2);
            p->size -= p->size / 2;
        }
        ssize_t n = read(p->log, p->text + p->size, sizeof(p->text) - 1 - p->size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p->size += (size_t)n;
        p->text[p->size] = 0;
    }
}

void process_start(struct process *p, const struct served *s, const char *const *more)
{
    const char *flags[32] = {
        "--model-repository", s->repository, "--listen",   "127.0.0.1:0",
        "--request-timeout",  "600s",        "--max-cost", "0"}; /* some tests are about work that does not end */
    size_t n = 8;
    for (; more && *more; more++)
        flags[n++] = *more;
    process_spawn(p, flags, NULL, -1);
    static const char words[] = "listening on http://127.0.0.1:";
    if (!process_read_until(p, words))
        fail_msg("it does not start: %s", p->text);
    p->port = (unsigned)atoi(strstr(p->text, words) + strlen(words));
    bool ready = false;
    for (int i = 0; i < 20000 && !ready; i++) {
        struct wire_reply r = wire_get(p->port, "/v2/health/ready");
        ready = r.status == 200;
        wire_free(&r);
        usleep(ready ? 0 : 5000);
    }
    assert_true(ready);
}

int process_join(struct process *p)
{
    int status;
    process_read_until(p, "\x01");
    close(p->log);
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
