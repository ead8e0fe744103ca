/* boltz: trains Boltzmann machines and works with them offline. */
#include "commands.h"
#include "file_write.h"
#include "interrupt.h"
#include "kernels.h"
#include "resources.h"
#include "standard_fds.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

enum { LEAST_STACK = 512 * 1024 };

static void print_help(FILE *out)
{
    fputs("usage: boltz COMMAND [ARGUMENTS]\n\nTrains Boltzmann machines and works with them offline. `boltz COMMAND --help` "
          "tells more.\n\n",
          out);
    for (size_t i = 0; i < TRAIN_N_COMMANDS; i++)
        fprintf(out, "  %-12s %s\n", train_commands[i].name, train_commands[i].help);
    fputs(
        "\nMODEL is a repository entry (REPO/NAME: its highest version), a version folder, or a file.\n"
        "Exit status: 0 done, 1 failed, 2 bad usage, 78 bad configuration file, 128 + signal interrupted (130 after Ctrl-C).\n",
        out);
}

static const struct train_command *find_command(const char *name)
{
    for (size_t i = 0; i < TRAIN_N_COMMANDS; i++)
        if (strcmp(name, train_commands[i].name) == 0)
            return &train_commands[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    const char *names[TRAIN_N_COMMANDS + 1] = {NULL};
    for (size_t i = 0; i < TRAIN_N_COMMANDS; i++)
        names[i] = train_commands[i].name;
    const char *near = bz_nearest(name, strlen(name), names);
    fprintf(stderr, "boltz: unknown command '%.64s'%s%s%s (boltz --help lists them)\n", name, near ? "; did you mean " : "",
            near ? near : "", near ? "?" : "");
    return TRAIN_EXIT_USAGE;
}

/* Output may be lost on a full disk or a closed pipe, which is a failure too. */
static int flush_output(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    if (status == 0)
        fprintf(stderr, "boltz: cannot write to standard output: %s\n", strerror(errno));
    return status ? status : 1;
}

static void warn(const char *message)
{
    fprintf(stderr, "boltz: warning: %s\n", message);
}

static int complain_of_stack(size_t bytes)
{
    fprintf(stderr, "boltz: the stack may take %zu bytes (ulimit -s), expected at least %d: ulimit -s 8192 allows more\n",
            bytes, LEAST_STACK);
    return TRAIN_EXIT_FAILED;
}

int main(int argc, char **argv)
{
    bz_hold_standard_fds();
    const size_t stack = bz_stack_ready();
    if (stack < LEAST_STACK)
        return complain_of_stack(stack);
    train_interrupt_begin();
    bz_file_warn = warn;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a file that grows too large then makes a write fail, which is reported */
    if (argc < 2) {
        print_help(stderr);
        return TRAIN_EXIT_USAGE;
    }
    const char *word = argv[1];
    const bool help = !strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help");
    if (!strcmp(word, "--version") || !strcmp(word, "-v") || !strcmp(word, "version")) {
        printf("boltz %s (%s)\n", BOLTZ_VERSION, bz_cpu()->name);
        return flush_output(0);
    }
    if (help && argc == 2) {
        print_help(stdout);
        return flush_output(0);
    }
    const struct train_command *command = find_command(argv[help ? 2 : 1]);
    if (!command)
        return unknown_command(argv[help ? 2 : 1]);
    if (help)
        train_command_help(command, stdout);
    return flush_output(help ? 0 : train_command_run(command, argc - 1, argv + 1));
}
