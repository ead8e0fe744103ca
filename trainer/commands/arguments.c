#include "arguments.h"

#include "interrupt.h"
#include "mem.h"

void train_command_help(const struct train_command *c, FILE *out)
{
    const struct bz_option_set set = {.groups = c->work->groups, .n_groups = c->work->n_groups};
    fprintf(out, "usage: boltz %s %s\n\n", c->name, c->usage);
    bz_print_wrapped(out, c->about, 0, 0);
    fputc('\n', out);
    bz_options_help(&set, out);
}

/* Returns 0 or an exit status, with *err set. */
static int read_all(struct train_arguments *a, void *into, int argc, char **argv, struct bz_error *err)
{
    const struct train_command *c = a->command;
    if (bz_options_begin(&a->options, &a->set, into, err) < 0)
        return TRAIN_EXIT_FAILED;
    const char *path = bz_options_peek(&a->set, "config", argc, argv, NULL);
    if (path && bz_options_file(&a->options, path, err) < 0)
        return TRAIN_EXIT_CONFIG;
    if (bz_options_command_line(&a->options, argc, argv, a->words, c->work->most_words ? c->work->most_words : 1, &a->n_words,
                                err) < 0)
        return TRAIN_EXIT_USAGE;
    if (a->n_words == 0) {
        bz_fail(err, BZ_BAD_USAGE, "an argument is missing; usage: boltz %s %s", c->name, c->usage);
        return TRAIN_EXIT_USAGE;
    }
    return 0;
}

static int status_of(const struct bz_error *err)
{
    return err->code == BZ_INTERRUPTED ? 128 + train_interrupted()
           : err->code == BZ_BAD_USAGE ? TRAIN_EXIT_USAGE
                                       : TRAIN_EXIT_FAILED;
}

int train_command_run(const struct train_command *c, int argc, char **argv)
{
    char program[64];
    struct bz_error err = {0};
    if (bz_options_has_flag(argc, argv, "help", 'h')) {
        train_command_help(c, stdout);
        return 0;
    }
    snprintf(program, sizeof(program), "boltz %s", c->name);
    struct train_arguments a = {.command = c,
                                .set = {.program = program, .groups = c->work->groups, .n_groups = c->work->n_groups}};
    void *into = bz_alloc(1, c->work->size, &err);
    int status = into ? read_all(&a, into, argc, argv, &err) : TRAIN_EXIT_FAILED;
    if (status == 0 && c->work->run(&a, into, &err) < 0)
        status = status_of(&err);
    if (status && *err.msg) /* one of several processes speaks for all */
        fprintf(stderr, "boltz %s: %s\n", c->name, err.msg);
    bz_options_free(&a.options);
    bz_free(into);
    return status;
}
