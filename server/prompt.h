/* Threads that only pass things on must not wait behind those that compute. */
#ifndef PROMPT_H
#define PROMPT_H

/* The calling thread asks for the processor in small pieces: it gets as much as the others, but soon after it wakes, where the
 * kernel can do that (Linux 6.12); elsewhere nothing changes. */
void srv_be_prompt(void);

#endif
