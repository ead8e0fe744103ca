/* An .npz archive built from arbitrary bytes: its checksums and offsets are right, so that they reach the array reader. */
#ifndef MADE_NPZ_H
#define MADE_NPZ_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

enum { MADE_MEMBERS = 6, MADE_NAME = 32, MADE_CONTENT = 1 << 13, MADE_ROOM = MADE_MEMBERS * (MADE_CONTENT + 256) };

struct made_npz {
    uint8_t bytes[MADE_ROOM], directory[MADE_MEMBERS * 128];
    size_t size, directory_size, members;
};

struct made_input {
    const uint8_t *at;
    size_t left;
};

static inline unsigned made_byte(struct made_input *in)
{
    if (in->left == 0)
        return 0;
    in->left--;
    return *in->at++;
}

/* The lowest bytes of values [n], each of width[i] bytes, little-endian. */
static inline size_t made_numbers(uint8_t *to, const uint32_t *values, const uint8_t *width, size_t n)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i++)
        for (unsigned b = 0; b < width[i]; b++)
            to[at++] = (uint8_t)(values[i] >> (8 * b));
    return at;
}

/* Adds a member, and its entry in the directory. */
static inline void made_add(struct made_npz *z, const char *name, unsigned method, const uint8_t *content, size_t size)
{
    static const uint8_t local[] = {4, 2, 2, 2, 4, 4, 4, 4, 2, 2}, central[] = {4, 2, 2, 2, 2, 4, 4, 4, 4, 2, 2, 2, 2, 2, 4, 4};
    const uint32_t sum = (uint32_t)crc32(0, content, (uInt)size), n = (uint32_t)size, length = (uint32_t)strlen(name);
    const uint32_t l[] = {0x04034b50, 20, 0, method, 0, sum, n, n, length, 0};
    const uint32_t c[] = {0x02014b50, 20, 20, 0, method, 0, sum, n, n, length, 0, 0, 0, 0, 0, (uint32_t)z->size};
    z->size += made_numbers(z->bytes + z->size, l, local, sizeof(local));
    memcpy(z->bytes + z->size, name, length);
    memcpy(z->bytes + z->size + length, content, size);
    z->size += length + size;
    z->directory_size += made_numbers(z->directory + z->directory_size, c, central, sizeof(central));
    memcpy(z->directory + z->directory_size, name, length);
    z->directory_size += length;
    z->members++;
}

static inline void made_end(struct made_npz *z)
{
    static const uint8_t width[] = {4, 2, 2, 2, 2, 4, 4, 2};
    const uint32_t n = (uint32_t)z->members;
    const uint32_t end[] = {0x06054b50, 0, 0, n, n, (uint32_t)z->directory_size, (uint32_t)z->size, 0};
    memcpy(z->bytes + z->size, z->directory, z->directory_size);
    z->size += z->directory_size;
    z->size += made_numbers(z->bytes + z->size, end, width, sizeof(width));
}

/* The contents of an .npy file: one byte for type and order, one for the rank, one for each length, then the elements, zeros
 * where the input ends. */
static inline size_t made_array(struct made_input *in, uint8_t *out)
{
    static const struct {
        const char *descr;
        size_t size;
    } types[] = {{"'<f8'", 8}, {"'<f4'", 4}, {"'<i8'", 8},    {"'<i4'", 4},
                 {"'|u1'", 1}, {"'|b1'", 1}, {"'<U3'", 12},   {"'|S3'", 3},
                 {"'<f2'", 2}, {"'>f8'", 8}, {"'<c8'", 8},    {"'|O'", 8},
                 {"'<i2'", 2}, {"'<u8'", 8}, {"'<M8[D]'", 8}, {"[('a', '<f8'), ('b', '<i4')]", 12}};
    const unsigned choice = made_byte(in), rank = made_byte(in) % 4;
    size_t size = types[choice % 16].size;
    char text[192];
    int at = snprintf(text, sizeof(text), "{'descr': %s, 'fortran_order': %s, 'shape': (", types[choice % 16].descr,
                      choice & 64 ? "True" : "False");
    for (unsigned d = 0; d < rank; d++) {
        const unsigned n = made_byte(in);
        size *= n;
        at += snprintf(text + at, sizeof(text) - (size_t)at, "%u,", n);
    }
    at += snprintf(text + at, sizeof(text) - (size_t)at, "), }");
    size = size < MADE_CONTENT - 256 ? size : MADE_CONTENT - 256;
    const size_t given = size < in->left ? size : in->left, header = ((size_t)at + 11 + 63) / 64 * 64;
    memset(out, ' ', header);
    memcpy(out, "\x93NUMPY\1", 8);
    out[8] = (uint8_t)((header - 10) & 255);
    out[9] = (uint8_t)((header - 10) >> 8);
    memcpy(out + 10, text, (size_t)at);
    out[header - 1] = '\n';
    memcpy(out + header, in->at, given);
    memset(out + header + given, 0, size - given);
    in->at += given;
    in->left -= given;
    return header + size;
}

/* Members until the input or the space runs out: a byte for the name, then an array as above or, with the name's highest bit
 * set, a compression method, a length and that many bytes unchanged. */
static inline void made_npz(struct made_npz *z, const uint8_t *bytes, size_t size, const char *const *names, size_t n_names)
{
    struct made_input in = {bytes, size};
    static uint8_t content[MADE_CONTENT];
    z->size = z->directory_size = z->members = 0;
    while (in.left > 0 && z->members < MADE_MEMBERS) {
        const unsigned choice = made_byte(&in);
        const unsigned method = choice & 128 ? made_byte(&in) % 2 * 8 : 0;
        size_t n;
        char name[MADE_NAME];
        snprintf(name, sizeof(name), "%s%s", names[(choice & 127) % n_names], choice == 127 ? "" : ".npy");
        if (choice & 128) {
            n = made_byte(&in);
            n = n < in.left ? n : in.left;
            memcpy(content, in.at, n);
            in.at += n;
            in.left -= n;
        } else
            n = made_array(&in, content);
        made_add(z, name, method, content, n);
    }
    made_end(z);
}

#endif
