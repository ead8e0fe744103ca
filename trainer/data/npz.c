#include "npz.h"

#include "file_write.h"
#include "mem.h"
#include "object.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

enum { MAX_MEMBERS = 4096, MAX_NAME = 255 };

struct train_npz {
    zip_t *zip;
    char *path;
    char **names; /* [count]; NULL for members that are not arrays */
    size_t count;
};

void train_array_free(struct train_array *a)
{
    if (!a)
        return;
    bz_free(a->name);
    bz_free(a->bytes);
    *a = (struct train_array){0};
}

/* The member's name less ".npy"; NULL without an error if it has another ending. */
static int array_name(char **out, const char *member, struct bz_error *err)
{
    const size_t length = strlen(member), ending = sizeof(".npy") - 1;
    *out = NULL;
    if (length <= ending || length > MAX_NAME || strcmp(member + length - ending, ".npy") != 0)
        return 0;
    return (*out = bz_strndup(member, length - ending, err)) ? 0 : -1;
}

static int read_names(struct train_npz *z, struct bz_error *err)
{
    const zip_int64_t n = zip_get_num_entries(z->zip, 0);
    if (n < 0 || n > MAX_MEMBERS)
        return bz_fail(err, BZ_TOO_LARGE, "%s: %lld members, at most %d", z->path, (long long)n, MAX_MEMBERS);
    z->names = bz_alloc((size_t)n, sizeof(*z->names), err);
    if (!z->names)
        return -1;
    z->count = (size_t)n;
    for (size_t i = 0; i < z->count; i++) {
        const char *member = zip_get_name(z->zip, i, ZIP_FL_ENC_RAW);
        if (!member)
            return bz_fail(err, BZ_BAD_INPUT, "%s: member %zu: %s", z->path, i, zip_strerror(z->zip));
        if (array_name(&z->names[i], member, err) < 0)
            return -1;
        for (size_t k = 0; z->names[i] && k < i; k++)
            if (z->names[k] && strcmp(z->names[k], z->names[i]) == 0)
                return bz_fail(err, BZ_BAD_INPUT, "%s: two arrays called \"%s\"", z->path, z->names[i]);
    }
    return 0;
}

static void end_npz(void *self)
{
    struct train_npz *z = self;
    if (z->zip)
        zip_discard(z->zip);
    for (size_t i = 0; i < z->count; i++)
        bz_free(z->names[i]);
    bz_free(z->names);
    bz_free(z->path);
}

int train_npz_open(struct train_npz **out, const char *path, struct bz_error *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return bz_fail(err, errno == ENOENT ? BZ_NOT_FOUND : BZ_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return bz_fail(err, BZ_BAD_INPUT, "%s: not a regular file", path);
    struct train_npz *z = bz_object_new(sizeof(*z), end_npz, err);
    if (!z)
        return -1;
    int code;
    z->path = bz_strdup(path, err);
    if (!z->path)
        return bz_object_give(out, z, -1);
    z->zip = zip_open(path, ZIP_RDONLY, &code);
    if (!z->zip) {
        zip_error_t error;
        zip_error_init_with_code(&error, code);
        bz_fail(err, BZ_BAD_INPUT, "%s: not an .npz archive: %s", path, zip_error_strerror(&error));
        zip_error_fini(&error);
        return bz_object_give(out, z, -1);
    }
    return bz_object_give(out, z, read_names(z, err));
}

void train_npz_close(struct train_npz *z)
{
    bz_object_free(z);
}

size_t train_npz_count(const struct train_npz *z)
{
    return z->count;
}

const char *train_npz_name(const struct train_npz *z, size_t i)
{
    return z->names[i];
}

static int not_found(const struct train_npz *z, const char *name, struct bz_error *err)
{
    char list[200] = "";
    size_t used = 0;
    for (size_t i = 0; i < z->count && used < sizeof(list); i++)
        if (z->names[i])
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", used ? ", " : "", z->names[i]);
    return bz_fail(err, BZ_NOT_FOUND, "%s: no array called \"%s\"; there are: %s", z->path, name, used ? list : "none");
}

/* Reads member i of `size` bytes; libzip checks its sum at the end. *out is the caller's. */
static int read_member(struct train_npz *z, size_t i, size_t size, unsigned char **out, struct bz_error *err)
{
    zip_file_t *f = zip_fopen_index(z->zip, i, 0);
    if (!f)
        return bz_fail(err, BZ_BAD_INPUT, "%s: array \"%s\": %s", z->path, z->names[i], zip_strerror(z->zip));
    unsigned char *bytes = bz_alloc(size + 1, 1, err), more;
    int rc = bytes ? 0 : -1;
    for (size_t done = 0; rc == 0 && done < size;) {
        const zip_int64_t got = zip_fread(f, bytes + done, size - done);
        if (got <= 0)
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: array \"%s\": %s after %zu of %zu bytes", z->path, z->names[i],
                         got < 0 ? zip_file_strerror(f) : "cut off", done, size);
        else
            done += (size_t)got;
    }
    /* the sum is compared when the end is read */
    if (rc == 0) {
        const zip_int64_t got = zip_fread(f, &more, 1);
        if (got != 0)
            rc = bz_fail(err, BZ_BAD_INPUT, "%s: array \"%s\": %s", z->path, z->names[i],
                         got < 0 ? zip_file_strerror(f) : "longer than the archive tells");
    }
    zip_fclose(f);
    if (rc < 0)
        bz_free(bytes);
    else
        *out = bytes;
    return rc;
}

/* Whether so few packed bytes can unpack to so many: deflate expands by at most 1032, libzip's others by some ten thousand.
 * Otherwise a merely claimed size would be allocated before anything is read. */
static bool can_hold(const zip_stat_t *st)
{
    const unsigned most = st->comp_method == ZIP_CM_STORE ? 1 : st->comp_method == ZIP_CM_DEFLATE ? 1032 : 65536;
    return !(st->valid & ZIP_STAT_COMP_SIZE) || !(st->valid & ZIP_STAT_COMP_METHOD) || st->size / most <= st->comp_size;
}

int train_npz_read(struct train_npz *z, const char *name, size_t max_bytes, struct train_array *out, struct bz_error *err)
{
    size_t i = 0;
    while (i < z->count && (!z->names[i] || strcmp(z->names[i], name) != 0))
        i++;
    if (i == z->count)
        return not_found(z, name, err);
    zip_stat_t st;
    if (zip_stat_index(z->zip, i, 0, &st) < 0 || !(st.valid & ZIP_STAT_SIZE))
        return bz_fail(err, BZ_BAD_INPUT, "%s: array \"%s\": %s", z->path, name, zip_strerror(z->zip));
    if (st.size > max_bytes)
        return bz_fail(err, BZ_TOO_LARGE, "%s: array \"%s\": %llu bytes, at most %zu", z->path, name,
                       (unsigned long long)st.size, max_bytes);
    if (!can_hold(&st))
        return bz_fail(err, BZ_BAD_INPUT, "%s: array \"%s\": claims %llu bytes, more than %llu packed ones can hold", z->path,
                       name, (unsigned long long)st.size, (unsigned long long)st.comp_size);
    struct train_array a = {0};
    if (!(a.name = bz_strdup(name, err)) || read_member(z, i, (size_t)st.size, &a.bytes, err) < 0)
        goto fail;
    if (bz_npy_parse_any(&a.npy, a.bytes, (size_t)st.size, err) < 0) {
        bz_fail_in(err, "%s: array \"%s\"", z->path, name);
        goto fail;
    }
    a.data = a.bytes + a.npy.offset;
    *out = a;
    return 0;
fail:
    train_array_free(&a);
    return -1;
}

/* --- writing --- */

struct bytes {
    unsigned char *data;
    size_t size;
};

/* The bytes of an .npy file. */
static int make_member(const struct train_npz_entry *e, struct bytes *out, struct bz_error *err)
{
    char header[BZ_NPY_HEADER_ROOM];
    const size_t before = bz_npy_header(header, e->dtype, e->shape, e->rank);
    size_t size = bz_dtype_size(e->dtype);
    for (size_t d = 0; d < e->rank; d++)
        if (bz_mul(&size, size, e->shape[d]) < 0)
            return bz_fail(err, BZ_TOO_LARGE, "array \"%s\": too large", e->name);
    out->data = bz_alloc(before + size, 1, err);
    if (!out->data)
        return -1;
    memcpy(out->data, header, before);
    if (size > 0)
        memcpy(out->data + before, e->data, size);
    out->size = before + size;
    return 0;
}

static int add_member(zip_t *zip, const struct train_npz_entry *e, const struct bytes *member, struct bz_error *err)
{
    char name[MAX_NAME + 8];
    const int length = snprintf(name, sizeof(name), "%s.npy", e->name);
    if (length < 0 || (size_t)length >= sizeof(name))
        return bz_fail(err, BZ_BAD_INPUT, "array \"%.60s...\": name too long", e->name);
    zip_source_t *source = zip_source_buffer(zip, member->data, member->size, 0);
    const zip_int64_t i = source ? zip_file_add(zip, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (i < 0) {
        zip_source_free(source);
        return bz_fail(err, BZ_IO, "array \"%s\": %s", e->name, zip_strerror(zip));
    }
    /* stored, as by numpy.savez; with a fixed time, so that equal arrays give equal files (1980-01-01, the earliest possible)
     */
    if (zip_set_file_compression(zip, (zip_uint64_t)i, ZIP_CM_STORE, 0) < 0 ||
        zip_file_set_dostime(zip, (zip_uint64_t)i, 0, 1 << 5 | 1, 0) < 0)
        return bz_fail(err, BZ_IO, "array \"%s\": %s", e->name, zip_strerror(zip));
    return 0;
}

/* Builds the archive in memory. *image is a libzip source to be freed by the caller. */
static int make_archive(zip_source_t **image, const struct train_npz_entry *entries, const struct bytes *members, size_t n,
                        struct bz_error *err)
{
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *buffer = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_t *zip = buffer ? zip_open_from_source(buffer, ZIP_TRUNCATE, &error) : NULL;
    int rc = 0;
    if (!zip) {
        rc = bz_fail(err, BZ_NO_MEMORY, "archive: %s", zip_error_strerror(&error));
        zip_source_free(buffer);
        goto out;
    }
    zip_source_keep(buffer); /* outlives zip_close */
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = add_member(zip, &entries[i], &members[i], err);
    if (rc == 0 && zip_close(zip) < 0)
        rc = bz_fail(err, BZ_IO, "archive: %s", zip_strerror(zip));
    else if (rc == 0)
        zip = NULL;
    if (zip)
        zip_discard(zip);
    if (rc < 0)
        zip_source_free(buffer);
    else
        *image = buffer;
out:
    zip_error_fini(&error);
    return rc;
}

static int save_image(zip_source_t *image, const char *path, struct bz_error *err)
{
    zip_stat_t st;
    if (zip_source_stat(image, &st) < 0 || !(st.valid & ZIP_STAT_SIZE))
        return bz_fail(err, BZ_IO, "archive: %s", zip_error_strerror(zip_source_error(image)));
    unsigned char *bytes = bz_alloc(st.size, 1, err);
    if (!bytes)
        return -1;
    int rc = -1;
    if (zip_source_open(image) < 0)
        bz_fail(err, BZ_IO, "archive: %s", zip_error_strerror(zip_source_error(image)));
    else {
        if (zip_source_read(image, bytes, st.size) != (zip_int64_t)st.size)
            bz_fail(err, BZ_IO, "archive: %s", zip_error_strerror(zip_source_error(image)));
        else
            rc = bz_file_save(path, bytes, st.size, err);
        zip_source_close(image);
    }
    bz_free(bytes);
    return rc;
}

int train_npz_write(const char *path, const struct train_npz_entry *entries, size_t n, struct bz_error *err)
{
    struct bytes *members = bz_alloc(n, sizeof(*members), err);
    if (!members)
        return -1;
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = make_member(&entries[i], &members[i], err);
    zip_source_t *image = NULL;
    if (rc == 0 && (rc = make_archive(&image, entries, members, n, err)) == 0) {
        rc = save_image(image, path, err);
        zip_source_free(image);
    }
    for (size_t i = 0; i < n; i++)
        bz_free(members[i].data);
    bz_free(members);
    return rc;
}
