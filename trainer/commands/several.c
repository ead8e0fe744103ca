#include "several.h"

#include "digest.h"
#include "interrupt.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int loud = -1; /* the real standard error while it is discarded */

static void hush(void)
{
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere < 0)
        return;
    fflush(NULL);
    loud = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
}

static void speak(void)
{
    if (loud < 0)
        return;
    fflush(NULL);
    dup2(loud, STDERR_FILENO);
    close(loud);
    loud = -1;
}

int train_several_join(struct train_ranks **ranks, struct train_run_options *options, bool quiet, struct bz_error *err)
{
    if (train_ranks_open(ranks, train_interrupted, err) < 0)
        return -1;
    if (options->threads == 0)
        options->threads = train_ranks_threads(*ranks);
    if (quiet && train_ranks_number(*ranks) > 0)
        hush();
    return 0;
}

int train_several_agree(struct train_ranks *ranks, const char *text, struct bz_error *err)
{
    char own[BZ_DIGEST_ROOM], first[BZ_DIGEST_ROOM];
    bz_sha256_hex(&(struct bz_span){text, strlen(text)}, 1, own);
    memcpy(first, own, sizeof(first));
    if (train_ranks_follow(ranks, first, sizeof(first), err) < 0)
        return -1;
    return strcmp(own, first) == 0 ? 0
                                   : bz_fail(err, BZ_BAD_INPUT,
                                             "rank %zu: the settings, or the bytes of the data files, differ from rank 0's; "
                                             "expected the same on every host",
                                             train_ranks_number(ranks));
}

int train_several_leave(struct train_ranks *ranks, const char *command, int rc, struct bz_error *err)
{
    enum { FAILED = 1, USAGE = 2 };
    const size_t number = train_ranks_number(ranks);
    if (!ranks)
        return rc;
    speak();
    if (rc == 0 || err->code == BZ_INTERRUPTED) {
        struct bz_error failure;
        if (rc < 0 && number == 0) /* before any of them exits, upon which the launcher kills the others */
            fprintf(stderr, "boltz %s: %s\n", command, err->msg);
        fflush(stdout);
        if (train_ranks_close(ranks, &failure) < 0 && number == 0)
            fprintf(stderr, "boltz %s: warning: %s\n", command, failure.msg);
        *err->msg = 0; /* it has been reported */
        return rc;
    }
    const struct timespec tick = {.tv_nsec = 20000000};
    for (int i = 0; number > 0 && i < 100; i++) { /* the first process, if it has the same error, ends this one meanwhile */
        nanosleep(&tick, NULL);
        if (train_interrupted() || train_ranks_lost(ranks))
            train_ranks_abort(ranks, FAILED);
    }
    if (number > 0)
        fprintf(stderr, "boltz %s: rank %zu of %zu: %s\n", command, number, train_ranks_count(ranks), err->msg);
    else
        fprintf(stderr, "boltz %s: %s\n", command, err->msg);
    train_ranks_abort(ranks, err->code == BZ_BAD_USAGE ? USAGE : FAILED);
    return rc;
}
