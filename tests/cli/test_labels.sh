#!/usr/bin/env bash
# Models with a label layer and several visible layers, from the command line: trained on sets whose right answers are known, or
# made by hand with couplings so strong that there is only one answer.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"
needs python3

cat >make.py <<'PY'
import random
from models import layer, save

def file(name, rows):
    open(name, "w").write("".join(",".join(map(str, r)) + "\n" for r in rows))

# Topic k: image units 2k and 2k+1, tags 2k and 2k+1, and one unit in each hidden layer that is on with all of them.
n, strong = 3, 20
pairs = [strong if i // 2 == k else 0 for i in range(2 * n) for k in range(n)]
ones = [strong if i == k else 0 for i in range(n) for k in range(n)]
save("topics", "multimodal",
     [layer("image", "visible", "bernoulli", 2 * n), layer("tags", "visible", "bernoulli", 2 * n),
      layer("image-1", "hidden", "bernoulli", n), layer("tags-1", "hidden", "bernoulli", n), layer("joint", "hidden", "bernoulli", n)],
     [["image", "image-1"], ["tags", "tags-1"], ["image-1", "joint"], ["tags-1", "joint"]],
     {"image.bias": ([2 * n], [-strong / 2] * 2 * n), "tags.bias": ([2 * n], [-strong / 2 - i for i in range(2 * n)]),
      "image-1.bias": ([n], [-strong] * n), "tags-1.bias": ([n], [-strong * .5] * n), "joint.bias": ([n], [-strong * .5] * n),
      "image~image-1.weight": ([2 * n, n], pairs), "tags~tags-1.weight": ([2 * n, n], pairs),
      "image-1~joint.weight": ([n, n], ones), "tags-1~joint.weight": ([n, n], ones)})
pair = lambda k: [int(i // 2 == k) for i in range(2 * n)]
topics = [0, 1, 2, 0, 1, 2]
file("image.csv", map(pair, topics))
file("tags.csv", map(pair, topics))
file("topic.csv", [[t] for t in topics])
# One row in six has the tags of another topic, one has a single tag, one has none.
other = [pair(t) for t in topics]
other[0], other[1], other[2] = pair(1), [0, 0, 1, 0, 0, 0], [0] * 6
file("other.csv", other)
# Only some of the tags of their topics.
fewer = [pair(t) for t in topics]
fewer[1], fewer[2], fewer[3] = [0, 0, 1, 0, 0, 0], [0] * 6, [1, 0, 0, 0, 0, 0]
file("fewer.csv", fewer)

# An RBM whose classes are told apart by one pixel each, with names.
save("named", "rbm", [layer("pixels", "visible", "bernoulli", 3), layer("hidden", "hidden", "bernoulli", 3),
                      layer("label", "label", "softmax", 3, categories=["ant", "bee", "cat"])],
     [["pixels", "hidden"], ["label", "hidden"]],
     {"pixels.bias": ([3], [0, 0, 0]), "hidden.bias": ([3], [-strong * 1.5] * 3), "label.bias": ([3], [0, 0, 0]),
      "pixels~hidden.weight": ([3, 3], ones), "label~hidden.weight": ([3, 3], ones)})
file("pixels.csv", [[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 0, 0]])
open("names.txt", "w").write("ant\nbee\ncat\nbee\n")
open("gaps.txt", "w").write("ant\nNA\ncat\nbee\n")
open("two.txt", "w").write("bee\nant\nbee\nant\n")
open("dog.txt", "w").write("ant\nbee\ndog\nbee\n")
open("numbers.txt", "w").write("0\n1\n2\n1\n")
open("short.txt", "w").write("ant\nbee\n")

# Grey levels whose means have one answer each, while drawn bits often give another.
file("grey.csv", [[.6, .6, .7]] * 40)
open("cats.txt", "w").write("cat\n" * 40)
file("grey-image.csv", [[.7 if on else .3 for on in pair(t)] for t in topics])

# Two noisy patterns, to be learned.
random.seed(3)
classes = [i % 2 for i in range(400)]
file("train.csv", [[int(random.random() < (.9 if (j < 6) == (c == 0) else .1)) for j in range(12)] for c in classes])
open("train.txt", "w").write("".join("%s\n" % ("left", "right")[c] for c in classes))
open("some.txt", "w").write("".join("%s\n" % (("left", "right")[c] if i % 10 < 4 else "NA") for i, c in enumerate(classes)))
open("swapped.txt", "w").write("".join("%s\n" % ("right", "left")[c] for c in classes))
open("same.txt", "w").write("left\n" * 400)
PY
PYTHONPATH=$SOURCE_DIR/tests/support PYTHONDONTWRITEBYTECODE=1 python3 make.py

measure() { # CONDITION OPTIONS... : the condition holds for the JSON object
    local condition=$1
    shift
    "$boltz" evaluate "$@" --threads 1 --json >found 2>message || { echo "FAILED: $*: $(cat message)"; exit 1; }
    python3 -c "
import json, sys
f = json.load(open('found'))
near = lambda key, want, by=1e-9: f[key] is not None and abs(f[key] - want) <= by
assert $condition" || { echo "FAILED: $*: $condition: $(cat found)"; exit 1; }
}
refuse() { # WORDS COMMAND...
    local words=$1
    shift
    "$@" >out 2>message && { echo "FAILED: not refused: $*"; exit 1; }
    grep -qF -- "$words" message || { echo "FAILED: '$*': not said: $words but $(cat message)"; exit 1; }
}

# Classes by name; rows without a label do not count; labels are not inputs, but free energies are those of row and label together.
measure 'near("error_rate", 1/4) and f["auroc"] is None and f["pseudo_likelihood_mean"] is not None' repo/named --data pixels.csv --labels names.txt
cp found all
measure 'near("error_rate", 1/3)' repo/named --data pixels.csv --labels gaps.txt --missing infer
measure 'f["error_rate"] is None and f["free_energy_mean"] < json.load(open("all"))["free_energy_mean"]' repo/named --data pixels.csv
refuse "dog.txt: row 3: label 'dog', expected one of the 3 classes of the model: ant to cat" "$boltz" evaluate repo/named --data pixels.csv --labels dog.txt
measure 'near("error_rate", 1/3) and f["labelled_rows"] == 3' repo/named --data pixels.csv --labels dog.txt --unknown missing
refuse "label '0'" "$boltz" evaluate repo/named --data pixels.csv --labels numbers.txt
refuse "2 labels for the 4 rows" "$boltz" evaluate repo/named --data pixels.csv --labels short.txt
refuse "gaps.txt: row 2" "$boltz" evaluate repo/named --data pixels.csv --labels gaps.txt
# p(bee) ranks rows with 0/1 labels: 1 of 2 bees has the bee's pixel, no ant does; ties count half.
measure 'near("auroc", .25) and near("average_precision", .5) and near("error_rate", .75)' repo/named --data pixels.csv --labels two.txt

# Clamped labels, as names or one-hot, draw their class.
printf 'cat\nbee\n' >held.txt
printf '0,0,1\n0,1,0\n' >held.csv
for held in held.txt held.csv; do
    "$boltz" sample repo/named --clamp label=$held --count 2 --steps 50 --layer label --out drawn.csv 2>message || { echo "FAILED: sample: $(cat message)"; exit 1; }
    [ "$(tail -n 2 drawn.csv | tr -d '\r' | tr '\n' ' ')" = "0,0,1 0,1,0 " ] || { echo "FAILED: $held: $(cat drawn.csv)"; exit 1; }
done
printf 'dog\n' >held.txt
refuse "label 'dog'" "$boltz" sample repo/named --clamp label=held.txt --count 1 --out drawn.csv
refuse "label=held.csv and --labels" "$boltz" evaluate repo/named --data pixels=pixels.csv --data label=held.csv --labels names.txt

# Tags from images: all correct, then with three rows changed.
pair="--data image=image.csv --data tags=tags.csv"
measure 'near("precision", 1) and near("recall", 1) and near("f1", 1) and near("map", 1)' repo/topics $pair --predict tags --top 2
measure 'near("precision", 2/3) and near("recall", 1) and near("f1", .8)' repo/topics $pair --predict tags --top 3
measure 'near("precision", 1) and near("recall", .5) and near("f1", 2/3)' repo/topics $pair --predict tags --top 1
measure 'near("precision", 1) and near("recall", 1)' repo/topics $pair --predict image --top 2
# Hits in the 6 rows are 0 1 0 2 2 2 out of 2; recall is over the 5 rows with tags: 0 1 1 1 1.
measure 'near("precision", 7/12) and near("recall", 4/5)' repo/topics --data image=image.csv --data tags=other.csv --predict tags --top 2
# Rows of a topic tie in every tag: one of two right gives 1/2. Tags 0 and 2 are right in both rows, the others in one.
measure 'near("map", 4/6)' repo/topics --data image=image.csv --data tags=fewer.csv --predict tags --top 2
refuse "--data gives no other visible layer" "$boltz" evaluate repo/topics --data tags=tags.csv --predict tags
refuse "--predict words: expected a visible layer that --data gives; it gives image, tags" "$boltz" evaluate repo/topics $pair --predict words
refuse "--top 7: layer tags has 6 units" "$boltz" evaluate repo/topics $pair --predict tags --top 7
refuse "--predict: the model has no visible layer 'tag'; it has image, tags" "$boltz" reconstruct repo/topics --data image=image.csv --predict tag
refuse "one at a time" "$boltz" evaluate repo/topics $pair --predict tags --retrieve tags

# Retrieval: each query finds the other row of its topic first. With labels unrelated to the topic, the match comes last.
for layer in tags image; do
    measure 'near("map", 1)' repo/topics $pair --labels topic.csv --retrieve $layer
done
printf 'a\nb\nc\nb\nc\na\n' >unlike.txt
measure 'f["map"] < .4' repo/topics $pair --labels unlike.txt --retrieve tags
refuse "--labels" "$boltz" evaluate repo/topics $pair --retrieve tags

# Answers are measured on rows as the commands that give them read them, grey levels as means; likelihoods are those of drawn bits.
measure 'near("error_rate", 0) and f["binarize"] == "stochastic"' repo/named --data grey.csv --labels cats.txt
measure 'f["error_rate"] > .2' repo/named --data grey.csv --labels cats.txt --binarize stochastic
grey="--data image=grey-image.csv --data tags=tags.csv"
measure 'near("precision", 1)' repo/topics $grey --predict tags --top 2
measure 'near("map", 1)' repo/topics $grey --labels topic.csv --retrieve image

# Training: from all labels, from two in five; deep and shallow machines.
for way in "rbm --hidden 8 --labels train.txt --updates 1000" "rbm --hidden 8 --labels some.txt --missing infer --updates 1000" \
    "dbm --hidden 8,4 --labels train.txt --updates 1000" "dbm --hidden 8,4 --pretrain stacked --labels some.txt --missing infer --updates 2000"; do
    "$boltz" train $way --data train.csv --threads 1 --out repo/trained >out 2>message || { echo "FAILED: $way: $(cat message)"; exit 1; }
    measure 'f["error_rate"] < .1 and f["auroc"] > .95' repo/trained --data train.csv --labels train.txt
done
"$boltz" evaluate repo/trained --data train.csv --labels train.txt --exact 2>&1 >out | grep -q "classes by the mean-field bound" || { echo "FAILED: classes are not exact"; exit 1; }
"$boltz" inspect repo/trained >out
grep -q "label .*2 units, 2 named" out || { echo "FAILED: names of classes: $(cat out)"; exit 1; }
# The same labels in a column of the table: the same machine, which recognises the column. If left out, they are reported as not learned.
{ echo p{1..12} side | tr ' ' ,; paste -d, train.csv train.txt; } | tr -d '\r' >whole.csv
{ echo p{1..12} | tr ' ' ,; cat train.csv; } | tr -d '\r' >inputs.csv
for way in "--data inputs.csv --labels train.txt" "--data whole.csv --labels side"; do
    "$boltz" train rbm $way --hidden 8 --updates 500 --threads 1 --out "repo/${way##* }" >out 2>message || { echo "FAILED: $way: $(cat message)"; exit 1; }
    "$boltz" inspect "repo/${way##* }" | grep -o 'sha256:[0-9a-f]*' >"sum.${way##* }"
done
cmp -s sum.train.txt sum.side || { echo "FAILED: --labels COLUMN learns something else"; exit 1; }
measure 'f["error_rate"] < .1' repo/side --data whole.csv
measure 'f["error_rate"] < .1' repo/side --data whole.csv --labels side
"$boltz" classify repo/side --data whole.csv --out classes.csv 2>message || { echo "FAILED: classify: $(cat message)"; exit 1; }
# A table to be classified may lack labels, which are not needed; labels from elsewhere replace those of the model's column.
sed '2,3s/,[a-z]*$/,/' whole.csv >gappy.csv
"$boltz" classify repo/side --data gappy.csv --out gappy.classes.csv 2>message || { echo "FAILED: classify: $(cat message)"; exit 1; }
[ "$(wc -l <gappy.classes.csv)" = 401 ] && grep -q "400 rows read, 398 of them labelled" message || { echo "FAILED: gaps in labels: $(cat message)"; exit 1; }
refuse "gappy.csv: row 1 (line 2), column 13 (side): empty cell" "$boltz" evaluate repo/side --data gappy.csv --labels side
measure 'f["error_rate"] > .9 and f["labelled_rows"] == 400' repo/side --data gappy.csv --labels swapped.txt
refuse "--labels sid: no such file, and whole.csv has no column 'sid'" "$boltz" train rbm --data whole.csv --labels sid --out repo/no
"$boltz" train rbm --data whole.csv --label-column side --updates 10 --out repo/left --threads 1 2>message >out
grep -q "labels are neither inputs nor learned: .*--labels side" message || { echo "FAILED: labels left out: $(cat message)"; exit 1; }
refuse "some.txt: row 5" "$boltz" train rbm --data train.csv --labels some.txt --hidden 4 --updates 10 --out repo/no
refuse "found a single class" "$boltz" train rbm --data train.csv --labels same.txt --hidden 4 --updates 10 --out repo/no
refuse "4 labels for the 400 rows" "$boltz" train rbm --data train.csv --labels names.txt --hidden 4 --updates 10 --out repo/no
# Labels that look like labels, and may be none or the same; lines of several columns.
told() { "$boltz" check train.csv --labels "$1" >out 2>message; grep -q "$2" out || { echo "FAILED: $1: $(cat out message)"; exit 1; }; }
awk '{ print NR % 4 == 1 ? -1 : NR % 3 }' train.txt >minus.txt
awk '{ print NR % 4 == 1 ? "unknown" : "k" NR % 3 }' train.txt >unknown.txt
awk '{ print NR % 4 == 1 ? "CAT" : NR % 3 ? "cat" : "dog" }' train.txt >cases.txt
awk 'BEGIN { print "a,b,c" } { print (NR % 3 == 0) "," (NR % 3 == 1) "," (NR % 3 == 2) }' train.txt >onehot.txt
awk '{ print NR % 4 == 1 ? -1 : 1 }' train.txt >signs.txt
told minus.txt "'-1', of 100 rows, counts as a class"
told unknown.txt "'unknown', of 100 rows, counts as a class"
told cases.txt "'CAT' and 'cat' are two classes"
"$boltz" check train.csv --labels signs.txt >out 2>/dev/null
if grep -q "counts as a class" out; then echo "FAILED: -1 and 1: $(cat out)"; exit 1; fi
refuse "401 lines of several columns ('a,b,c')" "$boltz" train rbm --data train.csv --labels onehot.txt --updates 10 --out repo/no
# Groups of unequal widths, several states each, which are annealed one by one; classes have no widths.
awk 'BEGIN { srand(5); for (i = 0; i < 200; i++) { k = i % 2; line = ""; for (j = 0; j < 2; j++) { g = 0; for (u = 0; u < 12; u++) g += rand()
    line = line (j ? "," : "") 30 * k * (j % 2 ? 1 : -1) + (k ? 3 : 0.3) * (g - 6) } print line; print k ? "wide" : "narrow" > "wide.txt" } }' >wide.csv
"$boltz" train rbm --data wide.csv --labels wide.txt --hidden 24 --updates 5 --threads 1 --out repo/wide 2>message >out ||
    { echo "FAILED: groups with classes: $(cat message)"; exit 1; }
grep -q "hidden states (layer .groups.) for them" message || { echo "FAILED: wide groups: $(cat message)"; exit 1; }
echo "labels and predicted layers: all as expected"
