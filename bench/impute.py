#!/usr/bin/env python3
"""Gaps in mixed tables: `boltz train rbm` and `boltz impute` with default options beside mean/mode, nearest neighbours and chained
regressions (scikit-learn's SimpleImputer, KNNImputer, IterativeImputer).

A fifth of all cells is taken out at random; what is left is learned from and filled in. RMSE is in standard deviations of the
column, over the numbers that were taken out; accuracy is of categories and truth values. The others get standardised numbers and an
indicator for each category, of which the largest is the answer. Tables: wine and diabetes as scikit-learn has them (the class and the
sex as categories), 2000 rows of NSL-KDD.

    bench/impute.py KDDTrain.txt[.gz] [--boltz build/bin/boltz] [--threads 2] [--option "--hidden 64"] [--seeds 1]
"""
import argparse
import resource
import shlex
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
from sklearn.datasets import load_diabetes, load_wine
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import IterativeImputer, KNNImputer, SimpleImputer


def tables(kdd):
    wine = load_wine(as_frame=True)
    yield "wine", wine.data.assign(kind=np.array(["barolo", "grignolino", "barbera"])[wine.target])
    diabetes = load_diabetes(as_frame=True, scaled=False)
    yield "diabetes", diabetes.data.assign(sex=np.where(diabetes.data["sex"] > 1.5, "f", "m"), progression=diabetes.target)
    frame = pd.read_csv(kdd, header=None).iloc[:, :42].sample(2000, random_state=0).reset_index(drop=True)
    frame.columns = [f"c{j}" for j in range(42)]
    frame = frame.loc[:, frame.nunique() > 1]
    yield "nsl-kdd", frame.rename(columns={frame.columns[-1]: "attack"})


def encode(frame, numbers):
    """Standardised numbers, indicators with NaN where the category is unknown."""
    mean, deviation = frame[numbers].mean(), frame[numbers].std().replace(0, 1)
    parts = [((frame[numbers] - mean) / deviation).to_numpy(dtype=float)]
    for c in frame.columns.difference(numbers, sort=False):
        indicators = pd.get_dummies(frame[c]).astype(float)
        indicators[frame[c].isna()] = np.nan
        parts.append(indicators.to_numpy())
    return np.hstack(parts), mean, deviation


def decode(x, frame, numbers, mean, deviation):
    out = frame.copy()
    out[numbers] = x[:, :len(numbers)] * deviation.to_numpy() + mean.to_numpy()
    at = len(numbers)
    for c in frame.columns.difference(numbers, sort=False):
        names = pd.get_dummies(frame[c]).columns
        out[c] = np.asarray(names)[x[:, at:at + len(names)].argmax(1)]
        at += len(names)
    return out


def boltz(arguments, frame, seed):
    with tempfile.TemporaryDirectory() as folder:
        frame.to_csv(f"{folder}/gaps.csv", index=False)
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        for command in (["train", "rbm", "--missing", "infer", "--out", f"{folder}/m", "--seed", str(seed), "--log", "none",
                         *shlex.split(arguments.option)], ["impute", f"{folder}/m", "--out", f"{folder}/filled.csv"]):
            run = subprocess.run([arguments.boltz, *command, "--data", f"{folder}/gaps.csv", "--threads", str(arguments.threads)],
                                 capture_output=True, text=True)
            if run.returncode:
                sys.exit(run.stderr)
        seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
        return pd.read_csv(f"{folder}/filled.csv").astype(frame.dtypes), seconds


def measure(truth, found, gone, numbers):
    error = ((found[numbers] - truth[numbers]) / truth[numbers].std().replace(0, 1)).to_numpy()[gone[numbers].to_numpy()]
    words = truth.columns.difference(numbers, sort=False)
    right = (found[words].to_numpy() == truth[words].to_numpy())[gone[words].to_numpy()]
    return float(np.sqrt(np.mean(error.astype(float) ** 2))), float(np.mean(right))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kdd")
    parser.add_argument("--boltz", default="build/bin/boltz")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--option", default="", help="further options of boltz train")
    parser.add_argument("--seeds", type=int, default=1)
    arguments = parser.parse_args()
    peers = {"mean/mode": lambda: SimpleImputer(), "neighbours": lambda: KNNImputer(),
             "chained regressions": lambda: IterativeImputer(random_state=0)}
    print("| table | rows x columns | " + " | ".join(["boltz", *peers]) + " | boltz, s of CPU |\n|---|---|" + "---|" * (len(peers) + 2))
    means = []
    for name, truth in tables(arguments.kdd):
        numbers = list(truth.select_dtypes("number").columns)
        truth[numbers] = truth[numbers].astype(float)
        results, seconds = [], 0
        for seed in range(1, arguments.seeds + 1):
            gone = pd.DataFrame(np.random.RandomState(seed).random_sample(truth.shape) < 0.2, truth.index, truth.columns)
            frame = truth.mask(gone)
            found, took = boltz(arguments, frame, seed)
            rows = [measure(truth, found, gone, numbers)]
            x, mean, deviation = encode(frame, numbers)
            for make in peers.values():
                rows.append(measure(truth, decode(make().fit_transform(x), frame, numbers, mean, deviation), gone, numbers))
            results.append(rows)
            seconds = max(seconds, took)
        of = np.mean(results, axis=0)
        means.append(of)
        print(f"| {name} | {truth.shape[0]} x {truth.shape[1]} | " + " | ".join("%.3f, %.3f" % tuple(r) for r in of) + f" | {seconds:.1f} |",
              flush=True)
    print("| mean | | " + " | ".join("%.3f, %.3f" % tuple(r) for r in np.mean(means, axis=0)) + " | |")


if __name__ == "__main__":
    main()
