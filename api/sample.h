/* Sampling: what a frame, a reply and a continue token are made from. */
#ifndef API_SAMPLE_H
#define API_SAMPLE_H

#include "job.h"
#include "json_write.h"
#include "levels.h"

/* Gives the client of a stream that ends early a token of its last frame to continue from. Adds nothing if there was no frame,
 * or memory is short. */
void api_token_of_frame(struct api_call *call, struct api_buffer *b);
/* Writes the `continue` token (base64url) of the task's chains as they are. */
int api_token_write(struct api_call *call, const struct api_task *task, struct api_buffer *b, struct api_fault *fault);
/* Makes task->chains (and job->n, seed, temperature) from the token in job->par. 400 bad_continue, 409 continue_other_model. */
int api_token_read(struct api_call *call, struct api_task *task, struct api_fault *fault);

/* The part of a token's record about levels; empty for NULL. */
void api_token_levels(const struct api_levels *v, struct api_buffer *b);

/* Makes the chains of `count` rows. */
int api_sample_chains(struct api_call *call, struct api_task *task, size_t count, struct api_fault *fault);
/* The most counts of any of the first n chains, those of its layers together; 0 = none has any. */
double api_most_counts(const struct bz_state *s, size_t n);

/* "samples":...,"energy":[...]: rows of numbers, or base64 of packed bits. */
void api_sample_write(struct json_writer *w, struct api_call *call, const struct api_task *task);

/* sha256 of the model's tensors, 64 hex digits: computed once per model, then remembered. */
void api_model_digest(struct api_model *model, char hex[65]);
/* Whether that, or whole numbers for its weights (fixed.h), are still to be made, and take milliseconds or more. */
bool api_first_sample_is_slow(const struct api_model *model);

#endif
