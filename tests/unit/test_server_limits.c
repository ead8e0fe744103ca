/* What limits are based on: clients and their addresses, what a cgroup leaves, what could not be loaded and when it is
 * retried. */
#include "attempts.h"
#include "cgroup.h"
#include "clients.h"
#include "guard.h"
#include "resources.h"

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void addresses_are_believed_as_far_as_proxies_are_trusted(void **state)
{
    static const char *none_items[1], *items[] = {"10.0.0.0/8", "2001:db8::/32", "192.0.2.1", "unix"};
    const struct bz_list none = {none_items, 0}, trusted = {items, 4};
    static const struct {
        const char *peer, *forwarded, *want;
        bool trust;
    } cases[] = {
        {"203.0.113.9", NULL, "203.0.113.9", true},
        {"203.0.113.9", "6.6.6.6", "203.0.113.9", true}, /* not a proxy of ours */
        {"10.1.2.3", "6.6.6.6", "10.1.2.3", false},
        {"10.1.2.3", "6.6.6.6", "6.6.6.6", true},
        {"10.1.2.3", "1.1.1.1, 6.6.6.6 , 10.9.9.9", "6.6.6.6", true}, /* what a client wrote before its proxy did */
        {"10.1.2.3", "nonsense", "10.1.2.3", true},
        {"10.1.2.3", "6.6.6.6, nonsense", "10.1.2.3", true},
        {"2001:db8::7", "2001:4860::1", "2001:4860::1", true},
        {"2001:db9::7", "2001:4860::1", "2001:db9::7", true},
        {"11.0.0.1", "6.6.6.6", "11.0.0.1", true},
        {"", "6.6.6.6", "6.6.6.6", true},
        {"", NULL, "unix", true},
        {"", "6.6.6.6", "unix", false},
        {"10.1.2.3", "6.6.6.6:4711", "6.6.6.6", true}, /* with the client's port */
        {"10.1.2.3", "[2001:4860::1]:443, 10.9.9.9:80", "2001:4860::1", true},
        {"10.1.2.3", "2001:4860:0:0::1", "2001:4860::1", true}, /* one client, one name */
        {"10.1.2.3", "::ffff:6.6.6.6", "6.6.6.6", true},
        {"10.1.2.3", "6.6.6.6:", "10.1.2.3", true},
        {"10.1.2.3", "6.6.6.6:x", "10.1.2.3", true},
        {"10.1.2.3", "6.6.6.6/8", "10.1.2.3", true},
        {"10.1.2.3", "[2001:4860::1]x", "10.1.2.3", true},
        {"10.1.2.3", "[2001:4860::1", "10.1.2.3", true},
        {"10.1.2.3", " ,", "10.1.2.3", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char got[SRV_ADDRESS_ROOM];
        srv_client_address(got, cases[i].peer, cases[i].forwarded, cases[i].trust ? &trusted : &none);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("case %zu: %s, want %s", i, got, cases[i].want);
    }
    assert_true(srv_proxy_is_valid("10.0.0.0/8") && srv_proxy_is_valid("::1") && srv_proxy_is_valid("unix"));
    assert_false(srv_proxy_is_valid("10.0.0.0/33") || srv_proxy_is_valid("proxy.example") || srv_proxy_is_valid("10.0.0.0/"));
}

static void rows_a_second_are_kept_on_the_whole(void **state)
{
    const uint64_t second = 1000000000;
    struct srv_clients *c = srv_clients_new();
    struct srv_client *a = srv_client_get(c, "a");
    unsigned wait = 0;
    uint64_t now = 5 * second, rows = 0;
    (void)state;
    for (int i = 0; i < 1000; i++) { /* ten tries per second for 100 seconds */
        rows += srv_client_take_rows(c, a, 20, 7, now, &wait) ? 7 : 0;
        now += second / 10;
    }
    assert_in_range(rows, 20 * 100, 20 * 101 + 7);
    now += 60 * second; /* unused allowance does not accumulate */
    assert_true(srv_client_take_rows(c, a, 20, 100, now, &wait));
    assert_false(srv_client_take_rows(c, a, 20, 1, now, &wait));
    assert_int_equal(wait, 5); /* 80 rows are owed */
    assert_true(srv_client_take_rows(c, a, 20, 1, now + 5 * second, &wait));
    srv_client_put(c, a);
    srv_clients_free(c);
}

static void requests_in_flight_are_bounded(void **state)
{
    struct srv_clients *c = srv_clients_new();
    struct srv_client *a = srv_client_get(c, "a"), *b = srv_client_get(c, "b"), *again = srv_client_get(c, "a");
    (void)state;
    assert_ptr_equal(a, again);
    assert_true(srv_client_begin(c, a, 2) && srv_client_begin(c, again, 2));
    assert_false(srv_client_begin(c, a, 2));
    assert_true(srv_client_begin(c, b, 2));
    srv_client_end(c, a);
    assert_true(srv_client_begin(c, a, 2));
    srv_client_put(c, a);
    srv_client_put(c, again);
    srv_client_put(c, b);
    srv_clients_free(c);
}

static void bytes_held_are_bounded_for_each_and_for_all(void **state)
{
    const struct srv_most half = {100, 50}, more = {100, 80};
    struct srv_clients *c = srv_clients_new();
    struct srv_client *a = srv_client_get(c, "a"), *b = srv_client_get(c, "b");
    (void)state;
    for (int i = 0; i < SRV_N_PURPOSES; i++) {
        const enum srv_purpose purpose = (enum srv_purpose)i, other = (enum srv_purpose)(1 - i);
        assert_int_equal(srv_client_hold(c, a, purpose, 50, half), SRV_HELD);
        assert_int_equal(srv_client_hold(c, a, purpose, 1, half), SRV_CLIENT_IS_FULL);
        assert_int_equal(srv_client_hold(c, a, purpose, UINT64_MAX, half), SRV_CLIENT_IS_FULL);
        assert_int_equal(srv_client_hold(c, b, purpose, 60, more), SRV_ALL_IS_FULL);
        assert_int_equal(srv_client_hold(c, b, purpose, 50, half), SRV_HELD);
        assert_int_equal(srv_client_hold(c, b, purpose, 1, more), SRV_ALL_IS_FULL);
        assert_int_equal(srv_client_hold(c, b, purpose, 0, half), SRV_HELD);
        assert_int_equal(srv_clients_held(c, purpose), 100);
        assert_int_equal(srv_clients_held(c, other), 0); /* each has its own count */
        srv_client_release(c, a, purpose, 50);
        assert_int_equal(srv_client_hold(c, b, purpose, 30, more), SRV_HELD);
        srv_client_release(c, b, purpose, 80);
        assert_int_equal(srv_clients_held(c, purpose), 0);
    }
    srv_client_put(c, a);
    srv_client_put(c, b);
    srv_clients_free(c);
}

static void memory_for_bodies_and_replies_is_a_share_of_what_there_is(void **state)
{
    const uint64_t mib = 1 << 20, gib = 1024 * mib;
    struct srv_options o = {.workers = 1, .max_body = 64 * mib};
    (void)state;
    assert_int_equal(srv_limits_share(4 * gib, 64 * mib), 256 * mib);
    assert_int_equal(srv_limits_share(256 * mib, 64 * mib), 64 * mib); /* one body at least */
    assert_int_equal(srv_limits_share(256 * gib, 64 * mib), gib);
    assert_int_equal(srv_limits_share(0, 64 * mib), gib);
    assert_int_equal(srv_limits_share(256 * gib, 4 * gib), 4 * gib);
    srv_limits_apply(&o);
    assert_in_range(o.max_body_memory, 64 * mib, gib);
    assert_int_equal(o.max_body_memory, o.max_reply_memory);
    o.max_body_memory = 70 * mib; /* given */
    o.max_reply_memory = 0;
    srv_limits_apply(&o);
    assert_int_equal(o.max_body_memory, 70 * mib);
    assert_in_range(o.max_reply_memory, 64 * mib, gib);
}

static void put_file(const char *folder, const char *path, const char *text)
{
    char name[300];
    snprintf(name, sizeof(name), "mkdir -p $(dirname %s%s) && printf '%s\\n' > %s%s", folder, path, text, folder, path);
    assert_int_equal(system(name), 0);
}

static void the_smallest_limit_of_any_level_holds(void **state)
{
    char folder[] = "/tmp/boltzd-cgroup-XXXXXX", command[64];
    (void)state;
    assert_non_null(mkdtemp(folder));
    put_file(folder, "/cpu.max", "max 100000");
    put_file(folder, "/pod/cpu.max", "150000 100000");
    put_file(folder, "/pod/box/cpu.max", "max 100000");
    put_file(folder, "/pod/memory.max", "1073741824");
    put_file(folder, "/pod/box/memory.max", "2147483648");
    put_file(folder, "/cpu/old/cpu.cfs_quota_us", "50000");
    put_file(folder, "/cpu/old/cpu.cfs_period_us", "100000");
    put_file(folder, "/memory/old/memory.limit_in_bytes", "9223372036854771712"); /* none, as version 1 puts it */
    assert_near(bz_cgroup_quota_of(folder, "0::/pod/box\n"), 1.5, 1e-12);
    assert_int_equal(bz_cgroup_memory_of(folder, "0::/pod/box\n"), 1073741824);
    assert_near(bz_cgroup_quota_of(folder, "0::/\n"), 0, 1e-12);
    assert_int_equal(bz_cgroup_memory_of(folder, "0::/\n"), 0);
    static const char first[] = "9:memory:/old\n4:cpu,cpuacct:/old\n1:name=systemd:/old\n";
    assert_near(bz_cgroup_quota_of(folder, first), 0.5, 1e-12);
    assert_int_equal(bz_cgroup_memory_of(folder, first), 0);
    assert_near(bz_cgroup_quota_of(folder, "nonsense"), 0, 1e-12);
    snprintf(command, sizeof(command), "rm -r %s", folder);
    assert_int_equal(system(command), 0);
    assert_in_range(srv_limits_cpus(), 1, 1024);
}

static void memory_is_counted_against_each_bound(void **state)
{
    const struct bz_memory_bound bounds[] = {
        {"this computer has", 100, 10, 5, true}, {"the control group", 60, 10, 5, true}, {"ulimit -v", 50, 20, 0, false}};
    (void)state;
    assert_null(bz_memory_exceeded(bounds, 3, 30, 1));
    assert_string_equal(bz_memory_exceeded(bounds, 3, 31, 1)->name, "ulimit -v");         /* 20 are taken */
    assert_string_equal(bz_memory_exceeded(bounds, 3, 30, 2)->name, "the control group"); /* 2 * (10 + 30) + 5 */
    assert_null(bz_memory_exceeded(bounds, 1, 30, 2));
    assert_string_equal(bz_memory_exceeded(bounds, 1, 38, 2)->name, "this computer has"); /* 2 * (10 + 38) + 5 */
    assert_near(bz_memory_needed(&bounds[1], 30, 2), 85, 1e-12);
    struct bz_memory_bound here[BZ_MEMORY_BOUNDS];
    const size_t n = bz_memory_bounds(here);
    const char *name = NULL;
    assert_in_range(n, 1, BZ_MEMORY_BOUNDS);
    assert_true(here[0].bytes > here[0].taken && here[0].taken > 0);
    assert_true(bz_memory_least(&name) > 0 && name[0]);
}

static void refusals_that_may_pass_are_due_again_later_and_later(void **state)
{
    const uint64_t second = 1000000000;
    struct srv_attempts list = {0};
    struct srv_stamp stamp = {.inode = 1, .size = 2, .modified_ns = 3}, other = {.inode = 1, .size = 2, .modified_ns = 4};
    struct bz_error err;
    (void)state;
    bz_fail(&err, BZ_NO_MEMORY, "no memory");
    assert_true(srv_attempts_note(&list, 7, &stamp, &err, 10 * second));
    for (unsigned i = 0; i < 10; i++) {
        const struct srv_attempt *a = srv_attempts_find(&list, 7, &stamp);
        uint64_t wait = i < 6 ? 1u << i : 60;
        assert_true(a && a->passing);
        assert_int_equal(a->next_ns, (10 + wait) * second);
        assert_false(srv_attempts_note(&list, 7, &stamp, &err, 10 * second)); /* no news */
    }
    assert_null(srv_attempts_find(&list, 7, &other)); /* a different file has not been tried */
    bz_fail(&err, BZ_BAD_MODEL, "broken");
    assert_true(srv_attempts_note(&list, 7, &other, &err, 10 * second));
    assert_false(srv_attempts_find(&list, 7, &other)->passing);
    srv_attempts_forget(&list, 7);
    assert_null(srv_attempts_find(&list, 7, &other));
    srv_attempts_clear(&list);
}

static void origins_and_hosts_in_messages(void **state)
{
    static const char *const good[] = {"*",
                                       "https://app.example.org",
                                       "http://localhost:3000",
                                       "http://[::1]:8080",
                                       "https://a.example:80",
                                       "http://a.example:443",
                                       "http://[::1]:8443"};
    static const char *const bad[] = {
        "", "app.example.org", "https://a.example/", "https://a.example/x", "https://", "https:a", "null", "https://a b",
        /* browsers send none of these */
        "https://a.example:443", "http://[::1]:80", "https://*.example", "https://m\xc3\xbcnchen.example"};
    char shown[SRV_SHOWN_ROOM], text[300];
    static const char *items[] = {"models.example:8080", "[::2]:80"};
    const struct bz_list listen = {items, 2};
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_true(srv_origin_is_valid(good[i]));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(srv_origin_is_valid(bad[i]));
    srv_show(shown, "a\"b\\c\nd\xc3");
    assert_string_equal(shown, "a?b?c?d?");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = 0;
    srv_show(shown, text);
    assert_int_equal(strlen(shown), 103);
    assert_true(srv_host_is_listed("Models.example:9999", &listen) && srv_host_is_listed("models.example", &listen));
    assert_true(srv_host_is_listed("[::2]", &listen));
    assert_false(srv_host_is_listed("models.example.org", &listen) || srv_host_is_listed("", &listen));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_believed_as_far_as_proxies_are_trusted),
        cmocka_unit_test(rows_a_second_are_kept_on_the_whole),
        cmocka_unit_test(requests_in_flight_are_bounded),
        cmocka_unit_test(bytes_held_are_bounded_for_each_and_for_all),
        cmocka_unit_test(memory_for_bodies_and_replies_is_a_share_of_what_there_is),
        cmocka_unit_test(the_smallest_limit_of_any_level_holds),
        cmocka_unit_test(memory_is_counted_against_each_bound),
        cmocka_unit_test(refusals_that_may_pass_are_due_again_later_and_later),
        cmocka_unit_test(origins_and_hosts_in_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
