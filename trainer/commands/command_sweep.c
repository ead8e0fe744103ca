/* boltz sweep: trainings with different options, each a separate `boltz train`, compared by log p of held-out rows. A finished
 * run is not repeated: training finds its own result (--auto-resume). */
#include "chart.h"
#include "commands.h"
#include "file_write.h"
#include "html_page.h"
#include "json_text.h"
#include "mem.h"
#include "model_file.h"
#include "sweep_plan.h"
#include "text_stream.h"
#include "training.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct sweep_options {
    struct train_settings settings;
    struct train_data_options data;
    struct train_run_options run;
    struct bz_list vary;
    size_t random;
};

#define FIELD(name) offsetof(struct sweep_options, name)

static const struct bz_option own_rows[] = {
    BZ_ROW(LIST, "vary", FIELD(vary), .argument = "OPTION=A,B,...",
           .help = "an option of boltz train about the machine or its learning and the values to try, separated by / if they "
                   "contain commas (hidden=50/200,50); "
                   "repeat for all combinations. With --random also a range A..B: numbers are drawn uniformly in the "
                   "logarithm, whole ones if both ends are whole"),
    BZ_ROW(SIZE, "random", FIELD(random), .most = 100000, .argument = "N",
           .help = "try this many random combinations instead of all; drawn by --seed"),
};

/* Options of the sweep that are not passed to its runs. */
static const char *const not_passed[] = {"out",    "resume",  "auto-resume", "restart", "log",
                                         "config", "dry-run", "vary",        "random",  NULL};

/* Options that decide which rows are held out or what they are, so that the log p of two runs would be of different things: all
 * about data but these, and some about learning. */
static const char *const same_rows[] = {"groups", NULL};
static const char *const other_rows[] = {"binarize", "reweight", "valid", "valid-fraction", NULL};

struct result {
    double log_prob, updates, seconds; /* NaN = no estimate */
    char *path;                        /* of the version; owned */
};

struct sweep {
    const struct sweep_options *o;
    const char *kind;
    char *folder, *conf; /* OUT/.sweep and the options of all runs */
    struct train_sweep_plan plan;
    struct result *results; /* [plan.n] */
    size_t done;
};

/* --- before the first run --- */

/* What the command line of `boltz train` would refuse, so that a slip in the last value does not cost the runs before it. */
static int check_run(const struct sweep *s, size_t run, struct bz_error *err)
{
    const struct train_work *train = &train_work_train;
    const struct bz_option_set set = {.program = "boltz train", .groups = train->groups, .n_groups = train->n_groups};
    struct bz_options options = {0};
    const char *argv[1 + TRAIN_SWEEP_MOST] = {"train"}, *none[1];
    size_t n_words, n_sizes, *sizes;
    void *into = bz_alloc(1, train->size, err);
    if (!into)
        return -1;
    for (size_t k = 0; k < s->plan.n_options; k++)
        argv[1 + k] = s->plan.argument[run * s->plan.n_options + k];
    int rc = bz_options_begin(&options, &set, into, err) < 0
                 ? -1
                 : bz_options_command_line(&options, 1 + (int)s->plan.n_options, (char *const *)(uintptr_t)argv, none, 0,
                                           &n_words, err);
    for (size_t k = 0; rc == 0 && k < s->plan.n_options; k++) {
        if (strcmp(s->plan.option[k], "hidden") != 0 || strcmp(s->kind, "multimodal") == 0)
            continue;
        rc = train_parse_sizes(train_sweep_value(&s->plan, run, k), "hidden", &sizes, &n_sizes, err);
        if (rc == 0)
            bz_free(sizes);
    }
    bz_options_free(&options);
    bz_free(into);
    return rc < 0 ? bz_fail_in(err, "run %zu (%s)", run + 1, s->plan.name[run]) : 0;
}

/* --- one run --- */

static char *run_folder(const struct sweep *s, size_t run, struct bz_error *err)
{
    return training_join(err, "%s/run%04zu", s->folder, run + 1);
}

/* The child's arguments; texts are the plan's and the caller's. */
static size_t arguments(const struct sweep *s, size_t run, const char *out, const char *argv[])
{
    size_t n = 0;
    const char *const fixed[] = {"boltz", "train", s->kind, "--config", s->conf,
                                 "--out", out,     "--log", "text",     "--auto-resume"};
    for (size_t i = 0; i < TRAIN_COUNT(fixed); i++)
        argv[n++] = fixed[i];
    for (size_t k = 0; k < s->plan.n_options; k++)
        argv[n++] = s->plan.argument[run * s->plan.n_options + k];
    argv[n] = NULL;
    return n;
}

/* In the child: redirects output to a file and becomes boltz. */
static void become(const char *const *argv, const char *log)
{
    const int to = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (to >= 0 && dup2(to, 1) >= 0 && dup2(to, 2) >= 0)
        execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
    _exit(127);
}

/* Why a run ended: the last line that it printed, if that is a message. A log on a full disk lacks it. */
static void find_reason(const char *log, int status, char *why, size_t room)
{
    FILE *f = fopen(log, "re");
    char *next = NULL;
    size_t size = 0;
    bool whole = false;
    why[0] = 0;
    while (f && getline(&next, &size, f) > 0) {
        const size_t length = strcspn(next, "\n");
        whole = next[length] && strncmp(next, "boltz train: ", 13) == 0;
        snprintf(why, room, "%.*s", (int)length, next);
    }
    free(next);
    if (f)
        fclose(f);
    if (WIFSIGNALED(status))
        snprintf(why, room, "ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (!whole)
        snprintf(why, room, "exit status %d without a reason in its log; is the disk full?", WEXITSTATUS(status));
}

static int train_one(const struct sweep *s, size_t run, const char *out, struct bz_error *err)
{
    char *log = training_join(err, "%s.log", out);
    const char *argv[16 + TRAIN_SWEEP_MOST];
    int status;
    if (!log)
        return -1;
    arguments(s, run, out, argv);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0)
        become(argv, log);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    int rc = 0;
    if (child < 0)
        rc = bz_fail(err, BZ_IO, "cannot start run %zu: %s", run + 1, strerror(errno));
    else if (WIFEXITED(status) && WEXITSTATUS(status) > 128)
        rc = bz_fail(err, BZ_INTERRUPTED, "interrupted in run %zu of %zu; the same command continues", run + 1, s->plan.n);
    else if (!WIFEXITED(status) || WEXITSTATUS(status)) {
        char why[512];
        find_reason(log, status, why, sizeof(why));
        rc = bz_fail(err, WIFEXITED(status) && WEXITSTATUS(status) == TRAIN_EXIT_USAGE ? BZ_BAD_USAGE : BZ_BAD_INPUT,
                     "run %zu (%s) failed: %s (%s)", run + 1, s->plan.name[run], why, log);
    }
    bz_free(log);
    return rc;
}

static double number(const cJSON *record, const char *key)
{
    const cJSON *item = bz_json_get(record, key);
    return cJSON_IsNumber(item) ? item->valuedouble : (double)NAN;
}

static int read_result(const struct sweep *s, size_t run, const char *out, struct bz_error *err)
{
    struct result *r = &s->results[run];
    struct bz_model *model = NULL;
    char *file = NULL;
    unsigned long newest;
    int rc = -1;
    if (bz_repository_latest(&newest, out, err) == 0 && (r->path = training_join(err, "%s/%lu", out, newest)) &&
        bz_model_path(&file, r->path, err) == 0 && bz_model_load(&model, file, err) == 0) {
        cJSON *record;
        rc = bz_json_parse_any(&record, model->training, err);
        r->log_prob = number(record, "log_prob");
        r->updates = number(record, "kept_update");
        cJSON_Delete(record);
    }
    bz_model_free(model);
    bz_free(file);
    return rc;
}

/* --- all of them --- */

static long best_run(const struct sweep *s)
{
    long best = -1;
    for (size_t i = 0; i < s->done; i++)
        if (isfinite(s->results[i].log_prob) && (best < 0 || s->results[i].log_prob > s->results[best].log_prob))
            best = (long)i;
    return best;
}

/* As `name` beside the models. */
static int save_text(const struct sweep *s, struct bz_text *t, const char *what, const char *name, int rc, struct bz_error *err)
{
    char *path = training_join(err, "%s/%s", s->o->settings.out, name);
    rc = bz_text_save(t, what, path, path ? rc : -1, err);
    bz_free(path);
    return rc;
}

static int write_csv(const struct sweep *s, struct bz_error *err)
{
    struct bz_text text;
    FILE *out = bz_text_begin(&text, err);
    if (!out)
        return -1;
    fputs("run", out);
    for (size_t k = 0; k < s->plan.n_options; k++)
        fprintf(out, ",%s", s->plan.option[k]);
    fputs(",log_prob,kept_update,model\n", out);
    for (size_t i = 0; i < s->done; i++) {
        fprintf(out, "%zu", i + 1);
        for (size_t k = 0; k < s->plan.n_options; k++)
            fprintf(out, ",\"%s\"", train_sweep_value(&s->plan, i, k));
        if (isfinite(s->results[i].log_prob))
            fprintf(out, ",%.6f,%.0f", s->results[i].log_prob, s->results[i].updates);
        else
            fputs(",,", out);
        fprintf(out, ",\"%s\"\n", s->results[i].path);
    }
    return save_text(s, &text, "the table", "sweep.csv", 0, err);
}

/* Charts of log p over each option whose values are numbers. */
static int put_charts(FILE *out, const struct sweep *s, struct bz_error *err)
{
    double *x = bz_alloc(s->done + 1, sizeof(double), err), *y = x ? bz_alloc(s->done + 1, sizeof(double), err) : NULL;
    fputs("<div class=\"side\">\n", out);
    for (size_t k = 0; y && k < s->plan.n_options; k++) {
        bool numbers = true;
        for (size_t i = 0; i < s->done; i++) {
            char *end;
            x[i] = strtod(train_sweep_value(&s->plan, i, k), &end);
            y[i] = s->results[i].log_prob;
            numbers = numbers && *end == 0 && end != train_sweep_value(&s->plan, i, k);
        }
        const struct train_series runs = {"run", x, y, s->done};
        if (numbers)
            train_chart_marks(out, s->plan.option[k], s->plan.option[k], "log p, held-out rows", &runs);
    }
    fputs("</div>\n", out);
    bz_free(x);
    bz_free(y);
    return y ? 0 : -1;
}

static int write_page(const struct sweep *s, struct bz_error *err)
{
    const long best = best_run(s);
    struct bz_text page;
    FILE *out = bz_text_begin(&page, err);
    if (!out)
        return -1;
    train_html_begin(out, "Sweep");
    train_html_heading(out, "Runs", "Estimated log p of held-out rows, the same rows in all runs.");
    fputs("<table><tr><th>run</th><th>options</th><th>log p</th></tr>\n", out);
    for (size_t i = 0; i < s->done; i++) {
        fprintf(out, "<tr><td>%zu%s</td><td>", i + 1, (long)i == best ? " (best)" : "");
        train_html_text(out, s->plan.name[i]);
        fprintf(out, "</td><td>%.3f</td></tr>\n", s->results[i].log_prob);
    }
    fputs("</table>\n", out);
    const int rc = put_charts(out, s, err);
    train_html_end(out);
    return save_text(s, &page, "the page", "sweep.html", rc, err);
}

/* The best run's version becomes the next version of OUT; its files are the same files. */
static int publish(const struct sweep *s, size_t best, struct bz_error *err)
{
    static const char *const files[] = {BZ_MODEL_FILE, "report.html", "ladder.safetensors"};
    char *stage = NULL;
    unsigned long version;
    if (bz_version_stage(&stage, NULL, s->o->settings.out, err) < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < TRAIN_COUNT(files); i++) {
        char *from = training_join(err, "%s/%s", s->results[best].path, files[i]);
        char *to = from ? training_join(err, "%s/%s", stage, files[i]) : NULL;
        if (!to || (link(from, to) < 0 && (errno != ENOENT || i == 0)))
            rc = to ? bz_fail(err, BZ_IO, "%s: cannot link it to %s: %s", from, to, strerror(errno)) : -1;
        bz_free(from);
        bz_free(to);
    }
    if (rc == 0)
        rc = bz_version_publish(&version, stage, s->o->settings.out, err);
    if (rc == 0)
        printf("%s/%lu\n", s->o->settings.out, version);
    else
        bz_remove_folder(stage);
    bz_free(stage);
    return rc;
}

static int check_runs(const struct sweep *s, struct bz_error *err)
{
    for (size_t i = 0; i < s->plan.n; i++)
        if (check_run(s, i, err) < 0)
            return -1;
    return 0;
}

static int run_all(struct sweep *s, struct bz_error *err)
{
    for (size_t i = 0; i < s->plan.n; i++) {
        char *out = run_folder(s, i, err);
        fprintf(stderr, "run %zu of %zu: %s\n", i + 1, s->plan.n, s->plan.name[i]);
        const int rc = out && train_one(s, i, out, err) == 0 ? read_result(s, i, out, err) : -1;
        bz_free(out);
        if (rc < 0)
            return -1;
        s->done++;
        if (isfinite(s->results[i].log_prob))
            fprintf(stderr, "  log p of held-out rows %.3f\n", s->results[i].log_prob);
        if (write_csv(s, err) < 0 || write_page(s, err) < 0)
            return -1;
    }
    const long best = best_run(s);
    if (best < 0)
        return bz_fail(err, BZ_UNSUPPORTED,
                       "no run has an estimate of log p to choose by (machines whose hidden units depend on each other, "
                       "counts, or --early-stopping off): all are in %s; compare them with boltz evaluate",
                       s->folder);
    fprintf(stderr, "best: run %ld: %s\n", best + 1, s->plan.name[best]);
    return publish(s, (size_t)best, err);
}

static int write_conf(const struct sweep *s, const struct train_arguments *a, struct bz_error *err)
{
    struct bz_text text;
    FILE *out = bz_text_begin(&text, err);
    if (!out)
        return -1;
    bz_options_write(&a->set, s->o, not_passed, false, out);
    int rc = bz_text_end(&text, "the settings", err);
    if (rc == 0 && (rc = bz_make_folders(s->folder, err)) == 0)
        rc = bz_file_save(s->conf, text.text, text.size, err);
    bz_text_free(&text);
    return rc;
}

static bool among(const char *const *list, const char *name, size_t length)
{
    for (size_t i = 0; list[i]; i++)
        if (!strncmp(list[i], name, length) && !list[i][length])
            return true;
    return false;
}

static bool of_group(const struct bz_option *rows, size_t n, const char *name, size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (!strncmp(rows[i].name, name, length) && !rows[i].name[length])
            return true;
    return false;
}

static int check_vary(const struct sweep_options *o, const char *vary, struct bz_error *err)
{
    const char *name = vary + strspn(vary, "-");
    const size_t length = strcspn(name, "=");
    const bool data = of_group(train_data_rows, TRAIN_N_DATA_OPTIONS, name, length) ||
                      of_group(train_layer_rows, TRAIN_N_LAYER_OPTIONS, name, length);
    if (among(not_passed, name, length))
        return bz_fail(err, BZ_BAD_USAGE, "--vary %.*s: expected an option that affects what is learned", (int)length, name);
    if ((data && !among(same_rows, name, length)) || among(other_rows, name, length))
        return bz_fail(err, BZ_BAD_USAGE,
                       "--vary %.*s: log p of other rows or other values cannot be compared; expected an option of the machine "
                       "or of its learning",
                       (int)length, name);
    if (!o->settings.valid.n && length == 4 && !strncmp(name, "seed", length))
        return bz_fail(err, BZ_BAD_USAGE,
                       "--vary seed: each seed holds other rows out, whose log p cannot be compared; expected --valid FILE");
    return 0;
}

static int sweep(const struct train_arguments *a, const void *given, struct bz_error *err)
{
    const struct sweep_options *o = given;
    struct sweep s = {.o = o, .kind = a->words[0]};
    int rc = -1;
    if (!o->settings.out || !o->data.data.n)
        return bz_fail(err, BZ_BAD_USAGE, "--%s: is needed", o->settings.out ? "data" : "out");
    for (size_t i = 0; i < o->vary.n; i++)
        if (check_vary(o, o->vary.items[i], err) < 0)
            return -1;
    if (bz_model_folder_check(o->settings.out, err) == 0 &&
        train_sweep_plan_make(&s.plan, &o->vary, o->random, o->settings.seed, err) == 0 && check_runs(&s, err) == 0 &&
        (s.results = bz_alloc(s.plan.n, sizeof(*s.results), err)) &&
        (s.folder = training_join(err, "%s/.sweep", o->settings.out)) &&
        (s.conf = training_join(err, "%s/settings.conf", s.folder)) && write_conf(&s, a, err) == 0)
        rc = run_all(&s, err);
    for (size_t i = 0; s.results && i < s.plan.n; i++)
        bz_free(s.results[i].path);
    bz_free_all(s.results, s.folder, s.conf);
    train_sweep_plan_free(&s.plan);
    return rc;
}

static const struct bz_option_group groups[] = {
    {"Sweep", own_rows, TRAIN_COUNT(own_rows), 0},
    {"Data", train_data_rows, TRAIN_N_DATA_OPTIONS, FIELD(data)},
    {NULL, train_layer_rows, TRAIN_N_LAYER_OPTIONS, FIELD(data)},
    {"Machine", train_machine_rows, TRAIN_N_MACHINE_OPTIONS, FIELD(settings)},
    {"Learning", train_learning_rows, TRAIN_N_LEARNING_OPTIONS, FIELD(settings)},
    {"Course", train_course_rows, TRAIN_N_COURSE_OPTIONS, FIELD(settings)},
    {"General", train_run_rows, TRAIN_N_RUN_OPTIONS, FIELD(run)},
};

const struct train_work train_work_sweep = {
    TRAIN_OPTIONS(groups, struct sweep_options),
    .run = sweep,
};
