#include "foreign.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define FROM_PANDAS(reader) "pandas." reader "(FILE).to_csv(\"data.csv\", index=False)"
#define FROM_R(reader)      "in R: write.csv(" reader "(FILE), \"data.csv\", row.names = FALSE)"
#define R_LOAD              "in R: load(FILE); write.csv(TABLE, \"data.csv\", row.names = FALSE)"
#define AS_PNG              "save pictures as PNG (magick FILE out.png)"

/* By bytes at a place. `n` = how many, for texts that hold a 0. */
struct foreign {
    const char *bytes;
    size_t n, at;
    const char *what, *advice;
};

/* Columns may be called so: bytes that are no text follow. */
static const struct foreign binary_kinds[] = {
    {"PAR1", 4, 0, "a Parquet file", FROM_PANDAS("read_parquet")},
    {"ARROW1", 6, 0, "an Arrow (Feather) file", FROM_PANDAS("read_feather")},
    {"FEA1", 4, 0, "a Feather file", FROM_PANDAS("read_feather")},
    {"BM", 2, 0, "a BMP picture", AS_PNG},
    {"ORC", 3, 0, "an ORC file", FROM_PANDAS("read_orc")},
};

static const struct foreign kinds[] = {
    {"\xff\xff\xff\xff", 4, 0, "an Arrow stream",
     "pyarrow.ipc.open_stream(FILE).read_pandas().to_csv(\"data.csv\", index=False)"},
    {"Obj\1", 4, 0, "an Avro file", "write the table as CSV"},
    {"[Content_Types].xml", 19, 30, "an Excel workbook (.xlsx)", FROM_PANDAS("read_excel")},
    {"_rels/.rels", 11, 30, "an Excel workbook (.xlsx)", FROM_PANDAS("read_excel")},
    {"xl/", 3, 30, "an Excel workbook (.xlsx)", FROM_PANDAS("read_excel")},
    {"docProps/", 9, 30, "an Excel workbook (.xlsx)", FROM_PANDAS("read_excel")},
    {"mimetypeapplication/vnd.oasis", 29, 30, "an OpenDocument spreadsheet (.ods)", FROM_PANDAS("read_excel")},
    {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8, 0, "an old Excel workbook (.xls) or another Office document",
     FROM_PANDAS("read_excel")},
    {"X\n\0\0\0", 5, 0, "an R object (.rds)", FROM_R("readRDS")},
    {"RDX2\n", 5, 0, "an R workspace (.RData)", R_LOAD},
    {"RDX3\n", 5, 0, "an R workspace (.RData)", R_LOAD},
    {"RDA2\nA\n", 7, 0, "an R workspace (.RData)", R_LOAD},
    {"RDA3\nA\n", 7, 0, "an R workspace (.RData)", R_LOAD},
    {"<stata_dta>", 11, 0, "a Stata file (.dta)", FROM_PANDAS("read_stata")},
    {"$FL2", 4, 0, "an SPSS file (.sav)", FROM_PANDAS("read_spss")},
    {"$FL3", 4, 0, "an SPSS file (.zsav)", FROM_PANDAS("read_spss")},
    {"\0\0\0\0\0\0\0\0\0\0\0\0\xc2\xea\x81\x60", 16, 0, "a SAS file (.sas7bdat)", FROM_PANDAS("read_sas")},
    {"HEADER RECORD*******", 20, 0, "a SAS transport file (.xpt)", FROM_PANDAS("read_sas")},
    {"PGCOPY\n\xff\r\n", 10, 0, "PostgreSQL's binary COPY", "psql --csv, or \\copy TABLE to 'data.csv' csv header"},
    {"SQLite format 3", 16, 0, "an SQLite database", "sqlite3 -csv -header FILE 'select * from TABLE' > data.csv"},
    {"SIMPLE  =", 9, 0, "a FITS file", "numpy.save(\"data.npy\", astropy.io.fits.getdata(FILE))"},
    {"CDF\1", 4, 0, "a NetCDF file", "save the matrix as .npy"},
    {"CDF\2", 4, 0, "a NetCDF file", "save the matrix as .npy"},
    {"\xff\xd8\xff", 3, 0, "a JPEG picture", AS_PNG},
    {"WEBP", 4, 8, "a WebP picture", AS_PNG},
    {"GIF87a", 6, 0, "a GIF picture", AS_PNG},
    {"GIF89a", 6, 0, "a GIF picture", AS_PNG},
    {"II*\0", 4, 0, "a TIFF picture", AS_PNG},
    {"MM\0*", 4, 0, "a TIFF picture", AS_PNG},
    {"ftypavif", 8, 4, "an AVIF picture", AS_PNG},
    {"Octave-1-", 9, 0, "Octave's own binary form", "in Octave: save -v7 data.mat A"},
    {"%PDF-", 5, 0, "a PDF document", "save the table as CSV"},
    {"1AY&SY", 6, 4, "a bzip2 file", "bunzip2 FILE first, or pack it with gzip"},
    {"\xfd"
     "7zXZ",
     5, 0, "an xz file", "unxz FILE first, or pack it with gzip"},
    {"\x5d\0\0\x80", 4, 0, "an LZMA file", "unlzma FILE first, or pack it with gzip"},
    {"\x04\x22\x4d\x18", 4, 0, "an LZ4 file", "unlz4 FILE first, or pack it with gzip"},
    {"\x28\xb5\x2f\xfd", 4, 0, "a Zstandard file", "unzstd FILE first, or pack it with gzip"},
    {"7z\xbc\xaf", 4, 0, "a 7-Zip archive", "unpack it first"},
    {"ustar", 5, 257, "a tar archive", "unpack it first"},
    {"<!DOCTYPE html", 14, 0, "a web page", "look whether the download gave what it should"},
    {"<html", 5, 0, "a web page", "look whether the download gave what it should"},
    {"<table", 6, 0, "a table of a web page (HTML)", FROM_PANDAS("read_html")},
    {"<TR>", 4, 0, "a table of a web page (HTML)", "sqlite3 -csv -header FILE 'select * from TABLE' > data.csv"},
    {"structure(", 10, 0, "an R object as text (dput)", FROM_R("dget")},
    {"<?xml", 5, 0, "an XML file", FROM_PANDAS("read_xml")},
    {"\x80\2", 2, 0, "a Python pickle",
     "numpy.save(\"data.npy\", numpy.asarray(pickle.load(open(FILE, \"rb\")))); a model: boltz import"},
    {"\x80\3", 2, 0, "a Python pickle",
     "numpy.save(\"data.npy\", numpy.asarray(pickle.load(open(FILE, \"rb\")))); a model: boltz import"},
    {"\x80\4", 2, 0, "a Python pickle",
     "numpy.save(\"data.npy\", numpy.asarray(pickle.load(open(FILE, \"rb\")))); a model: boltz import"},
    {"\x80\5", 2, 0, "a Python pickle",
     "numpy.save(\"data.npy\", numpy.asarray(pickle.load(open(FILE, \"rb\")))); a model: boltz import"},
    {"(lp0\n", 5, 0, "a Python pickle", "numpy.save(\"data.npy\", numpy.asarray(pickle.load(open(FILE, \"rb\"))))"},
    {"(dp0\n", 5, 0, "a Python pickle", "numpy.save(\"data.npy\", numpy.asarray(pickle.load(open(FILE, \"rb\"))))"},
    {"cnumpy", 6, 0, "a Python pickle", "numpy.save(\"data.npy\", numpy.asarray(pickle.load(open(FILE, \"rb\"))))"},
    {"ccopy_reg", 9, 0, "a Python pickle", "numpy.save(\"data.npy\", numpy.asarray(pickle.load(open(FILE, \"rb\"))))"},
};

/* Nothing but letters, blanks and line ends at its beginning. */
static bool is_plain_text(const uint8_t *d, size_t n)
{
    for (size_t i = 0; i < n && i < 256; i++)
        if ((d[i] < 32 && !isspace(d[i])) || d[i] == 127)
            return false;
    return true;
}

/* P1 to P6 in a line, comments, width and height. */
static bool is_netpbm(const uint8_t *d, size_t n)
{
    size_t i = 3, digits = 0;
    if (n < 6 || d[0] != 'P' || d[1] < '1' || d[1] > '6' || d[2] != '\n')
        return false;
    while (i < n && d[i] == '#') {
        const uint8_t *stop = memchr(d + i, '\n', n - i);
        i = stop ? (size_t)(stop - d) + 1 : n;
    }
    for (; i < n && isdigit(d[i]); digits++)
        i++;
    return digits > 0 && i + 1 < n && d[i] == ' ' && isdigit(d[i + 1]);
}

/* A, the form's version 2 or 3, and in lines of their own the versions of R that wrote it and that can read it. */
static bool is_text_rds(const uint8_t *d, size_t n)
{
    size_t i = 4;
    if (n < 4 || d[0] != 'A' || d[1] != '\n' || (d[2] != '2' && d[2] != '3') || d[3] != '\n')
        return false;
    for (int k = 0; k < 2; k++, i++) {
        const size_t start = i;
        while (i < n && isdigit(d[i]))
            i++;
        if (i - start < 5 || i == n || d[i] != '\n')
            return false;
    }
    return true;
}

/* Stata before version 13: version, byte order, kind 1, 0 (gretl: 1). */
static bool is_old_stata(const uint8_t *d, size_t n)
{
    return n > 100 && d[0] >= 105 && d[0] <= 116 && (d[1] == 1 || d[1] == 2) && d[2] == 1 && d[3] <= 1;
}

/* dBase: version, a date, rows, and a head of 32 bytes a column and one more. */
static bool is_dbase(const uint8_t *d, size_t n)
{
    static const uint8_t versions[] = {0x03, 0x30, 0x31, 0x83, 0x8b, 0xf5};
    if (n < 65 || !memchr(versions, d[0], sizeof(versions)) || d[2] < 1 || d[2] > 12 || d[3] < 1 || d[3] > 31)
        return false;
    const size_t head = d[8] | (size_t)d[9] << 8;
    return head >= 65 && head <= n && isalpha(d[32]);
}

static size_t skip_blanks(const uint8_t *d, size_t n, size_t i)
{
    while (i < n && isspace(d[i]))
        i++;
    return i;
}

/* The end of the word, number or text between quotes at i; i where there is none. */
static size_t scalar_end(const uint8_t *d, size_t n, size_t i)
{
    if (i < n && d[i] == '"') {
        for (i++; i < n && d[i] != '"'; i++)
            i += d[i] == '\\';
        return i < n ? i + 1 : n;
    }
    while (i < n && (isalnum(d[i]) || strchr("+-.", d[i])) && d[i])
        i++;
    return i;
}

/* {...} and a line further {...}: records as logs and pandas' lines=True have them. */
static bool is_json_lines(const uint8_t *d, size_t n)
{
    const uint8_t *stop = n > 0 && d[0] == '{' ? memchr(d, '\n', n) : NULL;
    if (!stop || stop + 1 >= d + n || stop[1] != '{')
        return false;
    while (stop > d && (stop[-1] == '\r' || stop[-1] == ' '))
        stop--;
    return stop > d && stop[-1] == '}';
}

/* The first letter after blanks begins an object or lists, and what follows belongs in one: a comma or a bracket behind the
 * first value, and behind that bracket another or the end. */
static bool is_json(const uint8_t *d, size_t n)
{
    size_t i = skip_blanks(d, n, 0), depth = 0;
    for (; i < n && d[i] == '['; depth++)
        i = skip_blanks(d, n, i + 1);
    if (i == n)
        return depth > 0;
    if (d[i] == '{') {
        i = skip_blanks(d, n, i + 1);
        return i < n && (d[i] == '"' || d[i] == '}');
    }
    if (depth == 0)
        return false;
    const size_t start = i, end = scalar_end(d, n, i);
    if (end == i && d[i] != ']')
        return false;
    i = skip_blanks(d, n, end);
    for (; i < n && d[i] == ']' && depth > 0; depth--)
        i = skip_blanks(d, n, i + 1);
    const bool words = depth == 0 && isalpha(d[start]); /* [x],[y] are names */
    return i == n || (d[i] == ',' && !words) || (depth == 0 && d[i] == '[' && !words);
}

/* An archive of PyTorch's: NAME/data.pkl is its first member. */
static bool is_torch(const uint8_t *d, size_t n)
{
    return n > 64 && memcmp(d, "PK\3\4", 4) == 0 && memmem(d + 30, n - 30 < 256 ? n - 30 : 256, "/data.pkl", 9);
}

/* Cells divided by a unit separator (ASCII), or by 0x01 (Hive): text but for that. The character, or 0. */
static int control_separator(const uint8_t *d, size_t n)
{
    const size_t look = n < 4096 ? n : 4096;
    size_t units = 0, hive = 0;
    for (size_t i = 0; i < look; i++) {
        units += d[i] == 0x1f;
        hive += d[i] == 1;
        if (d[i] < 32 && d[i] != 0x1f && d[i] != 0x1e && d[i] != 1 && !isspace(d[i]))
            return 0;
    }
    return units > 1 ? 0x1f : hive > 1 ? 1 : 0;
}

static int refuse(const struct train_source *s, const char *what, const char *advice, struct bz_error *err)
{
    return bz_fail(err, BZ_BAD_INPUT, "%s: is %s, which is not read; %s", s->path, what, advice);
}

static const struct foreign *find(const struct train_source *s, const struct foreign *f, size_t n)
{
    for (const struct foreign *end = f + n; f < end; f++)
        if (s->size >= f->at + f->n && memcmp(s->data + f->at, f->bytes, f->n) == 0 &&
            (f->at != 30 || memcmp(s->data, "PK", 2) == 0))
            return f;
    return NULL;
}

int train_refuse_foreign(const struct train_source *s, struct bz_error *err)
{
    const struct foreign *f = find(s, kinds, sizeof(kinds) / sizeof(kinds[0]));
    if (!f && !is_plain_text(s->data, s->size))
        f = find(s, binary_kinds, sizeof(binary_kinds) / sizeof(binary_kinds[0]));
    if (f)
        return refuse(s, f->what, f->advice, err);
    if (is_text_rds(s->data, s->size))
        return refuse(s, "an R object (.rds)", FROM_R("readRDS"), err);
    if (is_netpbm(s->data, s->size))
        return refuse(s, "a picture (PBM, PGM or PPM)", AS_PNG, err);
    if (is_torch(s->data, s->size))
        return refuse(s, "a PyTorch file", "numpy.save(\"data.npy\", tensor.numpy()); a model: boltz import", err);
    if (is_old_stata(s->data, s->size))
        return refuse(s, "a Stata file (.dta)", FROM_PANDAS("read_stata"), err);
    if (is_dbase(s->data, s->size))
        return refuse(s, "a dBase table (.dbf)", "in R: write.csv(foreign::read.dbf(FILE), \"data.csv\", row.names = FALSE)",
                      err);
    const int control = control_separator(s->data, s->size);
    if (control)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: has the control character 0x%02x between its cells, which is not read as a separator; %s", s->path,
                       (unsigned)control,
                       control == 1 ? "tr '\\001' '\\t' <FILE >data.tsv" : "tr '\\037\\036' '\\t\\n' <FILE >data.tsv");
    if (is_json(s->data, s->size))
        return is_json_lines(s->data, s->size)
                   ? refuse(s, "JSON, an object a line", "pandas.read_json(FILE, lines=True).to_csv(\"data.csv\", index=False)",
                            err)
                   : refuse(s, "JSON", FROM_PANDAS("read_json"), err);
    return 0;
}
