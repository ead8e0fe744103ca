/* Assertions are active in the builds that the tests run in. */
#include "check.h"
#include "test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void a_broken_assertion_ends_the_program(void **state)
{
    (void)state;
#ifndef BOLTZ_ASSERTS
    skip();
#endif
    const pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL);
        close(STDERR_FILENO);
        bz_assert(child != 0);
        _exit(0);
    }
    int status = 0;
    assert_true(child > 0 && waitpid(child, &status, 0) == child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_broken_assertion_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
