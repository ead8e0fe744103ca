/* A reply has the same bytes whatever the processor's instruction set, the number of workers and the batch: the program runs
 * itself once for each level, as a daemon that answers the same requests, and compares. */
#include "oracle_machines.h"
#include "served.h"
#include "test.h"
#include "wire.h"

#include <stdio.h>
#include <string.h>

static const char *self;

static const struct {
    const char *target, *body;
} requests[] = {
    {"/v1/models/big/features", NULL},
    {"/v1/models/big/free-energy", NULL},
    {"/v1/models/big/reconstruct?steps=3", NULL},
    {"/v1/models/big/sample?count=5&steps=20&seed=3&temperature=1.3", ""},
    {"/v1/models/big/sample?count=3&steps=7&seed=3&type=mean&format=npy", ""},
    {"/v1/models/mixed/features", "{\"inputs\":{\"dots\":[[1,0,1]],\"real\":[[0.3,-1.25]],\"words\":[[2,0,1]]}}"},
    {"/v1/models/mixed/free-energy", "{\"inputs\":{\"dots\":[[1,null,1]],\"kind\":[[1,0,0,1]]}}"},
    {"/v1/models/mixed/reconstruct?type=state&seed=5&steps=4", "{\"inputs\":{\"dots\":[[1,0,1]],\"real\":[[0.3,null]]}}"},
    {"/v1/models/mixed/sample?seed=9&count=70&steps=15", "{\"counts\":{\"words\":6}}"},
    {"/v1/models/lateral/free-energy", "{\"inputs\":[[1,0,1,0],[0.5,1,0,0]]}"},
    {"/v1/models/lateral/sample?seed=1&count=33&steps=21", ""},
    {"/v1/models/gaussian/sample?seed=2&count=33&steps=21&temperature=0.7", ""},
};

/* Rows of 784 units, alternately binary and grey. */
static char *big_rows(void)
{
    char *body = malloc(80000), *to = body;
    const struct bz_key key = {.seed = 6};
    to += sprintf(to, "{\"inputs\":[");
    for (uint32_t r = 0; r < 7; r++)
        for (uint32_t i = 0; i < 784; i++) {
            const float u = bz_random_uniform(&key, r * 784 + i);
            to += sprintf(to, "%s%.3g%s", i ? "," : r ? ",[" : "[", r % 2 ? (double)u : u < 0.2f, i == 783 ? "]" : "");
        }
    strcpy(to, "]}");
    return body;
}

/* The reply for n rows or chains: their numbers, n times `each` bytes at the end of the body. */
static char *numbers_for(const struct served *s, const char *target, const float *rows, size_t n, size_t each)
{
    char path[128];
    snprintf(path, sizeof(path), target, n);
    struct wire_reply r = wire_call(s->port, "POST", path, rows ? "Content-Type: application/octet-stream\r\n" : NULL,
                                    rows ? (const void *)rows : "", rows ? n * 784 * sizeof(float) : 0);
    assert_int_equal(r.status, 200);
    assert_true(r.size >= n * each);
    char *copy = malloc(n * each);
    memcpy(copy, r.body + r.size - n * each, n * each);
    wire_free(&r);
    return copy;
}

/* The first rows are the same in batches of 1, 7 and 300, and the first chains in counts of 1, 7 and 300. The bytes of the
 * longest are printed, so that levels are compared on them too. */
static void print_batches(const struct served *s)
{
    static const struct {
        const char *target;
        bool rows;
        size_t each;
    } asked[] = {{"/v1/models/big/features?format=raw", true, 500 * sizeof(float)},
                 {"/v1/models/big/free-energy?format=npy", true, sizeof(double)},
                 {"/v1/models/big/reconstruct?format=raw", true, 784 * sizeof(float)},
                 {"/v1/models/big/reconstruct?format=raw&type=state&seed=8", true, 784 * sizeof(float)},
                 {"/v1/models/big/sample?format=raw&steps=6&seed=4&count=%zu", false, 784 * sizeof(float)}};
    static float rows[300 * 784];
    const struct bz_key key = {.seed = 12};
    for (uint32_t i = 0; i < 300 * 784; i++) {
        const float u = bz_random_uniform(&key, i);
        rows[i] = i / 784 % 3 ? (float)(u < 0.2f) : u;
    }
    for (size_t i = 0; i < sizeof(asked) / sizeof(*asked); i++) {
        const float *from = asked[i].rows ? rows : NULL;
        char *all = numbers_for(s, asked[i].target, from, 300, asked[i].each);
        for (size_t n = 1; n <= 7; n += 6) {
            char *some = numbers_for(s, asked[i].target, from, n, asked[i].each);
            if (memcmp(some, all, n * asked[i].each) != 0)
                printf("%s: the first %zu of 300 are not those of %zu alone: MISMATCH\n", asked[i].target, n, n);
            free(some);
        }
        printf("%s: 300\n", asked[i].target);
        fwrite(all, 1, 300 * asked[i].each, stdout);
        putchar('\n');
        free(all);
    }
}

/* One daemon, all requests; heads and bodies go to standard output. */
static int answer_all(const char *level, const char *workers)
{
    const char *flags[] = {"--cpu", level, "--workers", workers, NULL};
    static struct served s;
    char *rows = big_rows();
    struct bz_machine *m[] = {served_rbm(784, 500, 1), oracle_mixed(), oracle_lateral(true), oracle_gaussian(true)};
    static const char *const names[] = {"big", "mixed", "lateral", "gaussian"};
    served_folder(&s);
    for (size_t i = 0; i < 4; i++) {
        served_publish(&s, names[i], 1, m[i]);
        bz_machine_free(m[i]);
    }
    served_start(&s, flags);
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++) {
        struct wire_reply r = wire_post(s.port, requests[i].target, requests[i].body ? requests[i].body : rows);
        printf("%s: %d, %zu bytes\n", requests[i].target, r.status, r.size);
        fwrite(r.body, 1, r.size, stdout);
        putchar('\n');
        wire_free(&r);
    }
    print_batches(&s);
    served_stop(&s);
    free(rows);
    return 0;
}

/* The output of a run of this program; NULL if the processor lacks the level. */
static char *run(const char *environment, const char *level, int workers, size_t *size)
{
    char command[600], *out = malloc(1 << 24);
    snprintf(command, sizeof(command), "%s '%s' %s %d", environment, self, level, workers);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    *size = fread(out, 1, 1 << 24, pipe);
    if (pclose(pipe) == 0)
        return out;
    free(out);
    return NULL;
}

static void every_level_gives_the_same_bytes(void **state)
{
    static const struct {
        const char *environment, *level;
        int workers;
    } runs[] = {{"", "auto", 3},
                {"", "avx512", 2},
                {"", "avx2", 1},
                {"GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA", "auto", 1},
                {"GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX2,-FMA", "base", 4}};
    size_t want_size, size;
    char *want = run("", "base", 2, &want_size);
    (void)state;
    assert_non_null(want);
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
        assert_non_null(memmem(want, want_size, requests[i].target, strlen(requests[i].target)));
    assert_null(memmem(want, want_size, "/errors/", 8));
    assert_null(memmem(want, want_size, "MISMATCH", 8));
    for (size_t i = 0; i < sizeof(runs) / sizeof(*runs); i++) {
        char *got = run(runs[i].environment, runs[i].level, runs[i].workers, &size);
        if (!got) {
            print_message("this processor lacks %s\n", runs[i].level);
            assert_true(i == 1 || i == 2);
            continue;
        }
        if (size != want_size || memcmp(got, want, size) != 0) {
            size_t at = 0;
            while (at < size && at < want_size && got[at] == want[at])
                at++;
            fail_msg("%s %s differs from base: \"%.60s\" for \"%.60s\"", runs[i].environment, runs[i].level, got + at,
                     want + at);
        }
        free(got);
    }
    free(want);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_level_gives_the_same_bytes)};
    self = argv[0];
    return argc == 3 ? answer_all(argv[1], argv[2]) : cmocka_run_group_tests(tests, NULL, NULL);
}
