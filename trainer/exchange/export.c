#include "export.h"

int export_machine(const struct bz_machine *m, const char *name, const char *path, struct bz_error *err)
{
    (void)name;
    return export_sklearn(m, path, err);
}
