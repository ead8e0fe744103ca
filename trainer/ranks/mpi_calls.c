#include "mpi_calls.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef BOLTZ_MPI
#include <mpi.h>

#define LIBRARY "libmpi.so.40" /* Open MPI 4 and 5 */

/* Types from the header, functions and constants from the loaded library: nothing is linked. */
static struct {
    __typeof__(MPI_Init_thread) *init;
    __typeof__(MPI_Comm_rank) *rank;
    __typeof__(MPI_Comm_size) *size;
    __typeof__(MPI_Ialltoallv) *alltoall;
    __typeof__(MPI_Iallgatherv) *allgather;
    __typeof__(MPI_Ibcast) *broadcast;
    __typeof__(MPI_Ibarrier) *barrier;
    __typeof__(MPI_Test) *test;
    __typeof__(MPI_Finalize) *finalize;
    __typeof__(MPI_Abort) *abort;
    MPI_Comm world;
    MPI_Datatype real, byte;
    MPI_Request request;
} mpi;

static const struct {
    const char *name;
    void *place; /* of a pointer */
} symbols[] = {
    {"MPI_Init_thread", &mpi.init},      {"MPI_Comm_rank", &mpi.rank},
    {"MPI_Comm_size", &mpi.size},        {"MPI_Ialltoallv", &mpi.alltoall},
    {"MPI_Iallgatherv", &mpi.allgather}, {"MPI_Ibcast", &mpi.broadcast},
    {"MPI_Ibarrier", &mpi.barrier},      {"MPI_Test", &mpi.test},
    {"MPI_Finalize", &mpi.finalize},     {"MPI_Abort", &mpi.abort},
    {"ompi_mpi_comm_world", &mpi.world}, {"ompi_mpi_float", &mpi.real},
    {"ompi_mpi_byte", &mpi.byte},
};

int train_mpi_open(int *rank, int *count, char *why, size_t room)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_GLOBAL);
    int level;
    if (!library) {
        snprintf(why, room, "%s cannot be loaded (%s)", LIBRARY, dlerror());
        return -1;
    }
    for (size_t i = 0; i < sizeof(symbols) / sizeof(symbols[0]); i++)
        if (!(*(void **)symbols[i].place = dlsym(library, symbols[i].name))) {
            snprintf(why, room, "%s is not Open MPI's: it has no %s", LIBRARY, symbols[i].name);
            return -1;
        }
    if (mpi.init(NULL, NULL, MPI_THREAD_SERIALIZED, &level) != MPI_SUCCESS || level < MPI_THREAD_SERIALIZED ||
        mpi.rank(mpi.world, rank) != MPI_SUCCESS || mpi.size(mpi.world, count) != MPI_SUCCESS) {
        snprintf(why, room, "Open MPI did not start");
        return -1;
    }
    return 0;
}

void train_mpi_close(void)
{
    mpi.finalize();
}

void train_mpi_abort(int status)
{
    mpi.abort(mpi.world, status);
    _Exit(status);
}

int train_mpi_alltoall(const float *send, const int *counts, const int *at, float *receive, const int *counts2, const int *at2)
{
    return mpi.alltoall(send, counts, at, mpi.real, receive, counts2, at2, mpi.real, mpi.world, &mpi.request) == MPI_SUCCESS
               ? 0
               : -1;
}

int train_mpi_swap(const void *send, const int *counts, const int *at, void *receive, const int *counts2, const int *at2)
{
    return mpi.alltoall(send, counts, at, mpi.byte, receive, counts2, at2, mpi.byte, mpi.world, &mpi.request) == MPI_SUCCESS
               ? 0
               : -1;
}

int train_mpi_allgather(const float *send, int count, float *receive, const int *counts, const int *at)
{
    return mpi.allgather(send, count, mpi.real, receive, counts, at, mpi.real, mpi.world, &mpi.request) == MPI_SUCCESS ? 0 : -1;
}

int train_mpi_collect(const void *send, int bytes, void *receive, const int *counts, const int *at)
{
    return mpi.allgather(send, bytes, mpi.byte, receive, counts, at, mpi.byte, mpi.world, &mpi.request) == MPI_SUCCESS ? 0 : -1;
}

int train_mpi_broadcast(void *data, int bytes, int root)
{
    return mpi.broadcast(data, bytes, mpi.byte, root, mpi.world, &mpi.request) == MPI_SUCCESS ? 0 : -1;
}

int train_mpi_barrier(void)
{
    return mpi.barrier(mpi.world, &mpi.request) == MPI_SUCCESS ? 0 : -1;
}

bool train_mpi_done(void)
{
    int done = 0;
    mpi.test(&mpi.request, &done, MPI_STATUS_IGNORE);
    return done;
}

#else

int train_mpi_open(int *rank, int *count, char *why, size_t room)
{
    (void)rank;
    (void)count;
    snprintf(why, room, "this boltz was built without Open MPI");
    return -1;
}

/* Never called: nothing was opened. */
void train_mpi_close(void)
{
}

void train_mpi_abort(int status)
{
    _Exit(status);
}

int train_mpi_alltoall(const float *send, const int *counts, const int *at, float *receive, const int *counts2, const int *at2)
{
    (void)send, (void)counts, (void)at, (void)receive, (void)counts2, (void)at2;
    return -1;
}

int train_mpi_swap(const void *send, const int *counts, const int *at, void *receive, const int *counts2, const int *at2)
{
    (void)send, (void)counts, (void)at, (void)receive, (void)counts2, (void)at2;
    return -1;
}

int train_mpi_allgather(const float *send, int count, float *receive, const int *counts, const int *at)
{
    (void)send, (void)count, (void)receive, (void)counts, (void)at;
    return -1;
}

int train_mpi_collect(const void *send, int bytes, void *receive, const int *counts, const int *at)
{
    (void)send, (void)bytes, (void)receive, (void)counts, (void)at;
    return -1;
}

int train_mpi_broadcast(void *data, int bytes, int root)
{
    (void)data, (void)bytes, (void)root;
    return -1;
}

int train_mpi_barrier(void)
{
    return -1;
}

bool train_mpi_done(void)
{
    return true;
}
#endif
