#!/usr/bin/env python3
"""Tags of pictures by nearest neighbours, beside `boltz evaluate --predict tags --top 5`.

    bench/tags.py FOLDER        FOLDER holds corel5k's {train,test}-{visual,tags}-idx2-ubyte.gz

Pictures are sets of visual words, compared by the cosine of their idf-weighted vectors; a tag's score is the sum of the similarities of
those of the k nearest training pictures that have it. k is the one with the best F1 on the last tenth of the training pictures, searched
from the rest. Precision, recall, F1 of the 5 best tags and MAP over tags are computed as `boltz evaluate --predict` does."""
import gzip
import math
import struct
import sys

TOP, KS = 5, (5, 10, 20, 30, 50, 75, 100, 150, 200, 300)


def sets(path):
    data = gzip.open(path).read()
    rows, columns = struct.unpack(">II", data[4:12])
    return [[i for i, on in enumerate(data[12 + r * columns:12 + (r + 1) * columns]) if on] for r in range(rows)], columns


def average_precision(score, on):
    order = sorted(range(len(score)), key=lambda r: -score[r])
    hits = found = total = 0
    while found < len(order):  # rows of equal scores count together
        end = found
        while end < len(order) and score[order[end]] == score[order[found]]:
            end += 1
        fresh = sum(on[r] for r in order[found:end])
        hits += fresh
        total += fresh * hits / end
        found = end
    return total / hits


def neighbours(queries, base, words):
    count = [0] * words
    for row in base:
        for w in row:
            count[w] += 1
    idf = [math.log(len(base) / c) if c else 0 for c in count]
    holders = [[] for _ in range(words)]
    for r, row in enumerate(base):
        for w in row:
            holders[w].append(r)
    norm = [math.sqrt(sum(idf[w] ** 2 for w in row)) or 1 for row in base]
    for row in queries:
        dot = {}
        for w in row:
            for r in holders[w]:
                dot[r] = dot.get(r, 0) + idf[w] ** 2
        own = math.sqrt(sum(idf[w] ** 2 for w in row)) or 1
        yield sorted(((s / own / norm[r], -r) for r, s in dot.items()), reverse=True)[:max(KS)]


def measure(near, base_tags, truth, tags, k):
    score = []
    for row in near:
        s = [0.0] * tags
        for similarity, r in row[:k]:
            for t in base_tags[-r]:
                s[t] += similarity
        score.append(s)
    precision = recall = 0
    for s, on in zip(score, truth):
        best = sorted(range(tags), key=lambda t: (-s[t], t))[:TOP]
        hits = len(set(best) & set(on))
        precision += hits / TOP / len(truth)
        recall += hits / len(on) / len(truth)
    members = [set(on) for on in truth]
    present = sorted(set().union(*members))
    found = sum(average_precision([s[t] for s in score], [t in on for on in members]) for t in present) / len(present)
    return precision, recall, 2 * precision * recall / (precision + recall), found


def main():
    folder = sys.argv[1]
    (train, words), (test, _) = (sets(f"{folder}/{part}-visual-idx2-ubyte.gz") for part in ("train", "test"))
    (train_tags, tags), (test_tags, _) = (sets(f"{folder}/{part}-tags-idx2-ubyte.gz") for part in ("train", "test"))
    cut = len(train) * 9 // 10
    near = list(neighbours(train[cut:], train[:cut], words))
    best = max(KS, key=lambda k: measure(near, train_tags[:cut], train_tags[cut:], tags, k)[2])
    near = list(neighbours(test, train, words))
    print("nearest neighbours, k = %d: precision %.4f recall %.4f f1 %.4f map %.4f" %
          (best, *measure(near, train_tags, test_tags, tags, best)))


main()
