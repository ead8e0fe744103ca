"""Writes data and models with numpy, scipy, h5py and scikit-learn, and sees what boltz makes of them.

    writers.py BOLTZ
"""
import json, os, pickle, subprocess, sys, tempfile

import h5py, joblib, numpy as np, scipy.io, scipy.sparse, scipy.special
from sklearn.neural_network import BernoulliRBM

boltz = sys.argv[1]
faults = []


def run(*args):
    return subprocess.run([boltz, *args], capture_output=True, text=True)


def check(name, path, wanted, *options):
    """The matrix that boltz reads is the one that was written, bit for bit (NaN = missing)."""
    done = run("check", path, *options, "--out", "read.npy")
    if done.returncode:
        faults.append("%s: %s" % (name, done.stderr.strip()))
        return
    got = np.load("read.npy")
    if got.shape != wanted.shape or not np.array_equal(got, wanted.astype(float), equal_nan=True):
        faults.append("%s: read %s, written %s" % (name, got.tolist()[:2], wanted.tolist()[:2]))


def numpy_files(rng):
    for dtype in "?bBhHiIlLefd":
        x = rng.integers(0, 2 if dtype == "?" else 100, (60, 7)).astype(dtype)
        if dtype in "efd":
            x = rng.standard_normal((60, 7)).astype(dtype)
        for order in "CF":
            for way in "<>":
                y = np.array(x, order=order).astype(np.dtype(dtype).newbyteorder(way), order=order)
                np.save("x.npy", y)
                check("npy %s %s %s" % (dtype, order, way), "x.npy", x.astype(float))
    x = rng.standard_normal((60, 7))
    for save in (np.savez, np.savez_compressed):
        save("x.npz", X=x, other=x[:3])
        check(save.__name__, "x.npz", x)
        check(save.__name__ + " --array", "x.npz", x[:3], "--array", "other")
    table = np.zeros(60, dtype=[("age", "<i2"), ("height", ">f8"), ("day", "|u1")])
    table["age"], table["height"] = np.arange(60) * 7 % 53, x[:, 0]  # not consecutive: tables leave out row numbers
    np.save("records.npy", table)
    check("records", "records.npy", np.stack([table[n].astype(float) for n in table.dtype.names], 1))


def sparse_files(rng):
    dense = rng.integers(0, 5, (60, 8)) * (rng.random((60, 8)) < 0.3)
    for kind in ("csr", "csc", "coo", "bsr", "dia"):
        scipy.sparse.save_npz("s.npz", getattr(scipy.sparse, kind + "_matrix")(dense.astype(float)))
        check("scipy " + kind, "s.npz", dense)
    odd = dense * 0.1
    for name, x in (("integers", dense), ("reals", odd), ("bytes", dense.astype("u1"))):
        scipy.io.mmwrite("m.mtx", scipy.sparse.coo_matrix(x), precision=17)
        check("mmwrite of " + name, "m.mtx", x.astype(float))
    square = odd[:8, :8] + odd[:8, :8].T
    scipy.io.mmwrite("m.mtx", square, precision=17)
    check("mmwrite, symmetric array", "m.mtx", square)
    for version in ("4", "5"):
        scipy.io.savemat("m.mat", {"X": odd, "S": scipy.sparse.csc_matrix(odd)}, format=version)
        if "without libmatio" in run("check", "m.mat").stderr:
            print("built without libmatio")
            break
        check("savemat " + version, "m.mat", odd)
        check("savemat, sparse " + version, "m.mat", odd, "--array", "S")
    scipy.io.savemat("z.mat", {"X": odd}, do_compression=True)
    if "without libmatio" not in run("check", "z.mat").stderr:
        check("savemat, compressed", "z.mat", odd)


def hdf5_tables(rng):
    """Compound types, truth values as bit fields, sparse groups as anndata and Cell Ranger write them."""
    x = rng.standard_normal(60)
    words = rng.choice(["high", "low", "mid"], 60)
    both = np.stack([np.unique(words, return_inverse=True)[1], x, x > 0, x * 2, x * 3], 1)
    for kind in (h5py.string_dtype(), "S4"):
        rows = np.zeros(60, dtype=[("word", kind), ("x", "f8"), ("on", "?"), ("pair", "f8", (2,))])
        rows["word"], rows["x"], rows["on"], rows["pair"] = words, x, x > 0, both[:, 3:]
        with h5py.File("t.h5", "w") as f:
            f["t"] = rows
        if "without libhdf5" in run("check", "t.h5").stderr:
            return
        check("records with words", "t.h5", both)
    with h5py.File("t.h5", "w") as f:
        space, kind = h5py.h5s.create_simple((60, 1)), h5py.h5t.STD_B8LE
        bits = h5py.h5d.create(f.id, b"bits", kind, space)
        bits.write(h5py.h5s.ALL, h5py.h5s.ALL, (x > 0).astype("u1"), kind)
        f["z"] = x + 1j
        kind = h5py.enum_dtype({"FALSE": 0, "TRUE": 1, "NA": 2}, basetype="i1")  # as R's hdf5r writes it
        f.create_dataset("logical", data=np.where(x > 1, 2, x > 0)[:, None].astype("i1"), dtype=kind)
        kind = h5py.enum_dtype({"high": 1, "low": 2, "mid": 3}, basetype="u1")
        rows = np.zeros(60, dtype=[("word", kind), ("x", "f8")])
        rows["word"], rows["x"] = both[:, 0] + 1, x
        f["factor"] = rows
    check("logical values with NA", "t.h5:/logical", np.where(x > 1, np.nan, x > 0)[:, None], "--missing", "infer")
    check("an enumeration in records", "t.h5:/factor", both[:, :2])
    check("bit fields", "t.h5:/bits", (x > 0)[:, None])
    if "complex values" not in run("check", "t.h5:/z").stderr:
        faults.append("complex values: read")
    counts = scipy.sparse.random(60, 12, 0.2, "csr", random_state=3)
    counts.data = np.ceil(9 * counts.data)
    for name, m in (("csr_matrix", counts), ("csc_matrix", counts.tocsc()), ("cells", counts)):
        with h5py.File("s.h5", "w") as f:
            g = f.create_group("X")
            g["data"], g["indices"], g["indptr"] = m.data, m.indices, m.indptr
            if name == "cells":
                g["shape"], g["barcodes"] = (12, 60), np.array([b"c%d" % i for i in range(60)])
            else:
                g.attrs["encoding-type"], g.attrs["shape"] = name, m.shape
            f.create_dataset("obs/_index", data=["c%d" % i for i in range(60)], dtype=h5py.string_dtype())
        check(name, "s.h5:/X", counts.toarray())
    with h5py.File("s.h5", "a") as f:
        del f["X"]["indptr"]
        f["X"]["indptr"] = np.arange(5)
    if "with 5 pointers" not in run("check", "s.h5:/X").stderr:
        faults.append("a sparse group of the wrong shape: read")
    pandas_frames(x, words)


def pandas_frames(x, words):
    try:
        import pandas, tables
    except ImportError:
        print("no pandas or PyTables: their HDF5 files were skipped")
        return
    import warnings
    warnings.simplefilter("ignore")
    frame = pandas.DataFrame({"\u00e9": x, "word": words, "on": x > 0, "n": np.arange(60) * 7 % 53, "gap": np.where(x > 1, np.nan, x)})
    frame["when"] = pandas.date_range("2026-01-01", periods=60, freq="D")
    frame.index = frame["n"] + 5
    word = np.unique(words, return_inverse=True)[1]
    columns = {"\u00e9": x, "word": word, "on": x > 0, "n": frame["n"], "gap": frame["gap"]}
    matrix = lambda names: np.stack([np.asarray(columns[n], float) for n in names], 1)
    frame.to_hdf("p.h5", "df", format="table", data_columns=True)
    check("to_hdf, columns", "p.h5", matrix(columns), "--missing", "infer")
    frame.to_hdf("p.h5", "df", format="table", mode="w")
    names = [c["name"] for c in json.loads(run("check", "p.h5", "--missing", "infer", "--json").stdout)["columns"]]
    check("to_hdf, blocks", "p.h5", matrix(names), "--missing", "infer")
    if sorted(names) != sorted(columns):
        faults.append("to_hdf, blocks: %s" % names)
    fixed = frame.drop(columns="word")
    fixed.to_hdf("p.h5", "df", mode="w")
    check("to_hdf, fixed", "p.h5", matrix(c for c in columns if c != "word"), "--missing", "infer")
    fixed["on"].to_hdf("p.h5", "s", mode="w")
    check("to_hdf of a series", "p.h5", matrix(["on"]))
    for said, refused in (("pickled Python objects", lambda: frame.to_hdf("p.h5", "df", mode="w")),
                          ("holds codes", lambda: frame.astype({"word": "category"}).to_hdf("p.h5", "df", format="table", mode="w"))):
        refused()
        if said not in run("check", "p.h5", "--missing", "infer").stderr:
            faults.append("to_hdf, %s: %s" % (said, run("check", "p.h5", "--missing", "infer").stderr))


def hdf5_files(rng):
    x = rng.standard_normal((60, 7))
    with h5py.File("x.h5", "w") as f:
        f["group/x"] = x
        f.create_dataset("packed", data=x.astype("f4"), compression="gzip", shuffle=True, fletcher32=True, chunks=(16, 7))
        f["big"] = x.astype(">f8")
        f["truth"] = x > 0
        f["half"] = x.astype("f2")
    if "without libhdf5" in run("check", "x.h5").stderr:
        print("built without libhdf5")
        return
    check("h5py", "x.h5:/group/x", x)
    check("h5py, packed", "x.h5:/packed", x.astype("f4"))
    check("h5py, big-endian", "x.h5:/big", x)
    check("h5py, booleans", "x.h5:/truth", x > 0)
    check("h5py, half", "x.h5:/half", x.astype("f2"))
    check("h5py, transposed", "x.h5:/group/x", x.T, "--transpose")
    if run("check", "x.h5").returncode == 0:
        faults.append("several data sets were read without a word")
    text = lambda word: np.array([word.encode()])
    with h5py.File("x.sod", "w") as f:  # as Scilab's save does: columns first
        for name, kind, values in (("x", "double", x), ("on", "boolean", (x > 0).astype("i4"))):
            f[name] = values.T
            f[name].attrs["SCILAB_Class"] = text(kind)
        sparse = scipy.sparse.csr_matrix(x * (x > 1))
        group = f.create_group("s")
        group.attrs["SCILAB_Class"] = text("sparse")
        for name, values in (("__dims__", sparse.shape), ("__data__", sparse.data), ("__inner__", sparse.indices), ("__outer__", sparse.indptr)):
            group[name] = np.array(values)[:, None]
            group[name].attrs["SCILAB_Class"] = text("double" if name == "__data__" else "integer")
    for name, values in (("x", x), ("on", x > 0), ("s", x * (x > 1))):
        check("Scilab, " + name, "x.sod", values, "--array", name)


def netcdf_files(rng):
    """Data sets as NetCDF 4 stores them: a number for what is missing, whole numbers for what they mean."""
    x = rng.integers(1, 100, (60, 3))
    gaps = rng.random((60, 3)) < 0.2
    wanted = np.where(gaps, np.nan, x)
    with h5py.File("x.nc", "w") as f:
        for name, fill, kind, scale, offset in (("named", -9999, "f8", 1, 0), ("own", 9.9692099683868690e36, "f4", 1, 0), ("packed", -1, "i2", 0.5, 3),
                                                ("short", -32767, "i2", 1, 0), ("bytes", 255, "u1", 1, 0)):
            f[name] = np.where(gaps, fill, x).astype(kind)
            if name in ("named", "packed", "bytes"):
                f[name].attrs["missing_value" if name == "bytes" else "_FillValue"] = np.array([fill], kind)
            if scale != 1:
                f[name].attrs.update(scale_factor=scale, add_offset=offset)
        f["text"] = x
        f["text"].attrs["_FillValue"] = "none"
    if "without libhdf5" in run("check", "x.nc").stderr:
        return
    for name in "named", "own", "bytes":
        check("NetCDF, " + name, "x.nc:/" + name, wanted)
    check("NetCDF, packed", "x.nc:/packed", wanted * 0.5 + 3)
    check("HDF5, least but one of 16 bits", "x.nc:/short", np.where(gaps, -32767, x))
    with h5py.File("x.nc", "a") as f:
        f.attrs["_NCProperties"] = "version=2"
    check("NetCDF, 16 bits", "x.nc:/short", wanted)
    if "_FillValue is not a number" not in run("check", "x.nc:/text").stderr:
        faults.append("a _FillValue of words was read without a word")
    with h5py.File("axes.nc", "w") as f:  # one variable [y, x], with and without coordinates
        f["x"], f["y"], f["t"] = np.arange(3.0), np.zeros(60, ">f4"), x
        f["x"].make_scale("x")
        f["y"].make_scale("This is a netCDF dimension but not a netCDF variable.        60")
        f["t"].dims[0].attach_scale(f["y"])
        f["t"].dims[1].attach_scale(f["x"])
    check("NetCDF, the array that is no axis", "axes.nc", x)
    check("NetCDF, an axis asked for", "axes.nc:/x", np.arange(3.0)[None])


def free_energies(rbm, v):
    return rbm._free_energy(v)


def compare_scores(name, path, rbm, v, *options):
    """The free energies of the imported machine and of scikit-learn differ by one constant (which is 0)."""
    done = run("import", path, *options, "--out", "repo/" + name)
    if done.returncode:
        faults.append("%s: %s" % (name, done.stderr.strip()))
        return
    np.save("v.npy", v.astype("f4"))
    scored = run("score", "repo/" + name, "--data", "v.npy", "--out", "f.npy")
    if scored.returncode:
        faults.append("%s: %s" % (name, scored.stderr.strip()))
    elif np.ptp(np.load("f.npy") - free_energies(rbm, v)) > 1e-4:
        faults.append("%s: other free energies" % name)


def models(rng):
    v = (rng.random((60, 6)) < 0.4).astype(float)
    for dtype in (np.float64, np.float32):
        rbm = BernoulliRBM(4, n_iter=5, random_state=1).fit(v.astype(dtype))
        for protocol in range(6):
            pickle.dump(rbm, open("rbm.pkl", "wb"), protocol=protocol)
            compare_scores("pickle%d-%s" % (protocol, dtype.__name__), "rbm.pkl", rbm, v)
        for ending, compress in (("joblib", 0), ("joblib", 3), ("joblib.gz", 3)):
            joblib.dump(rbm, "rbm." + ending, compress=compress or 0)
            compare_scores("%s%d-%s" % (ending.replace(".", "-"), compress, dtype.__name__), "rbm." + ending, rbm, v)
    names = {"components_": rbm.components_, "intercept_hidden_": rbm.intercept_hidden_, "intercept_visible_": rbm.intercept_visible_}
    np.savez_compressed("rbm.npz", **names)
    compare_scores("npz", "rbm.npz", rbm, v)
    np.savez("plain.npz", W=rbm.components_.T, vbias=rbm.intercept_visible_, hbias=rbm.intercept_hidden_)
    compare_scores("plain", "plain.npz", rbm, v)
    scipy.io.savemat("hinton.mat", {"vishid": rbm.components_.T, "hidrecbiases": rbm.intercept_hidden_[None], "visbiases": rbm.intercept_visible_[None]})
    if "without libmatio" not in run("import", "hinton.mat", "--out", "repo/try").stderr:
        compare_scores("hinton", "hinton.mat", rbm, v)
    np.save("states.npy", v[:5])
    np.save("energies.npy", free_energies(rbm, v[:5]) - 7)
    compare_scores("checked", "rbm.npz", rbm, v, "--check", "states.npy", "energies.npy")
    np.save("energies.npy", free_energies(rbm, v[:5]) * 1.5)
    if run("import", "rbm.npz", "--check", "states.npy", "energies.npy", "--out", "repo/wrong").returncode == 0:
        faults.append("--check passed free energies of another machine")
    export_and_load(rbm, v)


def export_and_load(rbm, v):
    """scikit-learn scores with the arrays that boltz writes as it did with its own; h5py finds what rbms' loader asks for."""
    if run("export", "repo/npz", "--to", "sklearn", "--out", "out.npz").returncode:
        faults.append("export --to sklearn failed")
        return
    back = BernoulliRBM(4).fit(v[:10])
    for name, x in np.load("out.npz").items():
        setattr(back, name, x.astype(float))
    if not np.allclose(free_energies(back, v), free_energies(rbm, v), atol=1e-4):
        faults.append("exported to scikit-learn: other free energies")
    done = run("export", "repo/npz", "--to", "rbms", "--out", "out.h5")
    if "without libhdf5" in done.stderr:
        return
    with h5py.File("out.h5") as f:
        p = f["update_1/params"]
        kind = f["model_type"][()]
        same = np.allclose(p["weight_matrix"][()], rbm.components_.T, atol=1e-6) and np.allclose(p["vbias"][()], rbm.intercept_visible_, atol=1e-6)
        if (kind if isinstance(kind, str) else kind.decode()) != "BBRBM" or not same or f["parallel_chains"].shape[1] != 6:
            faults.append("exported to rbms: other arrays")


def half_normal(g, gamma):
    """Log of the integral of exp(g x - gamma x^2/2) over x >= 0."""
    return 0.5 * np.log(2 * np.pi / gamma) + g * g / (2 * gamma) + scipy.special.log_ndtr(g / np.sqrt(gamma))


def two_sided(kind, p, field):
    """Log of the integral over a hidden unit of RestrictedBoltzmannMachines.jl, rows of parameters p, given its input."""
    if kind == "nsReLU":
        p = np.stack([p[0], np.ones_like(p[0]), p[1], p[2]])
    if kind in ("xReLU", "nsReLU"):
        p = np.stack([*p[:3], p[3] / (1 + np.abs(p[3]))])
    if kind != "dReLU":
        up, down = 1 + p[3], 1 - p[3]
        p = np.stack([p[0] + p[2] / up, p[0] - p[2] / down, p[1] / up, p[1] / down])
    return np.logaddexp(half_normal(p[0] + field, np.abs(p[2])), half_normal(-(p[1] + field), np.abs(p[3])))


def julia(rng):
    """Files as save_rbm writes them: dimensions reversed, text of fixed or of variable length."""
    v = (rng.random((40, 5)) < 0.5).astype("f4")
    w, theta, hidden = rng.normal(size=(5, 3)), rng.normal(size=5), rng.normal(size=3)
    np.save("v.npy", v)
    parameters = {"dReLU": [hidden, [0.3, -0.5, 0.1], [1.2, -0.7, 2], [0.9, 2, -1.1]], "pReLU": [hidden, [1.2, 0.7, 2], [0.3, -0.4, 0.2], [0.5, -0.3, 0]],
                  "xReLU": [hidden, [1.2, 0.7, 2], [0.3, -0.4, 0.2], [1.5, -0.3, 0]], "nsReLU": [hidden, [0.3, -0.4, 0.2], [1.5, -0.3, 0]]}
    for kind, p in parameters.items():
        p = np.array(p)
        for text in (str, np.bytes_):
            with h5py.File("julia.h5", "w") as f:
                for name, value in (("rbm_hdf5_file_format_version", "1.0.0"), ("rbm_type", "RBM"), ("visible_type", "Binary"), ("hidden_type", kind)):
                    f[name] = text(value)
                f["weights"], f["visible_par"], f["hidden_par"] = w.T, theta[:, None], p.T
            done = run("import", "julia.h5", "--out", "repo/" + kind)
            if "without libhdf5" in done.stderr:
                return
            wanted = np.array([-x @ theta - two_sided(kind, p, x @ w).sum() for x in v.astype(float)])
            for model in ("repo/" + kind, "repo/back-" + kind):
                if done.returncode or run("score", model, "--data", "v.npy", "--out", "f.npy").returncode:
                    faults.append("%s: %s" % (model, done.stderr.strip()))
                elif np.ptp(np.load("f.npy") - wanted) > 1e-4:
                    faults.append("%s: other free energies" % model)
                run("export", "repo/" + kind, "--to", "julia", "--out", "back.h5")
                done = run("import", "back.h5", "--out", "repo/back-" + kind)


def main():
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        numpy_files(rng)
        sparse_files(rng)
        hdf5_files(rng)
        hdf5_tables(rng)
        models(rng)
        julia(rng)
        netcdf_files(rng)
        os.chdir("/")
    for fault in faults:
        print("FAILED:", fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
