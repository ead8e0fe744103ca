/* Which state a stage returns, and what it says about it: the best of many judgements is usually too favourable. */
#include "stage.h"

#include "course.h"
#include "data_case.h"
#include "digest.h"
#include "exact.h"
#include "raw_file.h"
#include "tables.h"
#include "test.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Just too many hidden states for the judge to sum. */
enum { BITS = 22, UNITS = 21, ROWS = 240, HELD = 80, BATCH = 20, EPOCH = (ROWS - HELD) / BATCH, UPDATES = 50 * EPOCH };

static struct bz_error err;

/* Two patterns, each bit flipped once in twenty. */
static const char *patterns(void)
{
    char text[ROWS * BITS * 2 + 1];
    size_t at = 0;

    for (size_t r = 0; r < ROWS; r++) {
        const struct bz_key key = {.seed = 3, .chain = (uint32_t)r, .purpose = BZ_DRAW_MISC};
        const bool second = bz_random_u32(&key, BITS) % 2;
        for (size_t i = 0; i < BITS; i++) {
            const bool on = (i % 2 == 0) != second, wrong = bz_random_u32(&key, (uint32_t)i) % 20 == 0;
            at += (size_t)snprintf(text + at, sizeof(text) - at, "%d%c", on != wrong, i + 1 < BITS ? ',' : '\n');
        }
    }
    return text_file("patterns.csv", text);
}

static struct bz_machine *start_machine(void)
{
    const struct bz_layer_spec layers[] = {
        {.name = "visible", .role = BZ_VISIBLE, .unit = BZ_BERNOULLI, .size = BITS},
        {.name = "hidden", .role = BZ_HIDDEN, .unit = BZ_BERNOULLI, .size = UNITS},
    };
    const struct bz_coupling_spec coupling[] = {{0, 1}};
    struct bz_machine *m;

    assert_int_equal(bz_machine_new(&m, "rbm", layers, 2, coupling, 1, &err), 0);
    for (size_t w = 0; w < BITS * UNITS; w++)
        bz_machine_weight(m, 0)[w] = 0.02F * sinf(12.9898F * (float)w);
    assert_int_equal(bz_machine_prepare(m, &err), 0);
    return m;
}

/* A run: the first rows are learned from, the last ones held out. */
struct run {
    struct bz_machine *start;
    struct train_data *data;
    struct train_feed feed;
    struct train_progress progress;
    size_t rows[ROWS];
};

static void begin(struct run *r)
{
    const struct train_data_options o = {.data = ONE(patterns())};

    r->start = start_machine();
    r->data = load(&o);
    assert_int_equal(train_feed_open(&r->feed, r->start, r->data, TRAIN_BINARIZE_NONE, 1, &err), 0);
    r->progress = train_progress_make(TRAIN_LOG_NONE);
    for (size_t i = 0; i < ROWS; i++)
        r->rows[i] = i;
}

static void end(struct run *r)
{
    train_feed_close(&r->feed);
    train_data_free(r->data);
    bz_machine_free(r->start);
}

/* Runs to an update, from a checkpoint if there is one; writes one after each epoch but the last. */
static struct bz_machine *learn(struct run *r, uint64_t until, const char *checkpoint, const struct train_checkpoint *resume,
                                struct train_outcome *o)
{
    const struct train_stage stage = {.title = "training",
                                      .start = r->start,
                                      .rule = {.algorithm = TRAIN_PCD, .sweeps = 1, .offset_rate = 0.01, .centred = true},
                                      .feed = &r->feed,
                                      .rows = r->rows,
                                      .n_rows = ROWS - HELD,
                                      .valid = &r->feed,
                                      .valid_rows = r->rows + ROWS - HELD,
                                      .n_valid = HELD,
                                      .batch = BATCH,
                                      .chains = BATCH,
                                      .updates = UPDATES,
                                      .end_at = until,
                                      .rate = 0.05,
                                      .seed = 1,
                                      .checkpoint = checkpoint,
                                      .settings = "",
                                      .checkpoint_every = 1,
                                      .resume = resume,
                                      .judged = true,
                                      .stops_early = true,
                                      .progress = &r->progress};
    struct bz_machine *m;

    if (train_stage_run(&stage, &m, NULL, o, &err) < 0)
        fail_msg("%s", err.msg);
    return m;
}

/* Mean log p of the held-out rows, with log Z by summation. */
static double held_out_log_p(struct run *r, const struct bz_machine *m)
{
    struct train_monitor *monitor;
    struct train_measure at = {0};
    const struct train_watched train = {&r->feed, r->rows, ROWS - HELD}, valid = {&r->feed, r->rows + ROWS - HELD, HELD};
    double log_z;

    assert_int_equal(bz_exact_log_z(m, 1, NULL, UNITS, NULL, &log_z, &err), 0);
    assert_int_equal(train_monitor_new(&monitor, m, train, valid, NULL, NULL, &err), 0);
    train_monitor_measure(monitor, &at);
    train_monitor_free(monitor);
    return -at.free_energy_valid - log_z;
}

/* --- a checkpoint, changed --- */

/* A field's bytes within those of a checkpoint. */
static void *field(unsigned char *file, const char *name, size_t bytes)
{
    char line[64];
    char *fields = strstr((char *)file, "\n\n") + 2, *data = strstr(fields, "\n\n") + 2;

    snprintf(line, sizeof(line), "%s %zu\n", name, bytes);
    for (char *at = fields; *at != '\n'; at = strchr(at, '\n') + 1) {
        if (!strncmp(at, line, strlen(line)))
            return data;
        data += strtoull(strchr(at, ' ') + 1, NULL, 10);
    }
    fail_msg("there is no field %s of %zu bytes", name, bytes);
    return NULL;
}

static size_t size_of(unsigned char *file, const char *name)
{
    char line[64];

    snprintf(line, sizeof(line), "\n%s ", name);
    return strtoull(strstr((char *)file, line) + strlen(line), NULL, 10);
}

static void write_signed(const char *path, unsigned char *file, size_t size)
{
    const size_t signature = BZ_DIGEST_ROOM - 1;
    char digest[BZ_DIGEST_ROOM];

    bz_sha256_hex(&(struct bz_span){file, size - signature}, 1, digest);
    memcpy(file + size - signature, digest, signature);
    raw_write(path, file, size);
}

/* The machine of the second file's best state becomes the best one of the first, rated 10 nats better than the previous
 * best. */
static void flatter(const char *path, const char *other)
{
    size_t size, other_size;
    unsigned char *file = raw_read(path, &size), *from = raw_read(other, &other_size);
    const size_t best = size_of(file, "best");
    struct train_course course;

    memcpy(field(file, "best", best), field(from, "best", best), best);
    memcpy(&course, field(file, "course", sizeof(course)), sizeof(course));
    course.best += 10;
    memcpy(field(file, "course", sizeof(course)), &course, sizeof(course));
    write_signed(path, file, size);
    free(file);
    free(from);
}

static void a_judgement_that_flatters_is_not_believed(void **state)
{
    struct run r;
    struct train_outcome early, o;
    struct train_checkpoint *checkpoint;
    char first[512], second[512];

    (void)state;
    begin(&r);
    snprintf(first, sizeof(first), "%s", text_file("first.checkpoint", ""));
    snprintf(second, sizeof(second), "%s", text_file("second.checkpoint", ""));
    bz_machine_free(learn(&r, 2 * EPOCH, first, NULL, &early)); /* hardly more than independent bits */
    bz_machine_free(learn(&r, 0, second, NULL, &o));
    flatter(second, first);
    assert_int_equal(train_checkpoint_open(&checkpoint, second, "", &err), 0);
    struct bz_machine *m = learn(&r, 0, NULL, checkpoint, &o);
    const double truth = held_out_log_p(&r, m);

    assert_int_equal(o.kept, UPDATES);
    assert_true(truth > early.log_prob + 2);
    assert_near(o.log_prob, truth, 0.05);
    assert_true(o.error > 0); /* annealed: the judge did not sum */
    train_checkpoint_close(checkpoint);
    bz_machine_free(m);
    end(&r);
}

/* From here on whatever is measured is taken for worse than hopeless, and no smaller rate is left. */
static void make_hopeless(const char *path)
{
    const double first_error = 0;
    const uint64_t rollbacks = 12;
    size_t size;
    unsigned char *file = raw_read(path, &size);

    memcpy(field(file, "first_error", sizeof(first_error)), &first_error, sizeof(first_error));
    memcpy(field(file, "rollbacks", sizeof(rollbacks)), &rollbacks, sizeof(rollbacks));
    write_signed(path, file, size);
    free(file);
}

static void what_was_learned_before_training_diverged_is_kept(void **state)
{
    struct run r;
    struct train_outcome o;
    struct train_checkpoint *checkpoint;
    const uint64_t until = 40 * EPOCH;

    (void)state;
    begin(&r);
    char *path = strdup(text_file("first.checkpoint", ""));
    bz_machine_free(learn(&r, until, path, NULL, &o));
    make_hopeless(path);
    assert_int_equal(train_checkpoint_open(&checkpoint, path, "", &err), 0);
    bz_machine_free(learn(&r, 0, NULL, checkpoint, &o));
    assert_in_range(o.updates, 1, until);
    train_checkpoint_close(checkpoint);
    free(path);
    end(&r);
}

/* States of two values take a bit each in the copies that a run may go back to. */
static void copies_of_states_of_two_values_are_bits(void **state)
{
    enum { SIZE = 64 * 64 + 70 };
    static float spins[SIZE], as_they_were[SIZE], means[3] = {0.25F, -1, 7};
    char number = 'a', copy[1024];
    struct train_fields f = {0};

    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        spins[i] = as_they_were[i] = i * i % 7 < 3 ? 1 : -1;
    assert_int_equal(train_fields_add(&f, "number", &number, 1, &err), 0); /* what follows is not aligned */
    assert_int_equal(train_fields_add_two(&f, "spins", spins, SIZE, -1, 1, &err), 0);
    assert_int_equal(train_fields_add(&f, "means", means, sizeof(means), &err), 0);
    assert_int_equal(train_fields_bytes(&f), 1 + (SIZE + 63) / 64 * 8 + sizeof(means));
    train_fields_copy_out(&f, copy);
    memset(spins, 0, sizeof(spins));
    means[1] = 3;
    number = 'b';
    train_fields_copy_in(&f, copy);
    assert_memory_equal(spins, as_they_were, sizeof(spins));
    assert_true(means[0] == 0.25F && means[1] == -1 && means[2] == 7 && number == 'a');
    train_fields_free(&f);
}

/* A run that ends at a better machine of before it was resumed has made updates all the same. */
static void updates_are_counted_where_they_go_back(void **state)
{
    struct train_progress p = train_progress_make(TRAIN_LOG_NONE);
    (void)state;
    train_progress_begin(&p, "training", 1000, 2000);
    train_progress_update(&p, 1100);
    train_progress_update(&p, 900);
    assert_int_equal(p.made, 100);
    train_progress_update(&p, 950);
    assert_int_equal(p.made, 150);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_of_states_of_two_values_are_bits),
        cmocka_unit_test(a_judgement_that_flatters_is_not_believed),
        cmocka_unit_test(what_was_learned_before_training_diverged_is_kept),
        cmocka_unit_test(updates_are_counted_where_they_go_back),
    };

    return cmocka_run_group_tests(tests, case_folder, case_folder_end);
}
