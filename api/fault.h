/* What is wrong with a request, before it becomes a reply: which refusal, and the sentence for people. */
#ifndef API_FAULT_H
#define API_FAULT_H

#include "api.h"

struct api_fault {
    enum api_error error;
    char msg[768];
};

/* Sets *fault and returns -1. */
int api_fault(struct api_fault *fault, enum api_error error, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Puts "prefix: " before the message; returns -1. */
int api_fault_in(struct api_fault *fault, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* An error of the core, as a fault. */
int api_fault_core(struct api_fault *fault, const struct bz_error *err);

#endif
