/* Repositories on disk, and files that appear complete or not at all. */
#include "file_write.h"
#include "mem.h"
#include "raw_file.h"
#include "repository.h"
#include "test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *folder;

static int setup(void **state)
{
    (void)state;
    folder = raw_folder();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    raw_remove_folder(folder);
    return 0;
}

/* folder/name in a buffer that the fourth call after this one overwrites. */
static const char *in_folder(const char *name)
{
    static char paths[4][512];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
    return path;
}

static void make_folder(const char *name)
{
    struct bz_error err;
    if (bz_make_folders(in_folder(name), &err) < 0)
        fail_msg("%s", err.msg);
}

static void names_and_versions_are_what_the_contract_allows(void **state)
{
    (void)state;
    char longest[130];
    memset(longest, 'a', sizeof(longest));
    longest[128] = 0;
    assert_true(bz_model_name_is_valid("mnist-rbm_1.2") && bz_model_name_is_valid("0") && bz_model_name_is_valid(longest));
    longest[128] = 'a', longest[129] = 0;
    static const char *const wrong[] = {"", ".", "..", ".hidden", "-x", "a/b", "a b", "stats", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        assert_false(bz_model_name_is_valid(wrong[i]));
    assert_false(bz_model_name_is_valid(longest));
    assert_int_equal(bz_version_of("1"), 1);
    assert_int_equal(bz_version_of("1048576"), 1048576);
    static const char *const none[] = {"", "0", "01", "+1", "-1", " 1", "1 ", "1a", "1.0", "99999999999999999999"};
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
        assert_int_equal(bz_version_of(none[i]), 0);
}

static unsigned long latest(const char *model)
{
    struct bz_error err;
    unsigned long version;
    assert_int_equal(bz_repository_latest(&version, model, &err), 0);
    return version;
}

static void the_highest_complete_version_is_found_by_number(void **state)
{
    (void)state;
    struct bz_error err;
    char *path;
    make_folder("m/2");
    make_folder("m/10");
    make_folder("m/11"); /* has no model file */
    make_folder("m/.new-abc");
    make_folder("m/12/model.safetensors"); /* a folder is not a model file */
    raw_write(in_folder("m/2/model.safetensors"), "", 0);
    raw_write(in_folder("m/10/model.safetensors"), "", 0);
    assert_int_equal(latest(in_folder("m")), 10);
    assert_int_equal(bz_model_path(&path, in_folder("m"), &err), 0);
    assert_string_equal(path, in_folder("m/10/model.safetensors"));
    bz_free(path);
    assert_int_equal(bz_model_path(&path, in_folder("m/2/"), &err), 0);
    assert_string_equal(path, in_folder("m/2/model.safetensors"));
    bz_free(path);
    assert_int_equal(bz_model_path(&path, in_folder("m/2/model.safetensors"), &err), 0);
    bz_free(path);
    assert_int_equal(bz_model_path(&path, in_folder("m/11"), &err), -1);
    assert_int_equal(err.code, BZ_NOT_FOUND);
    assert_int_equal(bz_model_path(&path, in_folder("nothing"), &err), -1);
    assert_non_null(strstr(err.msg, "nothing"));
    assert_int_equal(latest(in_folder("nothing")), 0);
}

static void a_version_appears_whole_under_the_next_number(void **state)
{
    (void)state;
    struct bz_error err;
    char *stage, path[600];
    unsigned long version;
    make_folder("repo/m/7"); /* incomplete, but its number is taken */
    for (unsigned long want = 8; want <= 9; want++) {
        if (bz_version_stage(&stage, NULL, in_folder("repo/m/"), &err) < 0)
            fail_msg("%s", err.msg);
        snprintf(path, sizeof(path), "%s/model.safetensors", stage);
        assert_int_equal(bz_file_save(path, "x", 1, &err), 0);
        assert_int_equal(latest(in_folder("repo/m")), want == 8 ? 0 : 8);
        assert_int_equal(bz_version_publish(&version, stage, in_folder("repo/m/"), &err), 0);
        assert_int_equal(version, want);
        assert_int_equal(latest(in_folder("repo/m")), want);
        bz_free(stage);
    }
    assert_int_equal(raw_entries(in_folder("repo/m")), 3);
    struct stat model, made;
    assert_int_equal(stat(in_folder("repo/m"), &model), 0);
    assert_int_equal(stat(in_folder("repo/m/9"), &made), 0);
    assert_int_equal(model.st_mode, made.st_mode);
    assert_int_equal(bz_version_stage(&stage, NULL, in_folder("repo/stats"), &err), -1);
    assert_int_equal(bz_version_stage(&stage, NULL, in_folder("repo/a b"), &err), -1);
    assert_int_equal(err.code, BZ_BAD_USAGE);
    raw_write(in_folder("repo/file"), "", 0);
    assert_int_equal(bz_version_stage(&stage, NULL, in_folder("repo/file"), &err), -1);
    assert_int_equal(err.code, BZ_IO);
}

/* The model's folder goes with it only if it was made for it and has nothing else. */
static void a_version_that_is_given_up_leaves_what_was_there(void **state)
{
    (void)state;
    struct bz_error err;
    for (int was_there = 0; was_there < 2; was_there++)
        for (int other = 0; other < 2; other++) {
            char *stage;
            bool made;
            const char *name = was_there ? (other ? "repo/old2" : "repo/old1") : (other ? "repo/new2" : "repo/new1");
            if (was_there)
                make_folder(name);
            assert_int_equal(bz_version_stage(&stage, &made, in_folder(name), &err), 0);
            assert_int_equal(made, !was_there);
            if (other) {
                char version[64];
                snprintf(version, sizeof(version), "%s/1", name);
                make_folder(version);
            }
            bz_version_abandon(stage, made, in_folder(name));
            assert_int_equal(access(stage, F_OK), -1);
            assert_int_equal(access(in_folder(name), F_OK), was_there || other ? 0 : -1);
            bz_free(stage);
        }
}

static void a_file_appears_at_commit_and_not_before(void **state)
{
    (void)state;
    struct bz_error err;
    struct bz_file *f;
    size_t size;
    enum { LARGE = 200000 };
    char *large = malloc(LARGE);
    memset(large, 'x', LARGE);
    raw_write(in_folder("f"), "old", 3);
    assert_int_equal(bz_file_open(&f, in_folder("f"), &err), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(bz_file_write(f, "abc", 3, &err), 0);
        assert_int_equal(bz_file_write(f, large, i == 1 ? LARGE : 60000, &err), 0);
    }
    unsigned char *now = raw_read(in_folder("f"), &size);
    assert_int_equal(size, 3);
    free(now);
    assert_int_equal(bz_file_commit(f, &err), 0);
    now = raw_read(in_folder("f"), &size);
    assert_int_equal(size, 9 + 2 * 60000 + LARGE);
    assert_memory_equal(now + 60003, "abc", 3);
    assert_memory_equal(now + 60006 + LARGE, "abc", 3);
    free(now);
    free(large);
    assert_int_equal(raw_entries(folder), 1);

    assert_int_equal(bz_file_open(&f, in_folder("g"), &err), 0);
    assert_int_equal(bz_file_write(f, "abc", 3, &err), 0);
    bz_file_discard(f);
    bz_file_discard(NULL);
    assert_int_equal(raw_entries(folder), 1);
}

static void what_cannot_be_written_is_refused_by_name(void **state)
{
    (void)state;
    struct bz_error err;
    assert_int_equal(bz_file_save(folder, "x", 1, &err), -1);
    assert_non_null(strstr(err.msg, "is a folder"));
    assert_int_equal(bz_file_save(in_folder("no/such/file"), "x", 1, &err), -1);
    assert_int_equal(err.code, BZ_IO);
    assert_non_null(strstr(err.msg, "no/such/file"));
    raw_write(in_folder("file"), "", 0);
    assert_int_equal(bz_make_folders(in_folder("file/below"), &err), -1);
    assert_non_null(strstr(err.msg, "file: exists and is not a folder"));
}

static void a_pipe_or_device_is_written_to_and_stays_one(void **state)
{
    (void)state;
    struct bz_error err;
    struct stat st;
    char got[8] = "";
    assert_int_equal(mkfifo(in_folder("pipe"), 0600), 0);
    const int reader = open(in_folder("pipe"), O_RDONLY | O_NONBLOCK);
    assert_int_equal(bz_file_save(in_folder("pipe"), "abc", 3, &err), 0);
    assert_int_equal(read(reader, got, sizeof(got)), 3);
    close(reader);
    assert_int_equal(stat(in_folder("pipe"), &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(bz_file_save("/dev/null", "abc", 3, &err), 0);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    assert_int_equal(bz_file_save("/dev/full", "abc", 3, &err), -1); /* the disk that is always full */
    assert_non_null(strstr(err.msg, "No space left"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_versions_are_what_the_contract_allows),
        cmocka_unit_test_setup_teardown(the_highest_complete_version_is_found_by_number, setup, teardown),
        cmocka_unit_test_setup_teardown(a_version_appears_whole_under_the_next_number, setup, teardown),
        cmocka_unit_test_setup_teardown(a_version_that_is_given_up_leaves_what_was_there, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_appears_at_commit_and_not_before, setup, teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_refused_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_pipe_or_device_is_written_to_and_stays_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
