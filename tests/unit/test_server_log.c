/* Lines of requests: gathered without a system call, written by whoever is woken for it, and by their own thread only if nobody
 * does. */
#include "log.h"

#include "test.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST = 1000000, MUCH = 64 * 1024, ROOM = 512 * 1024 };

static unsigned wakes;

static void count(void *arg)
{
    assert_ptr_equal(arg, &wakes);
    wakes++;
}

static off_t written(void)
{
    struct stat s;
    assert_int_equal(fstat(STDERR_FILENO, &s), 0);
    return s.st_size;
}

static void say(unsigned long rows)
{
    const struct srv_access a = {.request_id = "r",
                                 .client = "",
                                 .trace_id = "",
                                 .key = "",
                                 .method = "GET",
                                 .route = "/v2",
                                 .model = "",
                                 .code = "",
                                 .status = 200,
                                 .rows = FIRST + rows};
    srv_log_access(&a);
}

/* Each line once, in order; all of the same length. */
static void compare_lines(int fd, unsigned long n)
{
    char line[1024];
    unsigned long found = 0;
    FILE *file = fdopen(fd, "r");
    assert_non_null(file);
    rewind(file);
    while (fgets(line, sizeof(line), file)) {
        const char *at = strstr(line, " rows=");
        assert_non_null(at);
        assert_int_equal(strtoul(at + 6, NULL, 10), FIRST + found++);
    }
    fclose(file);
    assert_int_equal(found, n);
}

static void lines_are_gathered_until_somebody_writes_them(void **state)
{
    (void)state;
    const int before = dup(STDERR_FILENO), file = open("/tmp", O_TMPFILE | O_RDWR | O_APPEND, 0600);
    if (file < 0)
        skip();
    dup2(file, STDERR_FILENO);
    srv_log_wake(count, &wakes);
    say(0);
    srv_log_flush();
    const unsigned long line = (unsigned long)written();
    unsigned long n = 1;
    for (; n < MUCH / line; n++)
        say(n);
    assert_int_equal(wakes, 0);
    for (; n < 3 * MUCH / line; n++)
        say(n);
    assert_int_equal(wakes, 1);
    assert_int_equal(written(), line); /* it was left to others */
    srv_log_flush();
    assert_true((unsigned long)written() > (n - 1) * line);
    for (const unsigned long end = n + 2 * ROOM / line; n < end; n++)
        say(n);
    assert_true((unsigned long)written() > ROOM); /* nobody came */
    srv_log_flush();
    srv_log_wake(NULL, NULL);
    dup2(before, STDERR_FILENO);
    close(before);
    compare_lines(file, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines_are_gathered_until_somebody_writes_them)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
