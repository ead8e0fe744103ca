#!/usr/bin/env bash
# json-smart 2.2 (Java): JSONValue.parse of [-] is [0], of [0 1 1] a list of one text "0 1 1", of [.5] the text ".5", of [1,,2] the list [1, 2]; 1e400 is infinite and is sent as null, while NaN is read, and sent as NaN.
#
# A parser of JSON is expected to refuse what is no JSON, or to read the number that was meant. What is no number becomes a text, a sign alone the number 0, and a gap in a list is left out, so that what follows moves up: a table that puts "-" where nothing was measured has zeros. The answer of a writer that leaves
# out the nought before the point is of texts and fractions by turns. Nothing is said. What to do: JSONParser with MODE_STRICTEST, or parseStrict.
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libjson-smart-java=2.2-2+deb12u1 libasm-java 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libjson-smart-java_*.deb Version | sed 's/^/libjson-smart-java /'
cat >Try.java <<'J'
import net.minidev.json.JSONArray;
import net.minidev.json.JSONValue;

public class Try {
    static String say(String text) {
        JSONArray list = (JSONArray) JSONValue.parse(text);
        return list.size() + " " + list.get(0).getClass().getSimpleName() + " " + list;
    }

    public static void main(String[] arguments) {
        String sign = say("[-]"), row = say("[0 1 1]"), point = say("[.5]"), gap = say("[1,,2]"), large = say("[1e400]"), word = say("[NaN]"), sent = JSONValue.toJSONString(new double[] {0.5, Double.NaN});
        System.out.println(String.join("; ", sign, row, point, gap, large, word, sent));
        System.exit(sign.equals("1 Integer [0]") && row.equals("1 String [\"0 1 1\"]") && point.equals("1 String [\".5\"]") && gap.equals("2 Integer [1,2]") && large.equals("1 Double [null]") && sent.equals("[0.5,NaN]") ? 0 : 1);
    }
}
J
javac -cp "root/usr/share/java/*" Try.java && java -cp "root/usr/share/java/*:." Try || { echo "CHANGED"; exit 1; }
