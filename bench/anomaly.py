#!/usr/bin/env python3
"""Anomalies in tables: the free energy of `boltz train rbm` with default options beside isolation forest, one-class SVM, gaussian
mixture and nearest neighbours of scikit-learn.

Each table is divided three times: 70 % of the normal rows are learned from (at most 20 000), the rest and all anomalies are told apart; AUROC is the
mean. Real columns are standardised for the others, which have scikit-learn's defaults but for the number of components (10, the
usual choice of these comparisons) and the neighbour that counts (the 5th); categories become indicators for them. Needs
python3-sklearn and python3-pandas.

    bench/anomaly.py [--boltz build/bin/boltz] [--splits 3] [--threads 2] [--option "--hidden 64"] TABLE.csv[.gz]:LABEL=NORMAL ...
    bench/anomaly.py --folder DIR          every *.csv.gz of DIR with a 0/1 column `anomaly`
    bench/anomaly.py --kdd KDDTrain.txt[.gz]    NSL-KDD as it is published, without header
"""
import argparse
import glob
import os
import resource
import shlex
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler
from sklearn.svm import OneClassSVM

MOST_ROWS = 20000  # that every method trains on: a one-class SVM takes time quadratic in them


def peers(train, test, seed):
    scaler = StandardScaler().fit(train)
    a, b = scaler.transform(train), scaler.transform(test)

    def forest():
        return -IsolationForest(random_state=seed).fit(a).score_samples(b)

    def svm():
        return -OneClassSVM(gamma="scale", nu=0.1).fit(a).score_samples(b)

    def mixture():
        return -GaussianMixture(min(10, len(a) // 5), random_state=seed, reg_covar=1e-4).fit(a).score_samples(b)

    def neighbours():
        return NearestNeighbors(n_neighbors=5).fit(a).kneighbors(b)[0][:, -1]

    return {"iforest": forest, "ocsvm": svm, "gmm": mixture, "knn": neighbours}


def boltz(program, train, test, seed, options, threads, folder):
    train.to_csv(f"{folder}/train.csv", index=False)
    test.to_csv(f"{folder}/test.csv", index=False)
    subprocess.run(["rm", "-rf", f"{folder}/repo"], check=True)
    start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    run = subprocess.run([program, "train", "rbm", "--data", f"{folder}/train.csv", "--out", f"{folder}/repo/m", "--seed", str(seed),
                          "--threads", str(threads), "--log", "none", *options], capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stderr)
    seconds = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - start
    subprocess.run([program, "score", f"{folder}/repo/m", "--data", f"{folder}/test.csv", "--out", f"{folder}/scores.csv", "--unknown",
                    "missing", "--missing", "infer"], check=True, capture_output=True)
    return pd.read_csv(f"{folder}/scores.csv")["free_energy"].to_numpy(), seconds


def table(argument):
    """A frame of inputs and 0/1 labels."""
    path, _, rule = argument.partition(":")
    column, _, normal = (rule or "anomaly=0").partition("=")
    frame = pd.read_csv(path)
    labels = (frame[column].astype(str) != normal).astype(int).to_numpy()
    return os.path.basename(path).split(".")[0], frame.drop(columns=[column]), labels


def kdd(path):
    frame = pd.read_csv(path, header=None)
    inputs = frame.iloc[:, :41].rename(columns=lambda j: f"c{j}")
    return "nsl-kdd", inputs, (frame[41] != "normal").astype(int).to_numpy()


def measure(name, frame, labels, arguments, options):
    scores, seconds = {}, []
    numbers = pd.get_dummies(frame).to_numpy(dtype=float)
    normal = np.flatnonzero(labels == 0)
    for split in range(arguments.splits):
        order = np.random.RandomState(split).permutation(normal)
        learned = order[:int(0.7 * len(order))]
        other = np.setdiff1d(np.arange(len(labels)), learned)
        learned = learned[:MOST_ROWS]
        with tempfile.TemporaryDirectory() as folder:
            found, took = boltz(arguments.boltz, frame.iloc[learned], frame.iloc[other], split, options, arguments.threads, folder)
        seconds.append(took)
        scores.setdefault("boltz", []).append(roc_auc_score(labels[other], found))
        if not arguments.alone:
            for peer, run in peers(numbers[learned], numbers[other], split).items():
                scores.setdefault(peer, []).append(roc_auc_score(labels[other], run()))
    means = {k: float(np.mean(v)) for k, v in scores.items()}
    print(f"{name:14s} {len(learned):6d} {frame.shape[1]:5d}  " + "  ".join(f"{k} {v:.4f}" for k, v in means.items()) +
          f"  {max(seconds):.1f} s", flush=True)
    return means


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tables", nargs="*")
    parser.add_argument("--folder")
    parser.add_argument("--kdd")
    parser.add_argument("--boltz", default="build/bin/boltz")
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--option", default="", help="further options of boltz train")
    parser.add_argument("--alone", action="store_true", help="boltz only")
    arguments = parser.parse_args()
    tables = arguments.tables + sorted(glob.glob(f"{arguments.folder}/*.csv.gz") if arguments.folder else [])
    print("table            rows columns  AUROC, mean of the splits; the longest training, seconds of CPU")
    frames = [table(t) for t in tables] + ([kdd(arguments.kdd)] if arguments.kdd else [])
    means = [measure(*frame, arguments, shlex.split(arguments.option)) for frame in frames]
    print("mean " + "  ".join(f"{k} {np.mean([m[k] for m in means]):.4f}" for k in means[0]))


if __name__ == "__main__":
    main()
