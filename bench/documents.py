#!/usr/bin/env python3
"""Documents by content: precision at 10 by newsgroup, of a model's features and of LSA of the same size. Needs numpy.

    bench/documents.py BOLTZ MODEL FOLDER     FOLDER holds w1000-{train,test}.svm.gz

Each test document is a query among the training documents; right are those of its group. Features are those of `boltz index`, of documents made equally
long, less the training documents' means, compared by cosine as /neighbors does. LSA: log(1 + count) times idf, rows of length 1, the largest singular vectors."""
import gzip
import json
import shutil
import subprocess
import sys
import tempfile

import numpy as np

WORDS, TOP = 1000, 10


def read(path):
    labels, rows = [], []
    for line in gzip.open(path, "rt"):
        label, *cells = line.split()
        row = np.zeros(WORDS, np.float32)
        for cell in cells:
            word, count = cell.split(":")
            row[int(word) - 1] = float(count)
        labels.append(int(float(label)))
        rows.append(row)
    return np.array(labels), np.array(rows)


def unit(x):
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def precision(base, base_labels, queries, labels):
    hits = 0
    for q, label in zip(unit(queries), labels):
        near = np.argpartition(-(base @ q), TOP)[:TOP]
        hits += np.mean(base_labels[near] == label)
    return hits / len(labels)


def features(boltz, model, path, *options):
    """Features of a file's documents, and the length at which they were taken."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(model, folder + "/m", ignore=shutil.ignore_patterns("index.safetensors"))
        found = subprocess.run([boltz, "index", folder + "/m", "--data", path, "--centering", "off", "--threads", "1", *options], check=True,
                               capture_output=True, text=True).stdout.strip()
        with open(found, "rb") as f:
            data = f.read()
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    first, end = header["features"]["data_offsets"]
    rows = np.frombuffer(data[start + first:start + end], np.float32).reshape(header["features"]["shape"])
    return rows, header["__metadata__"].get("length", "0")


def main():
    boltz, model, folder = sys.argv[1:4]
    train, test = f"{folder}/w1000-train.svm.gz", f"{folder}/w1000-test.svm.gz"
    (train_labels, x), (labels, y) = read(train), read(test)
    for own in (), ("--length", "0"):
        f, length = features(boltz, model, train, *own)
        g, _ = features(boltz, model, test, "--length", length)
        mean = f.mean(axis=0)
        print(f"features, {f.shape[1]}, length {length}: {precision(unit(f - mean), train_labels, g - mean, labels):.4f}", flush=True)
    idf = np.log(len(x) / np.maximum(1, (x > 0).sum(axis=0)))
    a, b = unit(np.log1p(x) * idf), unit(np.log1p(y) * idf)
    basis = np.linalg.eigh(a.T @ a)[1][:, -f.shape[1]:]
    print(f"LSA, {f.shape[1]}: {precision(unit(a @ basis), train_labels, b @ basis, labels):.4f}")
    print(f"idf-weighted words, {WORDS}: {precision(a, train_labels, b, labels):.4f}")


main()
