#include "ranks.h"

#include "beside.h"
#include "check.h"
#include "launcher.h"
#include "mem.h"
#include "mpi_calls.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    CHUNK = 1 << 24, /* floats that are summed at a time: bounds what the library is given, and the memory for it */
    PIECE = 1 << 30, /* bytes of one broadcast */
    SPINS = 2000,    /* polls before others get the core */
    YIELDS = 2000    /* and before this process sleeps in between */
};
static const double patience = 0.6; /* seconds after SIGTERM: the launcher kills one second after it */
static const double silence = 600;  /* seconds without an answer at all */

struct train_ranks {
    struct bz_spread spread; /* first: its functions get a pointer to it */
    int rank, count;
    int (*signalled)(void);
    int *parts, *at;     /* [count] */
    int *mine, *mine_at; /* [count] */
    float *inbox, *sums; /* [count][part of a chunk], [part]; lazy */
    size_t hosts, on_host, threads;
    uint64_t host; /* digest of its name */
    bool failed, lost, patient;

    /* An exchange beside other work: */
    struct train_beside *beside; /* NULL until there is one */
    bool under_way;
    const void *own; /* [own_size] bytes of this rank's, or */
    float *summed;   /* [own_size] numbers */
    size_t own_size;
    uint8_t *all; /* [all_room]: everyone's */
    size_t all_room;
    atomic_bool unhurried; /* others need the core */
    atomic_bool given_up;
};

size_t train_ranks_number(const struct train_ranks *r)
{
    return r ? (size_t)r->rank : 0;
}

size_t train_ranks_count(const struct train_ranks *r)
{
    return r ? (size_t)r->count : 1;
}

size_t train_ranks_hosts(const struct train_ranks *r)
{
    return r ? r->hosts : 1;
}

size_t train_ranks_on_host(const struct train_ranks *r)
{
    return r ? r->on_host : 1;
}

size_t train_ranks_threads(const struct train_ranks *r)
{
    return r ? r->threads : 0;
}

bool train_ranks_lost(const struct train_ranks *r)
{
    return r && r->lost;
}

static void share(size_t n, size_t of, size_t k, size_t *first, size_t *count)
{
    const size_t each = n / of, more = n % of; /* the first ones take one more */
    *first = k * each + (k < more ? k : more);
    *count = each + (k < more);
}

void train_ranks_share(const struct train_ranks *r, size_t n, size_t *first, size_t *count)
{
    share(n, train_ranks_count(r), train_ranks_number(r), first, count);
}

void train_ranks_share_of(const struct train_ranks *r, size_t k, size_t n, size_t *first, size_t *count)
{
    share(n, train_ranks_count(r), k, first, count);
}

size_t train_ranks_owner(const struct train_ranks *r, size_t n, size_t i)
{
    const size_t of = train_ranks_count(r), each = n / of, more = n % of, longer = more * (each + 1);
    return i < longer ? i / (each + 1) : more + (i - longer) / each;
}

/* --- waiting --- */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int give_up(struct train_ranks *r, struct bz_error *err, const char *what)
{
    r->failed = r->lost = true;
    return bz_fail(err, BZ_IO,
                   "%s: no answer from other ranks, so the run ends; checkpoints already written stay valid, and --resume "
                   "continues from the last",
                   what);
}

/* The library makes progress only inside calls; a rank that shares its core yields it. */
static int wait_for_all(struct train_ranks *r, struct bz_error *err)
{
    double began = 0, asked = 0;
    for (size_t looks = 0; !train_mpi_done(); looks++) {
        const bool unhurried = atomic_load(&r->unhurried);
        if (looks < SPINS && !unhurried)
            continue;
        if (looks < SPINS + YIELDS && !unhurried) {
            sched_yield();
            continue;
        }
        nanosleep(&(struct timespec){.tv_nsec = 100000}, NULL);
        const double time = now();
        began = began > 0 ? began : time;
        if (r->signalled() == SIGTERM)
            asked = asked > 0 ? asked : time;
        if (atomic_load(&r->given_up))
            return give_up(r, err, "the job is being ended");
        if (asked > 0 && time - asked > patience)
            return give_up(r, err, "a rank has died, or the job is being ended");
        if (time - began > silence && !r->patient)
            return give_up(r, err, "a rank is stuck");
    }
    return 0;
}

/* rc: result of the call that began an exchange. */
static int finish(struct train_ranks *r, int rc, struct bz_error *err)
{
    if (rc == 0)
        return wait_for_all(r, err);
    r->failed = true;
    return bz_fail(err, BZ_IO, "Open MPI refused an exchange");
}

static int check(const struct train_ranks *r, struct bz_error *err)
{
    bz_assert(!r->under_way);
    return r->failed ? bz_fail(err, BZ_IO, "no answer from other ranks") : 0;
}

/* --- exchanges --- */

static int sum_chunk(struct train_ranks *r, float *x, size_t n, struct bz_error *err)
{
    const size_t ranks = (size_t)r->count;
    size_t first, own;
    share(n, ranks, (size_t)r->rank, &first, &own);
    for (size_t k = 0; k < ranks; k++) {
        size_t at, count;
        share(n, ranks, k, &at, &count);
        r->at[k] = (int)at;
        r->parts[k] = (int)count;
        r->mine[k] = (int)own;
        r->mine_at[k] = (int)(k * own);
    }
    if (finish(r, train_mpi_alltoall(x, r->parts, r->at, r->inbox, r->mine, r->mine_at), err) < 0)
        return -1;
    for (size_t i = 0; i < own; i++) {
        double sum = 0;
        for (size_t k = 0; k < ranks; k++)
            sum += (double)r->inbox[k * own + i];
        r->sums[i] = (float)sum;
    }
    return finish(r, train_mpi_allgather(r->sums, (int)own, x, r->parts, r->at), err);
}

static int sum(struct train_ranks *r, float *x, size_t n, struct bz_error *err)
{
    for (size_t i = 0; i < n; i += CHUNK)
        if (sum_chunk(r, x + i, n - i < CHUNK ? n - i : CHUNK, err) < 0)
            return -1;
    return 0;
}

int train_ranks_sum(struct train_ranks *r, float *x, size_t n, struct bz_error *err)
{
    return !r ? 0 : check(r, err) < 0 ? -1 : sum(r, x, n, err);
}

static int broadcast(struct train_ranks *r, char *data, size_t bytes, int root, struct bz_error *err)
{
    if (check(r, err) < 0)
        return -1;
    for (size_t i = 0; i < bytes; i += PIECE)
        if (finish(r, train_mpi_broadcast(data + i, (int)(bytes - i < PIECE ? bytes - i : PIECE), root), err) < 0)
            return -1;
    return 0;
}

int train_ranks_gather(struct train_ranks *r, void *things, size_t bytes, size_t n, struct bz_error *err)
{
    for (int k = 0; r && k < r->count; k++) {
        size_t first, count;
        share(n, (size_t)r->count, (size_t)k, &first, &count);
        if (broadcast(r, (char *)things + first * bytes, count * bytes, k, err) < 0)
            return -1;
    }
    return 0;
}

int train_ranks_swap(struct train_ranks *r, const void *send, const int *bytes, void *receive, const int *bytes2,
                     struct bz_error *err)
{
    if (check(r, err) < 0)
        return -1;
    int from = 0, to = 0;
    for (int k = 0; k < r->count; k++) {
        r->at[k] = from;
        r->mine_at[k] = to;
        from += bytes[k];
        to += bytes2[k];
    }
    return finish(r, train_mpi_swap(send, bytes, r->at, receive, bytes2, r->mine_at), err);
}

/* --- beside other work --- */

static int collect(void *arg, struct bz_error *err)
{
    struct train_ranks *r = arg;
    const int own = (int)r->own_size;
    size_t all = 0;
    for (int k = 0; k < r->count; k++) {
        r->mine[k] = sizeof(own);
        r->mine_at[k] = k * (int)sizeof(own);
    }
    if (finish(r, train_mpi_collect(&own, sizeof(own), r->parts, r->mine, r->mine_at), err) < 0)
        return -1;
    for (int k = 0; k < r->count; k++) {
        if (r->parts[k] < 0 || all > INT_MAX - (size_t)r->parts[k])
            return bz_fail(err, BZ_TOO_LARGE, "an exchange of more than 2 GB");
        r->at[k] = (int)all;
        all += (size_t)r->parts[k];
    }
    if (bz_grow(&r->all, &r->all_room, all, 1, err) < 0)
        return -1;
    return finish(r, train_mpi_collect(r->own, own, r->all, r->parts, r->at), err);
}

static int begin(struct train_ranks *r, int (*work)(void *arg, struct bz_error *err), size_t size, struct bz_error *err)
{
    if (check(r, err) < 0 || (!r->beside && train_beside_new(&r->beside, err) < 0))
        return -1;
    r->own_size = size;
    r->under_way = true;
    atomic_store(&r->unhurried, true);
    train_beside_begin(r->beside, work, r);
    return 0;
}

int train_ranks_collect_begin(struct train_ranks *r, const void *own, size_t bytes, struct bz_error *err)
{
    if (bytes > INT_MAX)
        return bz_fail(err, BZ_TOO_LARGE, "an exchange of more than 2 GB");
    r->own = own;
    return begin(r, collect, bytes, err);
}

static int sum_beside(void *arg, struct bz_error *err)
{
    struct train_ranks *r = arg;
    return sum(r, r->summed, r->own_size, err);
}

int train_ranks_sum_begin(struct train_ranks *r, float *x, size_t n, struct bz_error *err)
{
    r->summed = x;
    return begin(r, sum_beside, n, err);
}

int train_ranks_end(struct train_ranks *r, struct bz_error *err)
{
    atomic_store(&r->unhurried, false);
    r->under_way = false;
    return train_beside_end(r->beside, err);
}

const uint8_t *train_ranks_collected(const struct train_ranks *r, size_t k, size_t *bytes)
{
    *bytes = (size_t)r->parts[k];
    return r->all + r->at[k];
}

/* After an error, before this rank leaves. */
static void stop_beside(struct train_ranks *r)
{
    atomic_store(&r->given_up, true);
    train_beside_free(r->beside);
    r->beside = NULL;
}

static void spread_share(struct bz_spread *self, size_t n, size_t *first, size_t *count)
{
    train_ranks_share((const struct train_ranks *)self, n, first, count);
}

static int spread_gather(struct bz_spread *self, void *things, size_t bytes, size_t n, struct bz_error *err)
{
    return train_ranks_gather((struct train_ranks *)self, things, bytes, n, err);
}

struct bz_spread *train_ranks_spread(struct train_ranks *r)
{
    return r ? &r->spread : NULL;
}

int train_ranks_follow_of(struct train_ranks *r, size_t k, void *data, size_t bytes, struct bz_error *err)
{
    return r ? broadcast(r, data, bytes, (int)k, err) : 0;
}

int train_ranks_follow(struct train_ranks *r, void *data, size_t bytes, struct bz_error *err)
{
    return train_ranks_follow_of(r, 0, data, bytes, err);
}

/* --- joining and leaving --- */

static uint64_t digest(const void *data, size_t bytes)
{
    const unsigned char *p = data;
    uint64_t hash = 0xcbf29ce484222325; /* FNV-1a */
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ p[i]) * 0x100000001b3;
    return hash;
}

struct seat { /* where a rank runs */
    uint64_t host, cpus;
};

static int find_seats(struct train_ranks *r, struct bz_error *err)
{
    char host[256] = "";
    const char *named = getenv("BOLTZ_HOST");
    cpu_set_t set;
    size_t cpus = 1, same = 0;
    struct seat *seats = bz_alloc((size_t)r->count, sizeof(*seats), err);
    if (!seats)
        return -1;
    gethostname(host, sizeof(host) - 1);
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) > 0)
        cpus = (size_t)CPU_COUNT(&set);
    struct seat *own = &seats[r->rank];
    r->host = named ? digest(named, strlen(named)) : digest(host, strlen(host));
    *own = (struct seat){r->host, digest(&set, sizeof(set))};
    const int rc = train_ranks_gather(r, seats, sizeof(*seats), (size_t)r->count, err);
    r->hosts = r->on_host = 0;
    for (int k = 0; k < r->count; k++) {
        r->on_host += seats[k].host == own->host;
        same += seats[k].host == own->host && seats[k].cpus == own->cpus;
        bool first = true;
        for (int j = 0; j < k; j++)
            first = first && seats[j].host != seats[k].host;
        r->hosts += first;
    }
    r->threads = cpus / same > 1 ? cpus / same : 1;
    bz_free(seats);
    return rc;
}

size_t train_ranks_alike(struct train_ranks *r, uint64_t number, size_t *first, struct bz_error *err)
{
    const size_t n = train_ranks_count(r);
    size_t alike = 0;
    struct {
        uint64_t host, number;
    } *all = bz_alloc(n, sizeof(*all), err), *own = all ? &all[train_ranks_number(r)] : NULL;
    *first = train_ranks_number(r);
    if (!all)
        return 0;
    own->host = r ? r->host : 0;
    own->number = number;
    if (train_ranks_gather(r, all, sizeof(*all), n, err) == 0)
        for (size_t k = n; k-- > 0;)
            if (all[k].host == own->host && all[k].number == number) {
                *first = k;
                alike++;
            }
    bz_free(all);
    return alike;
}

void train_ranks_patient(struct train_ranks *r, bool patient)
{
    if (r)
        r->patient = patient;
}

static void release(struct train_ranks *r)
{
    void *const own[] = {r->parts, r->at, r->mine, r->mine_at, r->all, r};
    train_beside_free(r->beside);
    bz_free_lazy(r->inbox);
    bz_free_lazy(r->sums);
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
        bz_free(own[i]);
}

int train_ranks_open(struct train_ranks **out, int (*signalled)(void), struct bz_error *err)
{
    const char *launcher, *variable;
    const long expected = train_launcher_count(&launcher, &variable);
    char why[300] = "its launcher is not one that Open MPI knows (mpirun; srun --mpi=pmix)";
    *out = NULL;
    if (expected <= 1)
        return 0;
    int rank, count;
    if (!getenv("PMIX_RANK") || train_mpi_open(&rank, &count, why, sizeof(why)) < 0)
        return train_launcher_refuse(why, err);
    if (count != expected) {
        train_mpi_close();
        return train_launcher_refuse("Open MPI does not see the others", err);
    }
    struct train_ranks *r = bz_alloc(1, sizeof(*r), err);
    if (!r)
        train_mpi_abort(1);
    *r = (struct train_ranks){
        .spread = {(size_t)count, spread_share, spread_gather}, .rank = rank, .count = count, .signalled = signalled};
    const size_t n = (size_t)count, part = CHUNK / n + 1;
    if (!(r->parts = bz_alloc(n, sizeof(int), err)) || !(r->at = bz_alloc(n, sizeof(int), err)) ||
        !(r->mine = bz_alloc(n, sizeof(int), err)) || !(r->mine_at = bz_alloc(n, sizeof(int), err)) ||
        !(r->inbox = bz_alloc_lazy(n * part, sizeof(float), err)) || !(r->sums = bz_alloc_lazy(part, sizeof(float), err)) ||
        find_seats(r, err) < 0) {
        release(r);
        train_mpi_abort(1);
    }
    *out = r;
    return 0;
}

int train_ranks_close(struct train_ranks *r, struct bz_error *err)
{
    if (!r)
        return 0;
    const int rc = check(r, err) < 0 ? -1 : finish(r, train_mpi_barrier(), err);
    if (rc == 0)
        train_mpi_close();
    release(r);
    return rc;
}

void train_ranks_abort(struct train_ranks *r, int status)
{
    if (!r)
        return;
    stop_beside(r);
    train_mpi_abort(status);
}
