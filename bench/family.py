#!/usr/bin/env python3
"""Sequences whose contacts are known: drawn by Gibbs sampling from a Potts machine with couplings between pairs of sites.

    bench/family.py SITES SEQUENCES SEED FASTA CONTACTS     CONTACTS gets a line `i,j` (from 0) for each coupled pair

As many pairs as sites are coupled, at random but for neighbours in the sequence, by normal weights of deviation 1; normal fields of deviation
0.3; letters of RNA. Each sequence is a chain of its own, 30 sweeps long."""
import math
import random
import sys

LETTERS, SWEEPS = "ACGU", 30


def main():
    sites, sequences, seed = (int(x) for x in sys.argv[1:4])
    draw = random.Random(seed)
    pairs = sorted(draw.sample([(i, j) for i in range(sites) for j in range(i + 2, sites)], sites))
    q = len(LETTERS)
    field = [[draw.gauss(0, 0.3) for _ in range(q)] for _ in range(sites)]
    near = [[] for _ in range(sites)]
    for i, j in pairs:
        w = [[draw.gauss(0, 1) for _ in range(q)] for _ in range(q)]
        near[i].append((j, w))                           # w[letter there][letter here]
        near[j].append((i, [list(row) for row in zip(*w)]))
    with open(sys.argv[4], "w") as f:
        for n in range(sequences):
            x = [draw.randrange(q) for _ in range(sites)]
            for _ in range(SWEEPS):
                for i in range(sites):
                    weights = [math.exp(field[i][a] + sum(w[x[j]][a] for j, w in near[i])) for a in range(q)]
                    x[i] = draw.choices(range(q), weights)[0]
            f.write(">%d\n%s\n" % (n, "".join(LETTERS[a] for a in x)))
    with open(sys.argv[5], "w") as f:
        f.writelines("%d,%d\n" % pair for pair in pairs)


main()
