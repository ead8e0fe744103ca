#include "attempts.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST_WAIT_S = 60 };

bool srv_failure_may_pass(const struct bz_error *err)
{
    return err->code == BZ_NO_MEMORY || err->code == BZ_IO;
}

static struct srv_attempt *find(const struct srv_attempts *list, unsigned long number)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->at[i].number == number)
            return &list->at[i];
    return NULL;
}

const struct srv_attempt *srv_attempts_find(const struct srv_attempts *list, unsigned long number,
                                            const struct srv_stamp *stamp)
{
    const struct srv_attempt *a = find(list, number);
    return a && srv_stamp_equal(&a->stamp, stamp) ? a : NULL;
}

static struct srv_attempt *add(struct srv_attempts *list)
{
    if (bz_grow(&list->at, &list->room, list->n + 1, sizeof(*list->at), NULL) < 0)
        return NULL;
    list->at[list->n] = (struct srv_attempt){0};
    return &list->at[list->n++];
}

bool srv_attempts_note(struct srv_attempts *list, unsigned long number, const struct srv_stamp *stamp,
                       const struct bz_error *err, uint64_t now_ns)
{
    struct srv_attempt *a = find(list, number);
    bool same_file = a && srv_stamp_equal(&a->stamp, stamp);
    char reason[sizeof(a->reason)];
    snprintf(reason, sizeof(reason), "%.250s", err->msg);
    bool news = !same_file || strcmp(a->reason, reason) != 0;
    if (!a && !(a = add(list)))
        return true;
    unsigned tries = same_file ? a->tries + 1 : 1;
    *a = (struct srv_attempt){.number = number, .stamp = *stamp, .passing = srv_failure_may_pass(err), .tries = tries};
    memcpy(a->reason, reason, sizeof(reason));
    uint64_t wait_s = tries > 6 ? LONGEST_WAIT_S : 1u << (tries - 1);
    a->next_ns = now_ns + wait_s * 1000000000u;
    return news;
}

void srv_attempts_forget(struct srv_attempts *list, unsigned long number)
{
    struct srv_attempt *a = find(list, number);
    if (a)
        *a = list->at[--list->n];
}

void srv_attempts_prune(struct srv_attempts *list, const struct srv_folder *folder)
{
    for (size_t i = list->n; i-- > 0;) {
        bool there = false;
        for (size_t k = 0; k < folder->n_versions; k++)
            there = there || folder->versions[k].number == list->at[i].number;
        if (!there)
            list->at[i] = list->at[--list->n];
    }
}

void srv_attempts_clear(struct srv_attempts *list)
{
    bz_free(list->at);
    *list = (struct srv_attempts){0};
}
