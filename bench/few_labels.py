#!/usr/bin/env python3
"""Classes from few labels: means over random subsets of MNIST's training labels, beside the same network from random weights.

    bench/few_labels.py BOLTZ MODEL MNIST [LABELS,... [SUBSETS [SEED]]] [-- OPTION ...]

For each number of labels n, n/10 of each class are drawn SUBSETS times; `boltz finetune MODEL` learns from these rows alone, with and
without --random (the same layers, but nothing of the machine), and is tested on all 10 000 test pictures. Prints a line a run and a table of means. OPTIONs are `finetune`'s;
--pretrained among them leaves out random weights."""
import gzip
import os
import random
import statistics
import struct
import subprocess
import sys
import tempfile

EPOCHS = {100: 2000, 1000: 400, 10000: 60}


def read(path):
    data = gzip.open(path).read()
    return data[4:8], data[16 if data[3] == 3 else 8:]


def write_subset(folder, pixels, labels, chosen):
    with open(folder + "/x", "wb") as f:
        f.write(struct.pack(">IIII", 0x803, len(chosen), 28, 28) + b"".join(pixels[784 * i:784 * i + 784] for i in chosen))
    with open(folder + "/y", "wb") as f:
        f.write(struct.pack(">II", 0x801, len(chosen)) + bytes(labels[i] for i in chosen))


def error(boltz, model, mnist, folder):
    subprocess.run([boltz, "classify", model, "--data", mnist + "/t10k-images-idx3-ubyte.gz", "--out", folder + "/p.csv", "--threads", "1"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    truth = read(mnist + "/t10k-labels-idx1-ubyte.gz")[1]
    with open(folder + "/p.csv") as f:
        column = next(f).strip().split(",").index("class")
        found = [int(line.split(",")[column]) for line in f]
    return 100 * sum(a != b for a, b in zip(found, truth)) / len(truth)


def main():
    options = sys.argv[sys.argv.index("--") + 1:] if "--" in sys.argv else []
    del sys.argv[len(sys.argv) - len(options) - ("--" in sys.argv):]
    ways = [("pretrained", [])] if "--pretrained" in options else [("pretrained", []), ("random weights", ["--random"])]
    options = [o for o in options if o != "--pretrained"]
    boltz, model, mnist = sys.argv[1:4]
    sizes = [int(n) for n in (sys.argv[4] if len(sys.argv) > 4 else "100,1000").split(",")]
    subsets, seed = int(sys.argv[5]) if len(sys.argv) > 5 else 10, int(sys.argv[6]) if len(sys.argv) > 6 else 1
    pixels, labels = read(mnist + "/train-images-idx3-ubyte.gz")[1], read(mnist + "/train-labels-idx1-ubyte.gz")[1]
    of_class = [[i for i, c in enumerate(labels) if c == k] for k in range(10)]
    for n in sizes:
        errors = {way: [] for way, _ in ways}
        epochs = [] if "--epochs" in options else ["--epochs", str(EPOCHS[n])]
        for s in range(subsets):
            draw = random.Random(seed * 1000 + s)
            chosen = sorted(i for rows in of_class for i in draw.sample(rows, n // 10))
            for way, flags in ways:
                with tempfile.TemporaryDirectory() as folder:
                    write_subset(folder, pixels, labels, chosen)
                    subprocess.run([boltz, "finetune", model, "--data", folder + "/x", "--labels", folder + "/y", "--valid-fraction", "0",
                                    *epochs, *options, "--seed", str(seed), "--threads", "1", "--out", folder + "/m", *flags],
                                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    errors[way].append(error(boltz, folder + "/m", mnist, folder))
                print(f"{n} labels, subset {s}, {way}: {errors[way][-1]:.2f} %", flush=True)
        for way, e in errors.items():
            print(f"| {n} | {way} | {statistics.mean(e):.2f} % ± {statistics.stdev(e) if len(e) > 1 else 0:.2f} ({len(e)} subsets) |", flush=True)


main()
