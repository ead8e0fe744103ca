/* boltz train: the command line of training. */
#include "commands.h"
#include "data_options.h"
#include "interrupt.h"
#include "linalg.h"
#include "mem.h"
#include "training.h"

#include <stdlib.h>
#include <string.h>

/* Options that do not change what comes out, and so may differ when a run is resumed. */
static const char *const without_effect[] = {"out",     "resume", "log", "checkpoint-every", "config", "cpu",
                                             "threads", "valid",  NULL};

static const char *const kinds[] = {"rbm", "bm", "dbm", "multimodal"};

static const char *check_kind(const char *word, struct bz_error *err)
{
    for (size_t i = 0; i < TRAIN_COUNT(kinds); i++)
        if (!strcmp(word, kinds[i]))
            return kinds[i];
    bz_fail(err, BZ_BAD_INPUT, "expected rbm, bm, dbm or multimodal, found '%s'", word);
    return NULL;
}

static int run(struct training *t, const struct train_run_options *options, struct bz_error *err)
{
    struct train_pool *pool = NULL;
    char *path = NULL;
    int rc = -1;
    train_linalg_init();
    if (train_run_start(options, &pool, err) < 0)
        return -1;
    t->par = train_pool_parallel(pool);
    if (training_open(t, err) < 0)
        goto out;
    train_interrupt_watch();
    if (training_run(t, err) < 0 || training_save(t, &path, err) < 0)
        goto out;
    printf("%s\n", path);
    rc = 0;
out:
    training_close(t);
    train_pool_free(pool);
    bz_free(path);
    return rc;
}

int train_command_train(int argc, char **argv)
{
    struct train_settings settings = {0};
    struct train_data_options data = {0};
    struct train_run_options options = {0};
    const struct train_option_group groups[] = {
        {"Data", train_data_rows, TRAIN_N_DATA_OPTIONS, &data},
        {NULL, train_layer_rows, TRAIN_N_LAYER_OPTIONS, &data},
        {"Machine", train_machine_rows, TRAIN_N_MACHINE_OPTIONS, &settings},
        {"Learning", train_learning_rows, TRAIN_N_LEARNING_OPTIONS, &settings},
        {"Course", train_course_rows, TRAIN_N_COURSE_OPTIONS, &settings},
        {"General", train_run_rows, TRAIN_N_RUN_OPTIONS, &options},
    };
    const struct train_command command = {
        .name = "train",
        .usage = "rbm|bm|dbm|multimodal --data FILE --hidden N[,N...] --out REPO/NAME",
        .about = "Trains a machine on rows of data, writes it as the next version of REPO/NAME and prints where. Ctrl-C stops "
                 "after the "
                 "update under way; --resume goes on from there.",
        .groups = groups,
        .n_groups = TRAIN_COUNT(groups),
        .least_words = 1,
        .most_words = 1,
    };
    struct train_arguments arguments;
    struct bz_error err = {0};
    char *text = NULL;
    size_t size;
    int status = train_arguments_parse(&arguments, &command, argc, argv);
    if (status >= 0)
        goto out;
    status = 2;
    FILE *lines = open_memstream(&text, &size);
    if (!lines) {
        status = 1;
        goto out;
    }
    train_options_write(&command, without_effect, lines);
    fclose(lines);
    const enum train_log log = !strcmp(settings.log, "json")   ? TRAIN_LOG_JSON
                               : !strcmp(settings.log, "none") ? TRAIN_LOG_NONE
                                                               : TRAIN_LOG_TEXT;
    struct train_progress progress = train_progress_make(log);
    struct training training = {.settings = &settings,
                                .data_options = &data,
                                .settings_text = text,
                                .progress = &progress,
                                .kind = check_kind(arguments.words[0], &err)};
    if (!training.kind)
        status = train_report("train", &err), status = 2;
    else if (!settings.out || !data.data.n)
        bz_fail(&err, BZ_BAD_INPUT, "--%s: is needed", settings.out ? "data" : "out"), status = train_report("train", &err);
    else
        status = run(&training, &options, &err) < 0 ? train_report("train", &err) : 0;
out:
    free(text);
    train_arguments_free(&arguments);
    return status;
}
