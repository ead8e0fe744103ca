#include "foreign.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define FROM_PANDAS(reader) "pandas." reader "(FILE).to_csv(\"data.csv\", index=False)"
#define FROM_R(reader)      "in R: write.csv(" reader "(FILE), \"data.csv\", row.names = FALSE)"
#define R_LOAD              "in R: load(FILE); write.csv(TABLE, \"data.csv\", row.names = FALSE)"
#define FROM_PLINK(input)   "plink2 " input " --export A writes a table of allele counts"
#define FROM_XARRAY         "numpy.save(\"data.npy\", xarray.open_dataset(FILE)[NAME].values)"
#define AS_SOUND            "ffmpeg -i FILE out.wav; then numpy.save(\"data.npy\", scipy.io.wavfile.read(\"out.wav\")[1])"
#define FROM_NIBABEL        "numpy.save(\"data.npy\", nibabel.load(FILE).get_fdata())"
#define AS_PNG              "save pictures as PNG (magick FILE out.png)"

/* By bytes at an offset. `n` = how many, for texts that contain a 0. */
struct foreign {
    const char *bytes;
    size_t n, at;
    const char *what, *advice;
};

/* Columns may be named like this, so bytes that are not text must follow. */
static const struct foreign binary_kinds[] = {
    {"PAR1", 4, 0, "a Parquet file", FROM_PANDAS("read_parquet")},
    {"ARROW1", 6, 0, "an Arrow (Feather) file", FROM_PANDAS("read_feather")},
    {"FEA1", 4, 0, "a Feather file", FROM_PANDAS("read_feather")},
    {"BM", 2, 0, "a BMP picture", AS_PNG},
    {"ORC", 3, 0, "an ORC file", FROM_PANDAS("read_orc")},
    {"PARE", 4, 0, "an encrypted Parquet file", FROM_PANDAS("read_parquet")},
    {"root", 4, 0, "a ROOT file",
     "in Python: uproot.open(FILE)[TREE].arrays(library=\"pd\").to_csv(\"data.csv\", index=False)"},
    {"RIFF", 4, 0, "a sound or film file (WAV, AVI)", "numpy.save(\"data.npy\", scipy.io.wavfile.read(FILE)[1])"},
    {"fLaC", 4, 0, "a sound file (FLAC)", AS_SOUND},
    {"OggS", 4, 0, "a sound or film file (Ogg)", AS_SOUND},
    {"ID3", 3, 0, "a sound file (MP3)", AS_SOUND},
    {"BAM\1", 4, 0, "an alignment of reads (BAM)", "write the columns that are wanted as CSV"},
    {"BCF\2", 4, 0, "a file of genotypes (BCF)", FROM_PLINK("--bcf FILE")},
    {"CRAM", 4, 0, "an alignment of reads (CRAM)", "write the columns that are wanted as CSV"},
    {"GRIB", 4, 0, "a GRIB file of weather fields", FROM_XARRAY},
    {"GGUF", 4, 0, "a language model (GGUF)", "no rows to learn from are in it"},
    {"LASF", 4, 0, "a cloud of points (LAS)", "write the points as CSV"},
    {"Rar!", 4, 0, "a RAR archive", "unpack it first"},
    {"DUCK", 4, 8, "a DuckDB database", "duckdb -csv FILE 'select * from TABLE' > data.csv"},
    {"DICM", 4, 128, "a medical image (DICOM)", "numpy.save(\"data.npy\", pydicom.dcmread(FILE).pixel_array)"},
    {"bgen", 4, 16, "a file of genotypes (BGEN)", FROM_PLINK("--bgen FILE")},
    {"ftyp", 4, 4, "a film or sound (MP4)", AS_SOUND},
    {"ftypheic", 8, 4, "a HEIF picture", AS_PNG},
    {"x\x9c", 2, 0, "zlib data (of joblib?)", "numpy.save(\"data.npy\", joblib.load(FILE))"},
    {"x^", 2, 0, "zlib data (of joblib?)", "numpy.save(\"data.npy\", joblib.load(FILE))"},
    {"x\xda", 2, 0, "zlib data (of joblib?)", "numpy.save(\"data.npy\", joblib.load(FILE))"},
    {"\0\0\0\1\0\0", 6, 0, "a medical image (FreeSurfer)", FROM_NIBABEL},
    {"MSCF", 4, 0, "a cabinet archive", "unpack it first"},
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
    {"CDF\1", 4, 0, "a NetCDF file", FROM_XARRAY},
    {"CDF\2", 4, 0, "a NetCDF file", FROM_XARRAY},
    {"CDF\5", 4, 0, "a NetCDF file", FROM_XARRAY},
    {"\x0e\3\x13\1", 4, 0, "an HDF4 file", "h4toh5 FILE makes HDF5 of it, which is read"},
    {"n+1", 4, 344, "a medical image (NIfTI)", FROM_NIBABEL},
    {"ni1", 4, 344, "the header of a medical image (NIfTI, Analyze)", FROM_NIBABEL},
    {"NRRD000", 7, 0, "a medical image (NRRD)", "numpy.save(\"data.npy\", nrrd.read(FILE)[0])"},
    {"ObjectType = Image", 18, 0, "a medical image (MetaImage)",
     "numpy.save(\"data.npy\", itk.array_from_image(itk.imread(FILE)))"},
    {"\xff"
     "BIOSEMI",
     8, 0, "a recording (BDF)", "numpy.save(\"data.npy\", mne.io.read_raw_bdf(FILE).get_data().T)"},
    {"FCS2.0    ", 10, 0, "a flow cytometry file (FCS)",
     "in R: write.csv(flowCore::exprs(flowCore::read.FCS(FILE)), \"data.csv\", row.names = FALSE)"},
    {"FCS3.0    ", 10, 0, "a flow cytometry file (FCS)",
     "in R: write.csv(flowCore::exprs(flowCore::read.FCS(FILE)), \"data.csv\", row.names = FALSE)"},
    {"FCS3.1    ", 10, 0, "a flow cytometry file (FCS)",
     "in R: write.csv(flowCore::exprs(flowCore::read.FCS(FILE)), \"data.csv\", row.names = FALSE)"},
    {"\x6c\x1b\1", 3, 0, "a file of genotypes (plink's .bed)", FROM_PLINK("--bfile NAME")},
    {"\x6c\x1b\x10", 3, 0, "a file of genotypes (plink's .pgen)", FROM_PLINK("--pfile NAME")},
    {"\0\0\x27\x0a\0\0\0\0", 8, 0, "a file of shapes (.shp)",
     "geopandas.read_file(FILE).drop(columns=\"geometry\").to_csv(\"data.csv\", index=False)"},
    {"\xde\xc0\xef\xbe", 4, 16, "an LMDB database", "its values have a form of their own: write rows as CSV or .npy"},
    {"Standard Jet DB", 16, 4, "an Access database", "mdb-export FILE TABLE > data.csv"},
    {"Standard ACE DB", 16, 4, "an Access database", "mdb-export FILE TABLE > data.csv"},
    {"\xac\xed\0\5", 4, 0, "a file of serialized Java objects", "write the rows as CSV there"},
    {"\x0b\x0e\x0a\x0c", 4, 0, "an R object (.qs)", FROM_R("qs::qread")},
    {"\x1f\x9d", 2, 0, "a compressed file (.Z)", "uncompress FILE first, or pack it with gzip"},
    {"\xff\xd8\xff", 3, 0, "a JPEG picture", AS_PNG},
    {"WEBP", 4, 8, "a WebP picture", AS_PNG},
    {"GIF87a", 6, 0, "a GIF picture", AS_PNG},
    {"GIF89a", 6, 0, "a GIF picture", AS_PNG},
    {"II*\0", 4, 0, "a TIFF picture", AS_PNG},
    {"MM\0*", 4, 0, "a TIFF picture", AS_PNG},
    {"ftypavif", 8, 4, "an AVIF picture", AS_PNG},
    {"Octave-1-", 9, 0, "Octave's own binary format", "in Octave: save -v7 data.mat A"},
    {"%PDF-", 5, 0, "a PDF document", "save the table as CSV"},
    {"1AY&SY", 6, 4, "a bzip2 file", "bunzip2 FILE first, or pack it with gzip"},
    {"\xfd"
     "7zXZ",
     5, 0, "an xz file", "unxz FILE first, or pack it with gzip"},
    {"\x5d\0\0", 3, 0, "an LZMA file", "unlzma FILE first, or pack it with gzip"},
    {"\x04\x22\x4d\x18", 4, 0, "an LZ4 file", "unlz4 FILE first, or pack it with gzip"},
    {"\x28\xb5\x2f\xfd", 4, 0, "a Zstandard file", "unzstd FILE first, or pack it with gzip"},
    {"7z\xbc\xaf", 4, 0, "a 7-Zip archive", "unpack it first"},
    {"ustar", 5, 257, "a tar archive", "unpack it first"},
    {"<!DOCTYPE html", 14, 0, "a web page", "check that the download gave the right file"},
    {"<html", 5, 0, "a web page", "check that the download gave the right file"},
    {"<table", 6, 0, "a table from a web page (HTML)", FROM_PANDAS("read_html")},
    {"<TR>", 4, 0, "a table from a web page (HTML)", "sqlite3 -csv -header FILE 'select * from TABLE' > data.csv"},
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

/* Only letters, blanks and line ends at the start. */
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

/* European Data Format: version 0, and in places of their own a date and a time with points. */
static bool is_edf(const uint8_t *d, size_t n)
{
    static const uint8_t points[] = {170, 173, 178, 181};
    bool all = n > 256 && memcmp(d, "0       ", 8) == 0;
    for (size_t k = 0; all && k < sizeof(points); k++)
        all = d[points[k]] == '.' && isdigit(d[points[k] - 1]) && isdigit(d[points[k] + 1]);
    return all;
}

/* A head of JSON behind its length (safetensors). */
static bool is_safetensors(const uint8_t *d, size_t n)
{
    uint64_t head = 0;
    for (size_t k = 8; n > 10 && k-- > 0;)
        head = head << 8 | d[k];
    return n > 10 && head >= 2 && head <= n - 8 && d[8] == '{' && (d[9] == '"' || d[9] == '}' || d[9] == ' ');
}

/* Protocol buffers: the form's version, and the name of the program that wrote it (onnx.proto). */
static bool is_onnx(const uint8_t *d, size_t n)
{
    if (n < 16 || d[0] != 8 || d[1] == 0 || d[1] > 20 || d[2] != 0x12 || d[3] == 0 || d[3] > 64 || n < 4 + (size_t)d[3])
        return false;
    for (size_t i = 4; i < 4 + (size_t)d[3]; i++)
        if (!isprint(d[i]))
            return false;
    return true;
}

/* Records of TensorFlow's: a length of 8 bytes, 4 of a sum, as many bytes, 4 of a sum; the first holds a message (field 1). */
static bool is_tfrecord(const uint8_t *d, size_t n)
{
    uint64_t length = 0;
    for (size_t k = 8; n > 16 && k-- > 0;)
        length = length << 8 | d[k];
    return n > 16 && length > 1 && length <= n - 16 && d[12] == 0x0a && (length == n - 16 || n - 16 - length > 16);
}

static uint32_t word_at(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Documents of MongoDB's: a length, a kind, a name, at the end a 0. */
static bool is_bson(const uint8_t *d, size_t n)
{
    const size_t length = n > 8 ? word_at(d) : 0;
    return length > 8 && length <= n && d[length - 1] == 0 && d[4] >= 1 && d[4] <= 0x13 && (isalpha(d[5]) || d[5] == '_') &&
           memchr(d + 5, 0, length - 5);
}

/* Records of Fortran's: how many bytes stands in front of them and behind. */
static bool is_fortran(const uint8_t *d, size_t n)
{
    const size_t length = n > 16 ? word_at(d) : 0;
    return length > 0 && length <= n - 8 && word_at(d + 4 + length) == length;
}

/* Vectors of the collections for nearest neighbours (fvecs, ivecs): in front of each the number of its values. */
static bool is_vectors(const uint8_t *d, size_t n)
{
    const size_t values = n > 16 ? word_at(d) : 0, record = 4 * (values + 1);
    if (values == 0 || values > 1 << 20 || n % record > 0 || n / record < 2)
        return false;
    for (size_t at = 0; at < n; at += record)
        if (word_at(d + at) != values)
            return false;
    return true;
}

/* Lists of objects or of lists of numbers (msgpack's specification: 9x, dc, dd begin a list, 8x an object, ax a short text). */
static bool is_msgpack(const uint8_t *d, size_t n)
{
    size_t i = 0, lists = 0;
    for (; i + 8 < n && (d[i] >> 4 == 9 || d[i] == 0xdc || d[i] == 0xdd); lists++)
        i += d[i] == 0xdc ? 3 : d[i] == 0xdd ? 5 : 1;
    if (i + 8 >= n)
        return false;
    if (d[i] == 0xcb || d[i] == 0xca)
        return lists > 1;
    if (d[i] >> 4 != 8 || d[i + 1] >> 5 != 5 || i + 2 + (d[i + 1] & 31) > n)
        return false;
    for (size_t k = 0; k < (size_t)(d[i + 1] & 31); k++)
        if (!isprint(d[i + 2 + k]))
            return false;
    return (d[i + 1] & 31) > 0;
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

/* By more than bytes at a place. */
static const struct shaped {
    bool (*is)(const uint8_t *d, size_t n);
    const char *what, *advice;
} shapes[] = {
    {is_text_rds, "an R object (.rds)", FROM_R("readRDS")},
    {is_netpbm, "a picture (PBM, PGM or PPM)", AS_PNG},
    {is_torch, "a PyTorch file", "numpy.save(\"data.npy\", tensor.numpy()); a model: boltz import"},
    {is_old_stata, "a Stata file (.dta)", FROM_PANDAS("read_stata")},
    {is_dbase, "a dBase table (.dbf)", "in R: write.csv(foreign::read.dbf(FILE), \"data.csv\", row.names = FALSE)"},
    {is_edf, "a recording (EDF)", "numpy.save(\"data.npy\", mne.io.read_raw_edf(FILE).get_data().T)"},
    {is_safetensors, "a file of tensors (safetensors)", "numpy.save(\"data.npy\", safetensors.numpy.load_file(FILE)[NAME])"},
    {is_onnx, "a network (ONNX)", "its weights are no rows to learn from"},
    {is_bson, "a dump of MongoDB (BSON)", "mongoexport --type=csv -f NAMES writes a table"},
    {is_msgpack, "msgpack", "numpy.save(\"data.npy\", numpy.array(msgpack.unpackb(open(FILE, \"rb\").read())))"},
    {is_fortran, "a file of unformatted records (Fortran)",
     "numpy.save(\"data.npy\", scipy.io.FortranFile(FILE).read_reals().reshape(ROWS, -1))"},
    {is_vectors, "a file of vectors (fvecs, ivecs)",
     "numpy.save(\"data.npy\", numpy.fromfile(FILE, \"f4\").reshape(-1, LENGTH + 1)[:, 1:])"},
    {is_tfrecord, "a file of records (TFRecord)", "tf.data.TFRecordDataset(FILE) reads them: numpy.save(\"data.npy\", rows)"},
};

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
    for (const struct shaped *k = shapes; k < shapes + sizeof(shapes) / sizeof(shapes[0]); k++)
        if (k->is(s->data, s->size))
            return refuse(s, k->what, k->advice, err);
    const int control = control_separator(s->data, s->size);
    if (control)
        return bz_fail(err, BZ_BAD_INPUT,
                       "%s: has the control character 0x%02x between its cells, which is not read as a separator; %s", s->path,
                       (unsigned)control,
                       control == 1 ? "tr '\\001' '\\t' <FILE >data.tsv" : "tr '\\037\\036' '\\t\\n' <FILE >data.tsv");
    if (is_json(s->data, s->size))
        return is_json_lines(s->data, s->size)
                   ? refuse(s, "JSON, one object per line",
                            "pandas.read_json(FILE, lines=True).to_csv(\"data.csv\", index=False)", err)
                   : refuse(s, "JSON", FROM_PANDAS("read_json"), err);
    return 0;
}
