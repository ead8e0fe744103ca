/* Whether files that decide who may do what are safe from others. */
#ifndef FILE_TRUST_H
#define FILE_TRUST_H

/* A warning in the log where users other than the owner of a file may write to it. option: which names the file. */
void srv_warn_writable(const char *option, const char *path);

#endif
