/* boltz: trains Boltzmann machines and works with them offline. */
#include "arguments.h"
#include "commands.h"
#include "kernels.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    {"check", train_command_check, "what would be understood of a data file, without training"},
    {"train", train_command_train, "train a machine on data: rbm, bm, dbm, multimodal"},
    {"sample", train_command_sample, "draw from a model: .png, .npy, .csv, or on the terminal"},
    {"score", train_command_score, "free energy, and log probability where log Z is known, of rows of data"},
    {"features", train_command_features, "hidden representation of rows of data"},
    {"reconstruct", train_command_reconstruct, "rows of data as the model sees them; fills in what is missing"},
    {"evaluate", train_command_evaluate, "likelihood and other measures of a model on rows of data"},
    {"inspect", train_command_inspect, "what a model file holds, and whether it is sound"},
    {"import", train_command_import, "make a model of what scikit-learn trained"},
    {"export", train_command_export, "write a model as arrays for scikit-learn"},
};

static void print_help(FILE *out)
{
    fputs("usage: boltz COMMAND [ARGUMENTS]\n\nTrains Boltzmann machines and works with them offline. `boltz COMMAND --help` "
          "tells "
          "more.\n\n",
          out);
    for (size_t i = 0; i < TRAIN_COUNT(commands); i++)
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].help);
    fputs("\nMODEL is a repository entry (REPO/NAME: its highest version), a version folder, or a file.\n"
          "Exit status: 0 done, 1 failed, 2 bad usage, 78 bad configuration file, 130 interrupted.\n",
          out);
}

/* A subcommand that has something to save installs its own handler; files in the making are temporary ones until then. */
static void on_interrupt(int number)
{
    (void)number;
    _exit(130);
}

/* What was printed may be lost on a full disk or a closed pipe: that is a failure too. */
static int flush_output(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (status == 0)
        fprintf(stderr, "boltz: cannot write to standard output: %s\n", strerror(errno));
    return status ? status : 1;
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large is a write that fails, which is reported */
    signal(SIGINT, on_interrupt);
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return flush_output(0);
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("boltz %s (%s)\n", BOLTZ_VERSION, bz_cpu()->name);
        return flush_output(0);
    }
    for (size_t i = 0; i < TRAIN_COUNT(commands); i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return flush_output(commands[i].run(argc - 1, argv + 1));
    fprintf(stderr, "boltz: unknown command '%s'; boltz --help lists them\n", argv[1]);
    return 2;
}
