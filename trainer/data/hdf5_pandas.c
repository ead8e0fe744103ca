/* What pandas' to_hdf writes. "fixed": blocks of columns of one type, [rows][columns] each, and the names of each block.
 * "table": a table of PyTables' with one column a block, whose names stand in an attribute as a pickle of protocol 0. */
#ifdef BOLTZ_HDF5
#include "hdf5_frame.h"

#include "mem.h"

#include <stdio.h>
#include <string.h>

enum { TEXT = 1 << 16, MOST_BLOCKS = 1000 };

#define AS_TABLE "df.to_hdf(FILE, key=\"df\", format=\"table\") or df.to_csv(\"data.csv\", index=False) is read"

/* A frame being read. */
struct pandas {
    struct hdf5_frame *f;
    struct train_table *t;
    struct train_hdf5 *h;
    const char *path;
    char *text; /* [TEXT], of attributes */
};

static int refuse(const struct pandas *p, const char *what, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s: %s %s", p->f->records.path, p->path, what);
}

/* Text of such a pickle, Latin-1 with \\u and four digits for what is beyond it, as UTF-8. */
static void put_text(const char *text, size_t n, char *out, size_t room)
{
    size_t used = 0;
    for (size_t i = 0; i < n && used + 4 < room; i++) {
        unsigned c = (unsigned char)text[i];
        if (c == '\\' && n - i > 5 && text[i + 1] == 'u' && sscanf(text + i + 2, "%4x", &c) == 1)
            i += 5;
        if (c < 0x80)
            out[used++] = (char)c;
        else if (c < 0x800) {
            out[used++] = (char)(0xc0 | c >> 6);
            out[used++] = (char)(0x80 | (c & 63));
        } else {
            out[used++] = (char)(0xe0 | c >> 12);
            out[used++] = (char)(0x80 | (c >> 6 & 63));
            out[used++] = (char)(0x80 | (c & 63));
        }
    }
    out[used] = 0;
}

/* Texts (V...) and whole numbers (I...) of a pickled list, a line each; a for append may stand before. */
static int unpickle_names(const char *text, struct train_names *names, struct bz_error *err)
{
    while (*text) {
        const char *end = strchr(text, '\n');
        const size_t n = end ? (size_t)(end - text) : strlen(text), skip = text[0] == 'a';
        if (n > skip + 1 && (text[skip] == 'V' || text[skip] == 'I')) {
            char name[BZ_NPY_NAME_ROOM];
            put_text(text + skip + 1, n - skip - 1, name, sizeof(name));
            if (train_names_add(names, name, err) < 0)
                return -1;
        }
        text += end ? n + 1 : n;
    }
    return 0;
}

/* Attribute `name` with `ending`; "" if there is none. */
static const char *attribute(const struct pandas *p, hid_t object, const char *name, const char *ending)
{
    char key[BZ_NPY_NAME_ROOM + 16];
    snprintf(key, sizeof(key), "%s%s", name, ending);
    if (!hdf5_attribute_text(object, key, p->text, TEXT))
        p->text[0] = 0;
    return p->text;
}

static bool is_time(const char *type)
{
    return strncmp(type, "datetime", 8) == 0 || strncmp(type, "timedelta", 9) == 0 || strcmp(type, "date") == 0;
}

static int say_time(const struct pandas *p, const char *name, struct bz_error *err)
{
    return train_table_say(p->t, err, "left out: %s (%s): dates or times", p->path, name);
}

static int say_index(const struct pandas *p, struct bz_error *err)
{
    return train_table_say(p->t, err, "left out: the index of %s", p->path);
}

/* --- format="table" --- */

static int read_member(const struct pandas *p, hid_t data, unsigned k, const char *member, struct bz_error *err)
{
    struct train_names names = {0};
    const bool index = strcmp(member, "index") == 0;
    if (index && strcmp(attribute(p, data, member, "_kind"), "string") != 0)
        return say_index(p, err);
    int rc = index ? 0 : unpickle_names(attribute(p, data, member, "_kind"), &names, err);
    if (rc == 0 && is_time(attribute(p, data, member, "_dtype"))) {
        for (size_t i = 0; rc == 0 && i < names.n; i++)
            rc = say_time(p, names.names[i], err);
    } else if (rc == 0 && strcmp(attribute(p, data, member, "_meta"), "category") == 0)
        rc = bz_fail(
            err, BZ_BAD_INPUT,
            "%s: %s: its column %s holds codes, whose words stand elsewhere in the file: make words of pandas' categories "
            "(df.astype({\"%s\": str})) and write it again",
            p->f->records.path, p->path, names.n ? names.names[0] : member, names.n ? names.names[0] : member);
    else if (rc == 0)
        rc = hdf5_frame_member(p->f, data, p->path, k, &names, err);
    train_names_free(&names);
    return rc;
}

static int read_table(const struct pandas *p, hid_t data, struct bz_error *err)
{
    const hid_t type = H5Dget_type(data);
    const int n = H5Tget_class(type) == H5T_COMPOUND ? H5Tget_nmembers(type) : 0;
    int rc = n < 1 ? refuse(p, "is a frame without a table", err) : 0;
    for (unsigned k = 0; rc == 0 && k < (unsigned)n; k++) {
        char *member = H5Tget_member_name(type, k);
        rc = member ? read_member(p, data, k, member, err) : refuse(p, "has a nameless column", err);
        H5free_memory(member);
    }
    H5Tclose(type);
    return rc;
}

/* --- format="fixed" --- */

/* Words or whole numbers of a data set below the frame. */
static int read_names(const struct pandas *p, const char *below, struct train_names *names, struct bz_error *err)
{
    char path[HDF5_PATH_ROOM], name[BZ_NPY_NAME_ROOM];
    struct train_array a;
    snprintf(path, sizeof(path), "%.900s/%s", p->path, below);
    if (train_hdf5_read(p->h, path, &a, err) < 0)
        return -1;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < a.npy.count; i++) {
        double x = 0;
        if (a.npy.dtype == BZ_BYTES)
            bz_npy_word(&a.npy, a.data, i, name, sizeof(name));
        else {
            bz_npy_doubles(&a.npy, a.data, i, 1, &x);
            snprintf(name, sizeof(name), "%.15g", x);
        }
        rc = train_names_add(names, name, err);
    }
    train_array_free(&a);
    return rc;
}

/* The values of a block [rows][names->n], or of a series [rows]. */
static int read_values(const struct pandas *p, const char *below, const struct train_names *names, struct bz_error *err)
{
    char path[HDF5_PATH_ROOM];
    struct train_array a;
    int rc = 0;
    snprintf(path, sizeof(path), "%.900s/%s", p->path, below);
    const hid_t data = H5Dopen(p->h->file, path, H5P_DEFAULT), type = data < 0 ? H5I_INVALID_HID : H5Dget_type(data);
    const bool pickled = type >= 0 && H5Tget_class(type) == H5T_VLEN;
    const bool time = data >= 0 && is_time(attribute(p, data, "value_type", ""));
    if (type >= 0)
        H5Tclose(type);
    if (data >= 0)
        H5Dclose(data);
    if (pickled)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: %s: its words (column %s) are pickled Python objects, as fixed frames have them: %s",
                       p->f->records.path, p->path, names->n ? names->names[0] : "?", AS_TABLE);
    for (size_t i = 0; time && rc == 0 && i < names->n; i++)
        rc = say_time(p, names->names[i], err);
    if (time)
        return rc;
    if (train_hdf5_read(p->h, path, &a, err) < 0)
        return -1;
    if (a.npy.rank < 1 || a.npy.rank > 2 || a.npy.fortran || (a.npy.rank == 2 ? a.npy.shape[1] : 1) != names->n)
        rc = refuse(p, "is a frame in a format that is not read: " AS_TABLE, err);
    else
        rc = hdf5_frame_add(p->f, names->names[0], names, &a.npy, a.data, err);
    train_array_free(&a);
    return rc;
}

/* Columns of a fixed frame stand by type; axis0 has their order. */
static int sort_columns(const struct pandas *p, struct bz_error *err)
{
    struct bz_records *r = &p->f->records;
    struct train_names order = {0};
    int rc = read_names(p, "axis0", &order, err);
    for (size_t i = 0, at = 0; rc == 0 && i < order.n && at < r->n; i++)
        for (size_t j = at; j < r->n; j++)
            if (strcmp(r->fields[j].name, order.names[i]) == 0) {
                const struct bz_npy_field field = r->fields[at];
                void *column = r->columns[at];
                r->fields[at] = r->fields[j];
                r->columns[at] = r->columns[j];
                r->fields[j] = field;
                r->columns[j] = column;
                at++;
                break;
            }
    train_names_free(&order);
    return rc;
}

static int read_fixed(const struct pandas *p, struct bz_error *err)
{
    int rc = say_index(p, err);
    for (int b = 0; rc == 0 && b < MOST_BLOCKS; b++) {
        struct train_names names = {0};
        char items[32], values[32], path[HDF5_PATH_ROOM];
        snprintf(items, sizeof(items), "block%d_items", b);
        snprintf(values, sizeof(values), "block%d_values", b);
        snprintf(path, sizeof(path), "%.900s/%s", p->path, values);
        if (!train_hdf5_has(p->h, path))
            break;
        snprintf(path, sizeof(path), "%.900s/%s", p->path, items);
        rc = train_hdf5_has(p->h, path) ? read_names(p, items, &names, err)
                                        : refuse(p, "has names of several levels: df.columns = [...] gives it plain ones", err);
        if (rc == 0 && names.n > 0)
            rc = read_values(p, values, &names, err);
        train_names_free(&names);
    }
    return rc == 0 ? sort_columns(p, err) : -1;
}

static int read_series(const struct pandas *p, hid_t group, struct bz_error *err)
{
    struct train_names names = {0};
    const char *name = attribute(p, group, "name", "");
    const bool nameless = name[0] == 0 || strcmp(name, "N.") == 0;
    int rc = train_names_add(&names, nameless ? "values" : name, err);
    if (rc == 0)
        rc = say_index(p, err);
    if (rc == 0)
        rc = read_values(p, "values", &names, err);
    train_names_free(&names);
    return rc;
}

/* --- both --- */

int hdf5_frame_pandas(struct hdf5_frame *f, struct train_table *t, struct train_hdf5 *h, const char *path, struct bz_error *err)
{
    struct pandas p = {f, t, h, path, bz_alloc(TEXT, 1, err)};
    char table[HDF5_PATH_ROOM], type[64] = "";
    int rc = p.text ? 0 : -1;
    snprintf(table, sizeof(table), "%.900s/table", path);
    const hid_t group = H5Oopen(h->file, path, H5P_DEFAULT);
    hdf5_attribute_text(group, "pandas_type", type, sizeof(type));
    if (rc == 0 && strcmp(type, "frame") == 0)
        rc = read_fixed(&p, err);
    else if (rc == 0 && strcmp(type, "series") == 0)
        rc = read_series(&p, group, err);
    else if (rc == 0 && train_hdf5_has(h, table)) {
        const hid_t data = H5Dopen(h->file, table, H5P_DEFAULT);
        rc = read_table(&p, data, err);
        H5Dclose(data);
    } else if (rc == 0)
        rc = refuse(&p, "is a pandas object of a kind that is not read: " AS_TABLE, err);
    if (rc == 0 && f->records.n == 0)
        rc = refuse(&p, "is a frame without columns", err);
    H5Oclose(group);
    bz_free(p.text);
    return rc;
}
#endif
