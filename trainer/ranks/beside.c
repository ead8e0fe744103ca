#include "beside.h"

#include "check.h"
#include "object.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

struct train_beside {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool started, stop;                           /* the second and what follows: under the lock */
    int (*work)(void *arg, struct bz_error *err); /* NULL = nothing is under way */
    void *arg;
    int rc;
    struct bz_error error;
};

static void *attend(void *arg)
{
    struct train_beside *b = arg;
    pthread_mutex_lock(&b->lock);
    for (;;) {
        while (!b->work && !b->stop)
            pthread_cond_wait(&b->changed, &b->lock);
        if (!b->work)
            break;
        pthread_mutex_unlock(&b->lock);
        const int rc = b->work(b->arg, &b->error); /* they stay until work is NULL again */
        pthread_mutex_lock(&b->lock);
        b->rc = rc;
        b->work = NULL;
        pthread_cond_broadcast(&b->changed);
    }
    pthread_mutex_unlock(&b->lock);
    return NULL;
}

static void end_beside(void *self)
{
    struct train_beside *b = self;
    pthread_mutex_lock(&b->lock);
    b->stop = true;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
    if (b->started)
        pthread_join(b->thread, NULL);
    pthread_cond_destroy(&b->changed);
    pthread_mutex_destroy(&b->lock);
}

int train_beside_new(struct train_beside **out, struct bz_error *err)
{
    struct train_beside *b = bz_object_new(sizeof(*b), end_beside, err);
    if (!b)
        return -1;
    pthread_mutex_init(&b->lock, NULL);
    pthread_cond_init(&b->changed, NULL);
    const int failed = pthread_create(&b->thread, NULL, attend, b);
    b->started = !failed;
    return bz_object_give(out, b, failed ? bz_fail(err, BZ_IO, "cannot start a thread: %s", strerror(failed)) : 0);
}

void train_beside_free(struct train_beside *b)
{
    bz_object_free(b);
}

void train_beside_begin(struct train_beside *b, int (*work)(void *arg, struct bz_error *err), void *arg)
{
    pthread_mutex_lock(&b->lock);
    bz_assert(!b->work);
    b->work = work;
    b->arg = arg;
    pthread_cond_broadcast(&b->changed);
    pthread_mutex_unlock(&b->lock);
}

int train_beside_end(struct train_beside *b, struct bz_error *err)
{
    pthread_mutex_lock(&b->lock);
    while (b->work)
        pthread_cond_wait(&b->changed, &b->lock);
    pthread_mutex_unlock(&b->lock);
    if (b->rc < 0 && err)
        *err = b->error;
    return b->rc;
}
