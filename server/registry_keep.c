/* The registry's thread: loads at start, rereads the repository on request or when polling, watches what is served. */
#include "registry_private.h"

#include "cgroup.h"
#include "log.h"
#include "prompt.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Tasks, a bit each. */
enum { TO_RELOAD = 1, TO_POLL = 2, TO_LOOK = 4 };
#define LOOK_NS 1000000000u /* between two checks of files being served, and of what is due for another try */

/* Records whether the configuration, the repository and the newest version of each model are all good. */
static void note_reload(struct srv_registry *r, bool ok)
{
    struct timespec now;
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->n; i++)
        ok = ok && !registry_newest_refused(r->entries[i]);
    pthread_mutex_unlock(&r->lock);
    clock_gettime(CLOCK_REALTIME, &now);
    atomic_store(&r->counts.last_reload_ok, ok);
    atomic_store(&r->counts.last_reload_epoch, (uint64_t)now.tv_sec);
}

static void read_again(struct srv_registry *r, int what)
{
    struct bz_error err;
    char told[sizeof(err.msg)] = "";
    bool polled = !(what & TO_RELOAD), ok;
    pthread_mutex_lock(&r->control);
    ok = registry_read(r, NULL, polled, &err) == 0;
    if (ok)
        registry_load_wanted(r, NULL, !polled);
    else
        snprintf(told, sizeof(told), "%s", err.msg);
    if (!ok && (!polled || strcmp(told, r->trouble) != 0))
        srv_log(SRV_LOG_ERROR, "%s; what is in memory stays in service", told);
    memcpy(r->trouble, told, sizeof(told));
    pthread_mutex_unlock(&r->control);
    pthread_mutex_lock(&r->thread_lock);
    bool config_ok = r->config_ok;
    pthread_mutex_unlock(&r->thread_lock);
    note_reload(r, ok && config_ok);
    registry_tell_if_empty(r);
}

/* Folders that could not be read are read again, later and later, as if only they were asked for. */
static void read_unread(struct srv_registry *r)
{
    enum { LONGEST_WAIT_S = 60 };
    struct bz_error err;
    bool any = false;
    const bool due = srv_now() >= r->reread_ns;
    for (size_t i = r->n; i-- > 0;) { /* an entry may go */
        char name[SRV_NAME_ROOM];
        memcpy(name, r->entries[i]->name, sizeof(name));
        if (r->entries[i]->folder.unread && due)
            (void)registry_read(r, name, true, &err);
        struct entry *entry = registry_find(r, name);
        any = any || (entry && entry->folder.unread);
    }
    if (!any)
        r->reread = 0;
    else if (due)
        r->reread_ns = srv_now() + (r->reread < 6 ? 1u << r->reread++ : LONGEST_WAIT_S) * UINT64_C(1000000000);
}

/* Checks served files, and retries what is due. */
static void look(struct srv_registry *r)
{
    pthread_mutex_lock(&r->control);
    registry_watch(r);
    read_unread(r);
    registry_load_wanted(r, NULL, false);
    pthread_mutex_unlock(&r->control);
}

static struct timespec time_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
}

/* Waits until there is something to do; 0 = stop. */
static int wait_for_work(struct srv_registry *r, uint64_t *poll_ns, uint64_t *look_ns)
{
    const struct srv_options *o = r->setup.options;
    const bool polls = o->model_control == SRV_CONTROL_POLL;
    int what = 0;
    pthread_mutex_lock(&r->thread_lock);
    while (!r->stop && !what) {
        struct timespec until = time_of(polls && *poll_ns < *look_ns ? *poll_ns : *look_ns);
        if (!r->reload)
            pthread_cond_timedwait(&r->thread_wake, &r->thread_lock, &until);
        uint64_t now = srv_now();
        what = (r->reload ? TO_RELOAD : 0) | (polls && now >= *poll_ns ? TO_POLL : 0) | (now >= *look_ns ? TO_LOOK : 0);
    }
    if (r->stop)
        what = 0;
    r->reload = false;
    r->reading = what & TO_RELOAD;
    pthread_mutex_unlock(&r->thread_lock);
    return what;
}

static void *keep(void *arg)
{
    struct srv_registry *r = arg;
    uint64_t poll_ns, look_ns, interval_ns = r->setup.options->poll_interval_ms * 1000000;
    srv_be_patient();
    pthread_mutex_lock(&r->control);
    registry_load_wanted(r, NULL, true);
    pthread_mutex_unlock(&r->control);
    note_reload(r, true);
    pthread_mutex_lock(&r->thread_lock);
    r->tried_all = true;
    pthread_cond_broadcast(&r->thread_done);
    pthread_mutex_unlock(&r->thread_lock);
    registry_tell_if_empty(r);
    poll_ns = srv_now() + interval_ns;
    look_ns = srv_now() + LOOK_NS;
    for (int what; (what = wait_for_work(r, &poll_ns, &look_ns));) {
        if (what & TO_LOOK)
            look(r);
        if (what & (TO_RELOAD | TO_POLL))
            read_again(r, what);
        pthread_mutex_lock(&r->thread_lock);
        r->reading = false;
        pthread_mutex_unlock(&r->thread_lock);
        poll_ns = what & (TO_RELOAD | TO_POLL) ? srv_now() + interval_ns : poll_ns;
        look_ns = what & TO_LOOK ? srv_now() + LOOK_NS : look_ns;
    }
    return NULL;
}

int srv_registry_start(struct srv_registry *r, struct bz_error *err)
{
    if (pthread_create(&r->thread, NULL, keep, r) != 0)
        return srv_limits_refuse(err, "cannot start the thread that loads models");
    pthread_setname_np(r->thread, "registry");
    r->started = true;
    return 0;
}

void srv_registry_reload(struct srv_registry *r, bool config_ok)
{
    pthread_mutex_lock(&r->thread_lock);
    r->reload = true;
    r->config_ok = config_ok;
    pthread_cond_broadcast(&r->thread_wake);
    pthread_mutex_unlock(&r->thread_lock);
}

bool srv_registry_is_read(struct srv_registry *r)
{
    pthread_mutex_lock(&r->thread_lock);
    const bool done = !r->reload && !r->reading;
    pthread_mutex_unlock(&r->thread_lock);
    return done;
}

size_t srv_registry_wait(struct srv_registry *r)
{
    size_t failed = r->missing;
    pthread_mutex_lock(&r->thread_lock);
    while (!r->tried_all)
        pthread_cond_wait(&r->thread_done, &r->thread_lock);
    pthread_mutex_unlock(&r->thread_lock);
    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; i < r->n; i++)
        failed += registry_newest_refused(r->entries[i]);
    failed += r->n == 0 && !r->setup.options->allow_empty;
    pthread_mutex_unlock(&r->lock);
    return failed;
}
