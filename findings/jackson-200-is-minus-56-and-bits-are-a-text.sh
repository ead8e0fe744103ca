#!/usr/bin/env bash
# Jackson 2.14 (Java): {"level": 200} for a byte is -56, where 300 is refused; of {"row": [0.5, null, ""]} for a double[] the gaps are 0, of {"bits": [0.9, 1.5]} for an int[] 0 and 1; a byte[] of bits is sent as the text "AAEB", and intValue() of 3000000000 is -1294967296, asInt() of 3e9 2147483647.
#
# A number that does not fit a type is expected to be refused, as 300 is, and a gap in a list of numbers too. A byte takes what fits with or without a sign; fractions are cut, null and an empty text are 0 in lists and fields of plain types, and a list of bytes is Base64, which other languages take for a word. Readings
# of 128 to 255 are negative, what was not measured is 0. Nothing is said. What to do: FAIL_ON_NULL_FOR_PRIMITIVES and ACCEPT_FLOAT_AS_INT off, int[] for bits, longValue().
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libjackson2-databind-java=2.14.0-1+deb12u1 libjackson2-core-java libjackson2-annotations-java 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libjackson2-databind-java_*.deb Version | sed 's/^/libjackson2-databind-java /'
cat >Try.java <<'J'
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Arrays;

public class Try {
    public static class Row {
        public byte level;
        public double[] row;
        public int[] bits;
    }

    public static void main(String[] arguments) throws Exception {
        ObjectMapper mapper = new ObjectMapper();
        int level = mapper.readValue("{\"level\": 200}", Row.class).level;
        String row = Arrays.toString(mapper.readValue("{\"row\": [0.5, null, \"\"]}", Row.class).row), bits = Arrays.toString(mapper.readValue("{\"bits\": [0.9, 1.5]}", Row.class).bits);
        boolean refused = false;
        try {
            mapper.readValue("{\"level\": 300}", Row.class);
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            refused = true;
        }
        String sent = mapper.writeValueAsString(new byte[] {0, 1, 1});
        int wrapped = mapper.readTree("3000000000").intValue(), cut = mapper.readTree("3e9").asInt();
        System.out.println("200 as a byte: " + level + ", 300 refused: " + refused + "; row: " + row + "; bits: " + bits + "; bytes sent: " + sent + "; intValue of 3000000000: " + wrapped + "; asInt of 3e9: " + cut);
        System.exit(level == -56 && refused && row.equals("[0.5, 0.0, 0.0]") && bits.equals("[0, 1]") && sent.equals("\"AAEB\"") && wrapped == -1294967296 && cut == 2147483647 ? 0 : 1);
    }
}
J
javac -cp "root/usr/share/java/*" Try.java && java -cp "root/usr/share/java/*:." Try || { echo "CHANGED"; exit 1; }
