/* What a repository does to a running daemon: broken versions, files that change in place, folders that vanish, old versions
 * that fill the memory. Trouble with one model never affects another. */
#include "process.h"
#include "server.h"
#include "wire.h"

#include "test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct served served;

static const char row[] = "{\"inputs\":[[1,0,1]]}";

static void run(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void run(const char *fmt, ...)
{
    char command[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(command, sizeof(command), fmt, args);
    va_end(args);
    if (system(command) != 0)
        fail_msg("%s", command);
}

static int status_of(unsigned port, const char *target)
{
    struct wire_reply r = wire_post(port, target, row);
    int status = r.status;
    wire_free(&r);
    return status;
}

static bool page_has(unsigned port, const char *target, const char *text)
{
    struct wire_reply r = wire_get(port, target);
    bool found = r.body && strstr(r.body, text);
    wire_free(&r);
    return found;
}

static int ready(unsigned port)
{
    struct wire_reply r = wire_get(port, "/v2/health/ready");
    int status = r.status;
    wire_free(&r);
    return status;
}

/* Asks again for up to a minute. */
static void wait_for(unsigned port, const char *target, const char *text)
{
    for (int i = 0; i < 600; i++) {
        if (page_has(port, target, text))
            return;
        usleep(100000);
    }
    struct wire_reply r = wire_get(port, target);
    fail_msg("%s: never \"%s\": %s", target, text, r.body);
}

static void publish(const char *model, unsigned version, unsigned seed)
{
    struct bz_machine *m = served_rbm(3, 2, seed);
    served_publish(&served, model, version, m);
    bz_machine_free(m);
}

static void two_models(void)
{
    served_folder(&served);
    publish("a", 1, 1);
    publish("b", 1, 2);
}

static char *features_of(const char *model)
{
    char target[80];
    snprintf(target, sizeof(target), "/v1/models/%s/features", model);
    struct wire_reply r = wire_post(served.port, target, row);
    assert_int_equal(r.status, 200);
    char *body = r.body;
    r.body = NULL;
    wire_free(&r);
    return body;
}

static void a_file_cut_short_takes_its_model_only(void **state)
{
    (void)state;
    two_models();
    served_start(&served, NULL);
    run("truncate -s 10 %s/a/1/model.safetensors", served.repository);
    int status = status_of(served.port, "/v1/models/a/features"); /* from memory, unless it was noticed immediately */
    assert_true(status == 200 || status == 503);
    wait_for(served.port, "/v1/models/a", "is not available");
    assert_int_equal(status_of(served.port, "/v1/models/a/features"), 503);
    assert_true(page_has(served.port, "/v1/models", "was modified while being served"));
    assert_true(page_has(served.port, "/metrics", "boltzd_model_last_load_success{model=\"a\"} 0"));
    assert_int_equal(status_of(served.port, "/v1/models/b/features"), 200);
    assert_int_equal(ready(served.port), 200);
    publish("a", 1, 3);
    srv_server_reload(served.server, &served.options);
    wait_for(served.port, "/v1/models/a", "READY");
    assert_int_equal(status_of(served.port, "/v1/models/a/features"), 200);
    served_stop(&served);
}

static void other_bytes_written_in_place_are_not_served(void **state)
{
    char path[200];
    (void)state;
    two_models();
    publish("c", 1, 77);
    served_start(&served, NULL);
    char *before = features_of("a");
    run("cat %s/c/1/model.safetensors > %s/a/1/model.safetensors", served.repository, served.repository); /* same inode */
    struct wire_reply r = wire_post(served.port, "/v1/models/a/features", row);
    if (r.status == 200)
        assert_string_equal(r.body, before);
    wire_free(&r);
    wait_for(served.port, "/v1/models/a", "is not available");
    snprintf(path, sizeof(path), "%s/b/1/model.safetensors", served.repository);
    run("touch %s && cat %s > %s.copy && cat %s.copy > %s", path, path, path, path, path); /* the same bytes again */
    sleep(3);
    assert_true(page_has(served.port, "/v1/models/b", "READY"));
    free(before);
    served_stop(&served);
}

static void the_newest_version_that_loads_is_served(void **state)
{
    (void)state;
    two_models();
    publish("a", 2, 5);
    run("mkdir %s/a/3 %s/a/4 && echo broken > %s/a/3/model.safetensors && : > %s/a/4/model.safetensors", served.repository,
        served.repository, served.repository, served.repository);
    for (int restart = 0; restart < 2; restart++) {
        served_start(&served, NULL);
        assert_int_equal(ready(served.port), 200);
        assert_true(page_has(served.port, "/v1/models/a", "\"version\":2,"));
        assert_true(page_has(served.port, "/v1/models", "version 4 was refused: a/4: empty; version 2 stays in service"));
        struct wire_reply r = wire_post(served.port, "/v2/repository/index", "{}");
        assert_non_null(strstr(r.body, "{\"name\":\"a\",\"version\":\"2\",\"state\":\"READY\",\"reason\":\"\"}"));
        assert_non_null(strstr(r.body, "{\"name\":\"a\",\"version\":\"3\",\"state\":\"UNAVAILABLE\",\"reason\":\"a/3: "));
        wire_free(&r);
        assert_true(page_has(served.port, "/metrics", "boltzd_model_version_refused{model=\"a\",version=\"4\"} 1"));
        assert_true(page_has(served.port, "/metrics", "boltzd_config_last_reload_success 0"));
        served_end(&served);
    }
    /* a broken version that appears while the older one is served, then one that loads */
    run("rm -r %s/a/3 %s/a/4", served.repository, served.repository);
    served_start(&served, NULL);
    assert_true(page_has(served.port, "/metrics", "boltzd_config_last_reload_success 1"));
    run("mkdir %s/a/3 && echo broken > %s/a/3/model.safetensors", served.repository, served.repository);
    srv_server_reload(served.server, &served.options);
    wait_for(served.port, "/v1/models", "version 3 was refused");
    assert_true(page_has(served.port, "/v1/models/a", "\"version\":2,"));
    publish("a", 4, 9);
    srv_server_reload(served.server, &served.options);
    wait_for(served.port, "/v1/models/a", "\"version\":4,");
    assert_true(page_has(served.port, "/metrics", "boltzd_config_last_reload_success 1"));
    served_stop(&served);
}

static void ready_wants_a_model_that_is_served(void **state)
{
    const char *const allow[] = {"--allow-empty", NULL};
    (void)state;
    served_folder(&served);
    served_start(&served, NULL);
    assert_int_equal(ready(served.port), 503);
    assert_true(page_has(served.port, "/v2/health/ready", "holds no model"));
    publish("a", 1, 1);
    srv_server_reload(served.server, &served.options);
    wait_for(served.port, "/v1/models", "READY");
    assert_int_equal(ready(served.port), 200);
    run("rm -r %s/a", served.repository); /* the same folder, emptied: intended */
    srv_server_reload(served.server, &served.options);
    wait_for(served.port, "/v1/models", "\"models\":[]");
    assert_int_equal(ready(served.port), 503);
    served_end(&served);
    run("mkdir -p %s/a/1 && echo broken > %s/a/1/model.safetensors", served.repository, served.repository);
    served_start(&served, NULL);
    assert_int_equal(ready(served.port), 503);
    assert_true(page_has(served.port, "/v2/health/ready", "none of the 1 models"));
    served_end(&served);
    served_start(&served, allow);
    assert_int_equal(ready(served.port), 200);
    served_stop(&served);
}

/* A path that cannot be followed stands for disks that fail and hosts that do not answer. */
static void what_cannot_be_seen_is_not_gone(void **state)
{
    const char *repository = served.repository;
    (void)state;
    two_models();
    publish("b", 2, 3);
    served_start(&served, NULL);
    char *before = features_of("b");
    run("cd %s && mv a ../a && ln -s a a && mv b/2 ../2 && ln -s 2 b/2 && ln -s 3 b/3", repository);
    srv_server_reload(served.server, &served.options);
    wait_for(served.port, "/v1/models", "its folder cannot be looked at");
    wait_for(served.port, "/v1/models", "version 3 was refused");
    run("cd %s && rm a && ln -s nowhere a", repository);
    srv_server_reload(served.server, &served.options);
    wait_for(served.port, "/v1/models", "a link to a folder that is not there");
    assert_int_equal(status_of(served.port, "/v1/models/a/features"), 200);
    char *after = features_of("b");
    assert_string_equal(before, after);
    run("cd %s && rm a b/2 b/3 && mv ../2 b/2", repository);
    srv_server_reload(served.server, &served.options);
    wait_for(served.port, "/v1/models/a", "there is no model");
    free(before);
    free(after);
    served_stop(&served);
}

/* Volumes, caches and stores of blobs put links into a repository: what one leads to may be away for a while. */
static void what_a_link_led_to_is_not_gone(void **state)
{
    /* each is moved away, a link in its place */
    static const char *const links[] = {"b/3", "b/3/model.safetensors", "b/aliases"};
    const char *repository = served.repository;
    (void)state;
    for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++) {
        two_models();
        publish("b", 2, 3);
        publish("b", 3, 4);
        run("cd %s && echo '%s = 2' > b/aliases && mv %s ../store && ln -s $(pwd)/../store %s", repository,
            i == 2 ? "default" : "stable", links[i], links[i]);
        served_start(&served, NULL);
        char *before = features_of("b");
        run("mv %s/../store %s/../away", repository, repository);
        srv_server_reload(served.server, &served.options);
        while (!srv_server_is_reloaded(served.server))
            usleep(10000);
        char *after = features_of("b");
        assert_string_equal(before, after);
        served_end(&served);
        served_start(&served, NULL); /* now it is not to be seen from the start: said, not passed over */
        wait_for(served.port, "/v1/models", "a link to a file that is not there");
        free(before);
        free(after);
        served_stop(&served);
    }
}

/* Folders that are replaced by renaming are missing for a moment, in which a poll may fall. */
static void what_is_missing_in_one_poll_stays(void **state)
{
    static const char *const flags[] = {"--model-control", "poll", "--poll-interval", "800ms", NULL};
    (void)state;
    two_models();
    publish("b", 2, 3);
    served_start(&served, flags);
    char *before = features_of("b");
    for (int i = 0; i < 6; i++) { /* one poll may fall into 0.2 s of 1.4, not two */
        run("cd %s && mv a ../a && mv b/2 ../2 && sleep 0.2 && mv ../a a && mv ../2 b/2 && sleep 1.2", served.repository);
        char *after = features_of("b");
        assert_string_equal(before, after);
        free(after);
        assert_int_equal(status_of(served.port, "/v1/models/a/features"), 200);
    }
    free(before);
    run("rm -r %s/a", served.repository);
    wait_for(served.port, "/v1/models/a", "there is no model");
    served_stop(&served);
}

static void a_volume_that_is_gone_keeps_what_is_served(void **state)
{
    (void)state;
    two_models();
    served_start(&served, NULL);
    run("mv %s %s.away && mkdir %s", served.repository, served.repository, served.repository);
    srv_server_reload(served.server, &served.options);
    wait_for(served.port, "/metrics", "boltzd_config_last_reload_success 0");
    assert_int_equal(status_of(served.port, "/v1/models/a/features"), 200);
    assert_int_equal(ready(served.port), 200);
    run("rmdir %s && mv %s.away %s", served.repository, served.repository, served.repository);
    srv_server_reload(served.server, &served.options);
    wait_for(served.port, "/metrics", "boltzd_config_last_reload_success 1");
    served_stop(&served);
}

static void versions_named_once_leave_memory_for_newer_ones(void **state)
{
    const char *const flags[] = {"--max-model-memory", "12MiB", NULL};
    (void)state;
    served_folder(&served);
    struct bz_machine *m = served_rbm(500, 500, 4); /* 1 MB in its file, five times that in memory */
    for (unsigned v = 1; v <= 8; v++)
        served_publish(&served, "m", v, m);
    served_start(&served, flags);
    for (unsigned v = 1; v <= 7; v++) {
        char target[80];
        snprintf(target, sizeof(target), "/v1/models/m/versions/%u/sample?steps=1", v);
        struct wire_reply r = wire_post(served.port, target, "{}");
        if (r.status != 200)
            fail_msg("version %u: %s", v, r.body);
        wire_free(&r);
    }
    served_publish(&served, "m", 9, m);
    bz_machine_free(m);
    srv_server_reload(served.server, &served.options);
    wait_for(served.port, "/v1/models/m", "\"version\":9,");
    served_stop(&served);
}

/* If it were, it would be refused as no model, and a cgroup's limit would have ended the daemon. */
static void a_file_larger_than_the_limit_of_memory_is_not_read(void **state)
{
    const char *const flags[] = {"--max-model-memory", "6MiB", NULL};
    char path[160];
    (void)state;
    served_folder(&served);
    struct bz_machine *m = served_rbm(5, 5, 4);
    served_publish(&served, "large", 1, m);
    served_publish(&served, "small", 1, m);
    bz_machine_free(m);
    snprintf(path, sizeof(path), "%s/large/1/model.safetensors", served.repository);
    assert_int_equal(truncate(path, 0), 0);
    assert_int_equal(truncate(path, 64 << 20), 0);
    served_start(&served, flags);
    served_expect(served.port, "/v1/models/large/sample", "{}", 503,
                  "memory limit (max-model-memory): needs more than 64.0 MiB");
    served_expect(served.port, "/v1/models/small/sample?steps=1", "{}", 200, NULL);
    served_stop(&served);
}

/* Its first bytes tell, whatever its size. */
static void a_huge_file_of_something_else_is_not_read(void **state)
{
    char path[160];
    (void)state;
    served_folder(&served);
    publish("huge", 1, 4);
    publish("small", 1, 4);
    snprintf(path, sizeof(path), "%s/huge/1/model.safetensors", served.repository);
    assert_int_equal(truncate(path, 0), 0);
    if (truncate(path, (off_t)1 << 40) != 0) /* without blocks */
        skip();
    served_start(&served, NULL);
    served_expect(served.port, "/v1/models/huge/sample", "{}", 503, "not a safetensors file");
    served_expect(served.port, "/v1/models/small/sample?steps=1", "{}", 200, NULL);
    served_stop(&served);
}

static void what_failed_for_want_of_memory_is_tried_again(void **state)
{
    const char *const flags[] = {"--max-model-memory", "6MiB", "--model-control", "poll", "--poll-interval", "400ms", NULL};
    (void)state;
    served_folder(&served);
    struct bz_machine *m = served_rbm(500, 500, 4);
    served_publish(&served, "a", 1, m);
    served_publish(&served, "b", 1, m);
    bz_machine_free(m);
    served_start(&served, flags);
    bool a = page_has(served.port, "/v1/models/a", "READY");
    const char *late = a ? "/v1/models/b" : "/v1/models/a";
    assert_true(page_has(served.port, late, "is not available"));
    assert_true(page_has(served.port, "/v1/models", "memory limit"));
    run("rm -r %s/%s", served.repository, a ? "a" : "b");
    wait_for(served.port, late, "READY"); /* its file is unchanged */
    served_stop(&served);
}

static void what_is_passed_over_gets_a_line_and_a_link_its_own_name(void **state)
{
    struct process p;
    char link[80];
    (void)state;
    two_models();
    run("cd %s && mkdir flat c org org/sub 'bad name' \"$(printf 'two\\nlines')\" && cp a/1/model.safetensors flat/ && cp -r "
        "a/1 c/0001 && mkdir a/7 a/8 && mkfifo a/8/model.safetensors "
        "&& cp -r a org/sub/",
        served.repository);
    process_start(&p, &served, NULL);
    static const char *const lines[] = {"flat: skipped: no version in it",
                                        "c: skipped: no version in it",
                                        "org: skipped: no version in it",
                                        "bad name: skipped: not the name of a model",
                                        "two?lines: skipped: not the name of a model",
                                        "a/7: skipped: there is no model.safetensors in it",
                                        "a/8: skipped: its model.safetensors is a folder, a pipe or a device"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        if (!strstr(p.text, lines[i]))
            fail_msg("no line \"%s\" in %s", lines[i], p.text);
    kill(p.pid, SIGHUP);
    assert_true(process_read_until(&p, "SIGHUP"));
    kill(p.pid, SIGTERM);
    assert_int_equal(process_join(&p), 0);
    char *first = strstr(p.text, "flat: skipped");
    assert_true(first && !strstr(first + 1, "flat: skipped")); /* once */

    snprintf(link, sizeof(link), "%s/current", served.folder);
    run("ln -s %s/a %s", served.repository, link);
    snprintf(served.repository, sizeof(served.repository), "%.90s", link);
    served_start(&served, NULL);
    assert_true(page_has(served.port, "/v1/models/current", "READY"));
    served_stop(&served);
}

/* A pipe or a device in the place of a list, or one without end, is refused; the daemon goes on reading the repository. */
static void what_is_no_list_of_aliases_holds_nothing_up(void **state)
{
    (void)state;
    served_folder(&served);
    struct bz_machine *m = served_rbm(3, 2, 1);
    served_publish(&served, "tiny", 1, m);
    bz_machine_free(m);
    served_start(&served, NULL);
    run("mkfifo %s/tiny/aliases", served.repository);
    srv_server_reload(served.server, NULL);
    wait_for(served.port, "/v1/models", "aliases: not a file");
    assert_int_equal(status_of(served.port, "/v1/models/tiny/features"), 200);
    run("rm %s/tiny/aliases; ln -s /dev/zero %s/tiny/aliases", served.repository, served.repository);
    srv_server_reload(served.server, NULL);
    run("rm %s/tiny/aliases; truncate -s 1T %s/tiny/aliases", served.repository, served.repository);
    srv_server_reload(served.server, NULL);
    wait_for(served.port, "/v1/models", "expected at most");
    run("printf 'stable = 1\\nstable = 2\\n' > %s/tiny/aliases", served.repository);
    srv_server_reload(served.server, NULL);
    wait_for(served.port, "/v1/models", "aliases:2: stable is given twice, for versions 1 and 2");
    run("printf 'default = 1\\ndefault = 2\\n' > %s/tiny/aliases", served.repository);
    srv_server_reload(served.server, NULL);
    wait_for(served.port, "/v1/models", "aliases:2: default is given twice");
    run("head -c 20 /dev/zero > %s/tiny/aliases", served.repository);
    srv_server_reload(served.server, NULL);
    wait_for(served.port, "/v1/models", "aliases:1: expected text, found a zero byte");
    run("{ printf '\\357\\273\\277stable = 1\\r\\n#'; seq -s ' ' 1000; } > %s/tiny/aliases", served.repository);
    srv_server_reload(served.server, NULL);
    wait_for(served.port, "/v1/models/tiny", "stable");
    assert_int_equal(status_of(served.port, "/v1/models/tiny/versions/stable/features"), 200);
    served_stop(&served);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_cut_short_takes_its_model_only),
        cmocka_unit_test(other_bytes_written_in_place_are_not_served),
        cmocka_unit_test(the_newest_version_that_loads_is_served),
        cmocka_unit_test(ready_wants_a_model_that_is_served),
        cmocka_unit_test(what_cannot_be_seen_is_not_gone),
        cmocka_unit_test(what_a_link_led_to_is_not_gone),
        cmocka_unit_test(what_is_missing_in_one_poll_stays),
        cmocka_unit_test(a_volume_that_is_gone_keeps_what_is_served),
        cmocka_unit_test(versions_named_once_leave_memory_for_newer_ones),
        cmocka_unit_test(a_file_larger_than_the_limit_of_memory_is_not_read),
        cmocka_unit_test(a_huge_file_of_something_else_is_not_read),
        cmocka_unit_test(what_failed_for_want_of_memory_is_tried_again),
        cmocka_unit_test(what_is_no_list_of_aliases_holds_nothing_up),
        cmocka_unit_test(what_is_passed_over_gets_a_line_and_a_link_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
