/* The data of a training: each file is read by one of the processes that train together. */
#include "exclusion.h"
#include "lending.h"
#include "mem.h"
#include "number_text.h"
#include "row_weights.h"
#include "spread.h"
#include "training.h"
#include "unit.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Few rows of very many columns are often a matrix the wrong way round. */
static void warn_of_width(const struct training *t)
{
    size_t columns = 0;
    for (size_t p = 0; p < t->data->n_parts; p++)
        columns += bz_unit_type(t->data->parts[p].unit)->grouped ? t->data->parts[p].groups : t->data->parts[p].size;
    if (columns / TRAIN_WIDE > t->data->rows)
        train_progress_warn(t->progress, TRAIN_WIDE_TEXT, t->data->rows, columns);
}

/* A class that few rows have is a small part of their joint distribution. */
static void warn_of_labels(const struct training *t)
{
    if (t->data->labels && t->data_options->labels && t->data->labelled < t->data->rows / 2)
        train_progress_warn(
            t->progress,
            "%zu of %zu rows have a class, which a joint distribution hardly learns; `boltz finetune` does, from a "
            "machine trained without --labels, or with --predict label from this one",
            t->data->labelled, t->data->rows);
}

/* Columns that exclude each other become groups unless the units are a model's, --groups forbids it, or the machine has
 * couplings within its visible layer or is an autoencoder. */
static bool may_group(const struct training *t)
{
    const char *groups = t->data_options->groups;
    return !t->init && (!groups || strcmp(groups, "auto") == 0) && !training_is_autoencoder(t) && strcmp(t->kind, "bm") != 0;
}

/* Groups of a model to continue from cannot be split: its weights were learned with them. */
static int check_groups_of_init(const struct training *t, struct bz_error *err)
{
    const char *groups = t->data_options->groups;
    for (size_t l = 0; t->init && groups && strcmp(groups, "auto") != 0 && l < t->init->machine->n_layers; l++)
        if (t->init->machine->layers[l].exclusion.group)
            return bz_fail(
                err, BZ_BAD_USAGE,
                "--groups %.64s: layer \"%s\" of --init has columns that exclude each other, which stay so; expected "
                "no --groups, or no --init",
                groups, t->init->machine->layers[l].name);
    return 0;
}

/* UNIT or NAME=UNIT, for a model to continue from, whose layers keep their types. */
static int check_units_of_init(const struct training *t, const struct bz_list *asked, struct bz_error *err)
{
    for (size_t i = 0; t->init && i < asked->n; i++) {
        const char *item = asked->items[i], *equals = strchr(item, '='), *unit = equals ? equals + 1 : item;
        for (size_t l = 0; l < t->init->machine->n_layers; l++) {
            const struct bz_layer *layer = &t->init->machine->layers[l];
            const size_t n = equals ? (size_t)(equals - item) : strlen(layer->name);
            if (layer->role == BZ_VISIBLE && (!equals || (strlen(layer->name) == n && !strncmp(layer->name, item, n))) &&
                strcmp(bz_unit_name(layer->unit), unit) != 0)
                return bz_fail(err, BZ_BAD_USAGE, "--visible-unit %.64s: layer '%s' of --init has %s units, and keeps them",
                               item, layer->name, bz_unit_name(layer->unit));
        }
    }
    return 0;
}

static int load_init(struct training *t, struct bz_error *err)
{
    char *path = NULL;
    int rc = 0;
    if (t->settings->init)
        rc = bz_model_path(&path, t->settings->init, err) < 0 || bz_model_load(&t->init, path, err) < 0 ? -1 : 0;
    bz_free(path);
    return rc;
}

/* What can be known to be wrong before files are read, which may take minutes. */
static int check_before_reading(const struct train_settings *s, struct bz_error *err)
{
    for (size_t i = 0; i < s->hidden.n; i++) {
        const char *equals = strchr(s->hidden.items[i], '=');
        size_t *sizes, n;
        if (train_parse_sizes(equals ? equals + 1 : s->hidden.items[i], "hidden", &sizes, &n, err) < 0)
            return -1;
        bz_free(sizes);
    }
    if (s->valid.n && s->valid_fraction > 0)
        return bz_fail(err, BZ_BAD_USAGE, "--valid and --valid-fraction: expected one of them, found both");
    for (size_t i = 0; i < s->valid.n; i++) {
        const char *text = s->valid.items[i];
        double share;
        if (bz_parse_number(text, strlen(text), &share) == 0 && access(text, F_OK) < 0)
            return bz_fail(err, BZ_BAD_USAGE,
                           "--valid %.40s: there is no such file of held-out rows; --valid-fraction X holds out a "
                           "share of the rows",
                           text);
    }
    return 0;
}

static int read_files(struct training *t, struct bz_error *err)
{
    struct train_data_options o = *t->data_options;
    if (check_before_reading(t->settings, err) < 0)
        return -1;
    o.binarize = t->settings->binarize;
    struct bz_columns memory = {.base = -1};
    if (t->init && t->init->table && bz_columns_parse(&memory, t->init->table, t->init->machine, err) < 0)
        return -1;
    const int rc = check_groups_of_init(t, err) < 0 || check_units_of_init(t, &t->data_options->visible_unit, err) < 0 ||
                           check_units_of_init(t, &t->data_options->unit, err) < 0
                       ? -1
                       : train_data_load(&t->data, &o, NULL, t->init ? t->init->machine : NULL, &memory, err);
    bz_columns_free(&memory);
    if (rc < 0)
        return -1;
    if (t->settings->valid.n) {
        struct train_data_options v = o;
        v.data = t->settings->valid;
        if (!train_labels_are_column(&v))
            v.labels = NULL;
        if (!train_weights_are_column(&v))
            v.weights = NULL;
        if (train_data_load(&t->valid, &v, t->data, NULL, NULL, err) < 0)
            return -1;
    }
    return may_group(t) && train_find_exclusions(t->data, t->valid, err) < 0 ? -1 : 0;
}

/* --- once on each host --- */

/* What a process that has read the data tells the others on its host, which then see the rows in its memory. */
struct notice {
    struct train_loan data, valid;
    bool failed, has_valid;
    struct bz_error error;
};

static uint64_t add(uint64_t hash, const void *data, size_t bytes)
{
    const uint8_t *p = data;
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ p[i]) * 0x100000001b3; /* FNV-1a */
    return hash;
}

/* Of the words of the command. 0 where they are not known. */
static uint64_t words_number(void)
{
    uint64_t hash = 0xcbf29ce484222325;
    char part[4096];
    ssize_t n;
    const int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    while ((n = read(fd, part, sizeof(part))) > 0)
        hash = add(hash, part, (size_t)n);
    close(fd);
    return n < 0 ? 0 : hash;
}

/* The same command in the same folder reads the same files. 0 where that is not known. */
static uint64_t command_number(void)
{
    static const char *const places[] = {".", "/"};
    uint64_t hash = words_number();
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        struct stat st;
        if (hash == 0 || stat(places[i], &st) < 0)
            return 0;
        hash = add(add(hash, &st.st_dev, sizeof(st.st_dev)), &st.st_ino, sizeof(st.st_ino));
    }
    return hash;
}

/* If memory cannot be shared nothing is lent, and each process reads for itself. */
static void lend(struct training *t, struct notice *n)
{
    n->has_valid = t->valid != NULL;
    if (train_data_lend(t->data, &n->data, NULL) == 0 && t->valid && train_data_lend(t->valid, &n->valid, NULL) < 0)
        n->data = (struct train_loan){0};
}

static int borrow(struct training *t, const struct notice *n, struct bz_error *err)
{
    if (n->failed) {
        *err = n->error;
        return -1;
    }
    if (n->data.bytes > 0 && train_data_borrow(&t->data, &n->data, NULL) == 0) {
        if (!n->has_valid || train_data_borrow(&t->valid, &n->valid, NULL) == 0)
            return 0;
        train_data_free(t->data);
        t->data = NULL;
    }
    return read_files(t, err);
}

static int read_on_host(struct training *t, struct bz_error *err)
{
    const size_t number = train_ranks_number(t->ranks), count = train_ranks_count(t->ranks);
    size_t reader;
    const uint64_t command = command_number();
    const size_t alike = train_ranks_alike(t->ranks, command, &reader, err);
    if (alike == 0)
        return -1;
    struct notice *all = bz_alloc(count, sizeof(*all), err), *own = all ? &all[number] : NULL;
    if (!all)
        return -1;
    if (command == 0)
        reader = number;
    if (reader == number) {
        own->failed = read_files(t, &own->error) < 0;
        if (!own->failed && alike > 1 && command != 0)
            lend(t, own);
    }
    train_ranks_patient(t->ranks, true);
    int rc = train_ranks_gather(t->ranks, all, sizeof(*all), count, err);
    train_ranks_patient(t->ranks, false);
    if (rc == 0 && reader != number)
        rc = borrow(t, &all[reader], err);
    else if (rc == 0 && own->failed) {
        *err = own->error;
        rc = -1;
    }
    bz_free(all);
    return rc;
}

/* --- once for several hosts --- */

/* Whether all have been given the same words. */
static int same_words(const struct training *t, bool *same, struct bz_error *err)
{
    const size_t number = train_ranks_number(t->ranks), count = train_ranks_count(t->ranks);
    uint64_t *all = bz_alloc(count, sizeof(*all), err);
    if (!all)
        return -1;
    all[number] = words_number();
    const int rc = train_ranks_gather(t->ranks, all, sizeof(*all), count, err);
    *same = all[0] != 0;
    for (size_t k = 1; k < count; k++)
        *same = *same && all[k] == all[0];
    bz_free(all);
    return rc;
}

/* Rank 0 reads, and gives the others what belongs to all rows, and a block of them each. */
static int read_and_deal(struct training *t, struct bz_error *err)
{
    struct notice notice = {.failed = false};
    if (train_ranks_number(t->ranks) == 0) {
        notice.failed = read_files(t, &notice.error) < 0;
        notice.has_valid = t->valid != NULL;
    }
    train_ranks_patient(t->ranks, true);
    int rc = train_ranks_follow(t->ranks, &notice, sizeof(notice), err);
    train_ranks_patient(t->ranks, false);
    if (rc == 0 && notice.failed) {
        *err = notice.error;
        rc = -1;
    }
    if (rc == 0)
        rc = train_spread_deal(&t->data, true, t->ranks, err);
    return rc == 0 && notice.has_valid ? train_spread_deal(&t->valid, false, t->ranks, err) : rc;
}

static int read_once(struct training *t, struct bz_error *err)
{
    if (!t->ranks)
        return read_files(t, err);
    if (train_ranks_hosts(t->ranks) > 1 && same_words(t, &t->spread, err) < 0)
        return -1;
    return t->spread ? read_and_deal(t, err) : read_on_host(t, err);
}

/* What --labels would have to say for the labels that came along to be learned. */
static const char *labels_word(const struct training *t)
{
    const struct train_data_options *o = t->data_options;
    const bool in_front = o->data.n == 1 && t->data->n_parts == 1 && t->data->parts[0].store == TRAIN_SPARSE;
    return o->label_column ? o->label_column : in_front ? o->data.items[0] : "FILE";
}

/* What is said of log p while a machine learns is a density of standardised values. */
static void say_units(const struct training *t)
{
    double less = 0;
    bool standardised = false, exact = true; /* not with gaps or clipped values */
    for (size_t p = 0; p < t->data->n_parts; p++) {
        const struct train_part *part = &t->data->parts[p];
        for (size_t i = 0; part->mean && i < part->size; i++)
            less += log(part->deviation[i]);
        standardised = standardised || part->mean;
        exact = exact && (!part->mean || (!part->missing && !part->limit));
    }
    if (!standardised || strcmp(t->kind, "autoencoder") == 0)
        return;
    if (!exact)
        train_progress_say(t->progress,
                           "log p below is of standardised values; `boltz evaluate` gives that of the values as they are");
    else
        train_progress_say(t->progress, "log p below is of standardised values; of the values as they are it is %.2f %s",
                           fabs(less), less < 0 ? "more" : "less");
}

int training_load(struct training *t, struct bz_error *err)
{
    if (load_init(t, err) < 0 || read_once(t, err) < 0)
        return -1;
    for (size_t i = 0; i < t->data->n_said; i++)
        train_progress_say(t->progress, "%s", t->data->said[i]);
    for (size_t p = 0; p < t->data->n_parts; p++) {
        char text[400];
        train_part_describe(t->data, p, text, sizeof(text));
        train_progress_say(t->progress, "%s", text);
    }
    say_units(t);
    for (size_t i = 0; t->valid && i < t->valid->n_said; i++)
        train_progress_say(t->progress, "--valid %s", t->valid->said[i]);
    if (t->data->labels && !t->data_options->labels)
        train_progress_say(t->progress,
                           "the labels are neither inputs nor learned: a layer of classes is what --labels %s adds, "
                           "a classifier what `boltz finetune` makes of the model",
                           labels_word(t));
    warn_of_width(t);
    warn_of_labels(t);
    return training_divide(t, err);
}
