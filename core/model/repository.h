/* Model repositories on disk: <repository>/<model>/<version>/model.safetensors, versions positive whole numbers. */
#ifndef BZ_REPOSITORY_H
#define BZ_REPOSITORY_H

#include "errors.h"

#include <stdbool.h>

#define BZ_MODEL_FILE "model.safetensors"

/* [A-Za-z0-9][A-Za-z0-9._-]{0,127} and not the reserved "stats". */
bool bz_model_name_is_valid(const char *name);
/* The version that a folder's name stands for: digits without a leading zero, 1 .. 10^15-1. 0 for any other name. */
unsigned long bz_version_of(const char *name);
/* Highest complete version (one with its model file) of a model folder, 0 if none. */
int bz_repository_latest(unsigned long *version, const char *model_dir, struct bz_error *err);
/* Turns MODEL as a user gives it (REPO/NAME, a version folder, or a file) into a file path; the caller's, bz_free. */
int bz_model_path(char **path, const char *given, struct bz_error *err);

/* Refuses a model's folder, REPO/NAME, whose last part is not a valid name. */
int bz_model_folder_check(const char *model_dir, struct bz_error *err);

/* A new version is put together in a staging folder, <model_dir>/.new-XXXXXX, that cannot be mistaken for a version, and then
 * appears complete under the next number. *stage is the caller's, bz_free. Creates model_dir if necessary; its last part must
 * be a valid model name. *made: whether it did, for bz_version_abandon; NULL = the folder stays in any case. */
int bz_version_stage(char **stage, bool *made, const char *model_dir, struct bz_error *err);
/* Removes a stage (NULL = there is none) that is not published, and model_dir if it was made for it and nothing else is in it.
 */
void bz_version_abandon(const char *stage, bool made, const char *model_dir);
/* Renames the stage to the next free version, above all that exist (complete or not), and flushes that to disk. */
int bz_version_publish(unsigned long *version, const char *stage, const char *model_dir, struct bz_error *err);

#endif
