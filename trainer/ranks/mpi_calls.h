/* The few calls of Open MPI that training uses, for ranks.c alone. The library is loaded when train_mpi_open is called, so that
 * programs start without it and run where it is not installed. A process is part of one job at most: its handle is static.
 * Calls may come from any thread, one at a time. */
#ifndef TRAIN_MPI_CALLS_H
#define TRAIN_MPI_CALLS_H

#include "errors.h"

#include <stdbool.h>
#include <stddef.h>

/* Joins the job. why: at least 200 bytes, filled where it cannot be joined (-1). */
int train_mpi_open(int *rank, int *count, char *why, size_t room);
void train_mpi_close(void);
__attribute__((noreturn)) void train_mpi_abort(int status);

/* Each begins one exchange, which must be done before the next; memory stays with it until train_mpi_done says so. Counts and
 * places are one for each rank: numbers of floats, or bytes. -1: the library refused. */
int train_mpi_alltoall(const float *send, const int *counts, const int *at, float *receive, const int *counts2, const int *at2);
int train_mpi_swap(const void *send, const int *counts, const int *at, void *receive, const int *counts2, const int *at2);
int train_mpi_allgather(const float *send, int count, float *receive, const int *counts, const int *at);
int train_mpi_collect(const void *send, int bytes, void *receive, const int *counts, const int *at);
int train_mpi_broadcast(void *data, int bytes, int root);
int train_mpi_barrier(void);
bool train_mpi_done(void);

#endif
