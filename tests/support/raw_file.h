/* Files assembled by hand, byte by byte, so that readers are not tested only on the output of our own writers; and temporary
 * folders. */
#ifndef RAW_FILE_H
#define RAW_FILE_H

#include <stddef.h>

/* A safetensors file: a header with ' for " and ` for \" (JSON inside a string), `size` bytes of data. Allocated at exactly the
 * file's size, so that sanitizers catch reads beyond it; owned by the caller (free). */
unsigned char *raw_safetensors(const char *header, const void *data, size_t size, size_t *file_size);

/* A whole file; owned by the caller (free). */
unsigned char *raw_read(const char *path, size_t *size);
void raw_write(const char *path, const void *bytes, size_t size);

/* A new folder under /tmp; owned by the caller (raw_remove_folder frees it). */
char *raw_folder(void);
void raw_remove_folder(char *folder);
/* For a test group with one folder: creates it, and writes the path of `name` in it to path; and its cmocka tear-down. Both
 * return 0. */
int raw_group_begin(char *path, size_t room, const char *name);
int raw_group_end(void **state);
const char *raw_group_folder(void);
/* Entries of a folder other than . and .. */
size_t raw_entries(const char *folder);

#endif
