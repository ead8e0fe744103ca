#include "object.h"

#include "check.h"
#include "mem.h"

#include <stdint.h>
#include <string.h>

static const uint64_t mark = 0x6f626a6563742121; /* what bz_object_new gave begins with it */

struct part {
    void *p;
    void (*free)(void *p);
};

/* Stored in front of the object, which keeps bz_alloc's alignment. */
struct head {
    _Alignas(64) uint64_t mark;
    void (*end)(void *self);
    struct part *parts;
    size_t n, room;
};

static struct head *head_of(void *object)
{
    struct head *head = (struct head *)object - 1;

    bz_assert(head->mark == mark);
    return head;
}

void *bz_object_new(size_t size, void (*end)(void *self), struct bz_error *err)
{
    struct head *head = bz_alloc(1, sizeof(*head) + size, err);

    if (!head)
        return NULL;
    head->mark = mark;
    head->end = end;
    return head + 1;
}

/* Returns p, now owned by the object; NULL if it cannot be recorded. */
static void *own(void *object, void *p, void (*free)(void *p), struct bz_error *err)
{
    struct head *head = head_of(object);

    if (p && bz_grow(&head->parts, &head->room, head->n + 1, sizeof(*head->parts), err) < 0) {
        free(p);
        return NULL;
    }
    if (p)
        head->parts[head->n++] = (struct part){p, free};
    return p;
}

void *bz_part(void *object, size_t count, size_t size, struct bz_error *err)
{
    return own(object, bz_alloc(count, size, err), bz_free, err);
}

void *bz_part_lazy(void *object, size_t count, size_t size, struct bz_error *err)
{
    return own(object, bz_alloc_lazy(count, size, err), bz_free_lazy, err);
}

void *bz_part_wide(void *object, size_t count, size_t size, struct bz_error *err)
{
    enum { WIDE = 1 << 20 };
    return count > WIDE / size ? bz_part_lazy(object, count, size, err) : bz_part(object, count, size, err);
}

int bz_object_give(void *out, void *object, int rc)
{
    if (rc < 0)
        bz_object_free(object);
    else
        memcpy(out, &object, sizeof(object)); /* whatever type it points to */
    return rc;
}

void bz_object_free(void *object)
{
    if (!object)
        return;
    struct head *head = head_of(object);
    if (head->end)
        head->end(object);
    while (head->n > 0) {
        const struct part *last = &head->parts[--head->n];
        last->free(last->p);
    }
    bz_free(head->parts);
    bz_free(head);
}
