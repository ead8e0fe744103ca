/* Threads that only pass data on must not wait behind those that compute. */
#ifndef PROMPT_H
#define PROMPT_H

/* The calling thread asks for short time slices: it gets as much time as the others, but soon after it wakes up, if the kernel
 * supports that (Linux 6.12); otherwise nothing changes. */
void srv_be_prompt(void);
/* The calling thread, and those that it starts, compute: they are nicer than it was before, so that an event loop on the same
 * processor does not wait for the end of a time slice. Where that is not permitted nothing changes. To be called once. */
void srv_be_patient(void);

#endif
