/* The page beside a fine-tuned model: how it learned, and how far its probabilities can be trusted. */
#ifndef TRAIN_FINETUNE_REPORT_H
#define TRAIN_FINETUNE_REPORT_H

#include "finetune.h"

/* Writes path. title: of the page; record: the `training` metadata as JSON text. */
int train_finetune_report(const char *path, const char *title, const struct train_finetune_result *r, double temperature,
                          const char *record, struct bz_error *err);

#endif
