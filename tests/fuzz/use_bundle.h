/* What becomes of bytes read as another program's model: a valid machine, or a refusal with its reason. */
#ifndef USE_BUNDLE_H
#define USE_BUNDLE_H

#include "import.h"

#include <stdlib.h>

/* b was opened with the result rc; closes it. */
static inline void use_bundle(struct bundle *b, int rc, struct bz_error *err)
{
    static const struct import_options options = {.update = SIZE_MAX};
    struct import im = {0};
    if (rc == 0)
        rc = import_machine(&im, b, NULL, &options, err);
    if (rc < 0 && !err->msg[0])
        abort();
    if (rc == 0 && bz_machine_check(im.machine, err) < 0)
        abort();
    import_free(&im);
    bundle_close(b);
}

#endif
