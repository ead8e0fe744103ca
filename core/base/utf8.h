/* UTF-8 as RFC 3629 has it: shortest forms only, no surrogates, up to U+10FFFF. */
#ifndef BZ_UTF8_H
#define BZ_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character at `at`, 1 to 4; 0 if there is no valid one before `end`. */
size_t bz_utf8_length(const unsigned char *at, const unsigned char *end);
bool bz_is_utf8(const char *text, size_t n);

#endif
