/* Threads that only pass data on must not wait behind those that compute. */
#ifndef PROMPT_H
#define PROMPT_H

/* The calling thread asks for short time slices: it gets as much time as the others, but soon after it wakes up, if the kernel
 * supports that (Linux 6.12); otherwise nothing changes. */
void srv_be_prompt(void);

#endif
