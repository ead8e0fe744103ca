#!/usr/bin/env bash
# report.html beside a trained model, and `inspect --html`: complete, a single file, true to the data; the command in it repeats the run.
set -euo pipefail

# shellcheck source=tests/support/cli.sh
. "$(dirname "$0")/../support/cli.sh"

# Numbers far from 0, a category, a word that HTML must not treat as a tag.
python3 - >people.csv <<'PY'
import random
draw = random.Random(3)
print("height,a<b,group")
for _ in range(300):
    tall = draw.random() < 0.5
    print("%.2f,%d,%s" % (draw.gauss(1900 if tall else 1500, 20), draw.random() < 0.5, "tall & thin" if tall else "small"))
PY
"$boltz" train rbm --data people.csv --hidden 6 --updates 400 --valid-fraction 0.2 --seed 5 --log none --out repo/people >/dev/null
"$boltz" inspect repo/people --html people.html >/dev/null

for page in repo/people/1/report.html people.html; do
    python3 - "$page" <<'PY' || fail "$page"
import html.parser, re, sys
text = open(sys.argv[1]).read()
seen = []
class Reader(html.parser.HTMLParser):
    def handle_starttag(self, tag, attributes):
        seen.append(tag)
        for name, value in attributes:
            assert name not in ("src", "href") or value.startswith("data:image/png;base64,"), (tag, name, value)
Reader().feed(text)
assert text.endswith("</html>\n") and "script" not in seen and "link" not in seen
assert not re.search("https?://", text)
assert "svg" in seen and text.count("<title>") > 20, "charts with values on hovering"
assert "a&lt;b" in text and "<td>a<b" not in text and "tall &amp; thin" in text
assert "nan" not in re.sub("base64,[^\"]*", "", text).lower().split(), "no number that is none"
PY
done

# Rows of the data are shown in the data's own units, and so are their reconstructions.
python3 - repo/people/1/report.html <<'PY' || fail "rows in the data's units"
import re, sys
text = open(sys.argv[1]).read()
for what in "rows", "reconstructed":
    table = re.search(r"<figcaption>%s</figcaption>.*?</table>" % what, text, re.S).group(0)
    heights = [float(x) for x in re.findall(r"<tr><td class=\"n\">([^<]*)", table)]
    assert len(heights) >= 10 and all(1300 < h < 2100 for h in heights), (what, heights)
assert "held-out rows" in text and "Learning curves" in text and "Free energies" in text
PY

# The settings shown in the report give the same model again.
python3 - repo/people/1/report.html >settings.conf <<'PY'
import html, re, sys
print(html.unescape(re.search(r"settings.conf</summary><pre>(.*?)</pre>", open(sys.argv[1]).read(), re.S).group(1)), end="")
PY
"$boltz" train rbm --config settings.conf --log none --out repo/again >/dev/null || fail "the settings are refused"
cmp repo/people/1/model.safetensors repo/again/1/model.safetensors || fail "the settings give another model"
sed 's/repo.again//' repo/again/1/report.html | cmp -s - <(sed 's/>people</>again</g' repo/people/1/report.html) || fail "the settings give another report"

# A deep machine, images, counts: a page for each.
python3 - >bars.csv <<'PY'
for s in range(16):
    print(",".join(str(s >> i & 1) for i in range(4) for j in range(4)))
PY
"$boltz" train dbm --data bars.csv --shape 4x4 --hidden 6,4 --updates 60 --pretrain off --log none --out repo/deep >/dev/null
grep -q 'alt="visible: samples of the model"' repo/deep/1/report.html || fail "pictures of a deep machine"
printf '0 1:2 3:1\n1 2:4\n0 1:1 2:1 3:1\n' >words.svm
"$boltz" train rbm --data words.svm --hidden 3 --updates 40 --log none --out repo/words >/dev/null
grep -q '</html>' repo/words/1/report.html || fail "counts"
