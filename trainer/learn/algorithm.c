#include "algorithm.h"

#include <string.h>

static const struct train_algorithm_row rows[] = {
    [TRAIN_CD] = {.name = "cd", .from_data = true},
    [TRAIN_PCD] = {.name = "pcd"},
    [TRAIN_PT] = {.name = "pt", .mover = &train_mover_replicas},
    [TRAIN_PTT] = {.name = "ptt", .most_sweeps = 1, .mover = &train_mover_trajectory},
    [TRAIN_AUTOENCODER] = {.name = "autoencoder"},
};

const struct train_algorithm_row *train_algorithm(enum train_algorithm a)
{
    return &rows[a];
}

enum train_algorithm train_algorithm_named(const char *name)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        if (!strcmp(rows[i].name, name))
            return (enum train_algorithm)i;
    return TRAIN_PCD;
}
