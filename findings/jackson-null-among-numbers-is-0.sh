#!/usr/bin/env bash
# Jackson 2.14.0 and Gson 2.10 (Java): [1, null, 3] read as double[] is 1, 0, 3 in Jackson, "" and " " are 0, [1, 0, 2] as booleans true, false, true, 3.7 as int 3; what follows the first value is not looked at. Gson refuses these, and takes [1;2] and NaN.
#
# A missing number is expected to be refused where it has no place, or to be NaN. It is 0 in an array as in a field, an empty text, too; a mean counts it, and a model gets a row that has no gap. A fraction is cut where a whole number is wanted. Two answers in one text, or one with a
# broken end, pass as the first. Nothing is said. What to do: enable FAIL_ON_NULL_FOR_PRIMITIVES and FAIL_ON_TRAILING_TOKENS, disable ACCEPT_FLOAT_AS_INT and ALLOW_COERCION_OF_SCALARS.
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libjackson2-databind-java=2.14.0-1+deb12u1 libjackson2-core-java libjackson2-annotations-java libgoogle-gson-java=2.10-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in libjackson2-databind-java libgoogle-gson-java; do dpkg-deb -f ${name}_*.deb Version | sed "s/^/$name /"; done
cat >Try.java <<'J'
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.gson.Gson;
import java.util.Arrays;

public class Try {
    static final ObjectMapper jackson = new ObjectMapper();
    static final ObjectMapper strict = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    static final Gson gson = new Gson();

    static String read(ObjectMapper mapper, String text) {
        try { return Arrays.toString(mapper.readValue(text, double[].class)); } catch (Exception e) { return "refused"; }
    }

    static String gson(String text) {
        try { return Arrays.toString(gson.fromJson(text, double[].class)); } catch (Exception e) { return "refused"; }
    }

    public static void main(String[] arguments) throws Exception {
        StringBuilder found = new StringBuilder();
        for (String text : new String[] {"[1, null, 3]", "[\"\", \" \"]", "[1, 2] [3", "[1;2]", "[NaN]"}) {
            String line = read(jackson, text) + " " + read(strict, text) + " " + gson(text);
            System.out.println(text + " read as double[] by Jackson, by Jackson told to be strict, by Gson: " + line);
            found.append(line).append("|");
        }
        String bits = Arrays.toString(jackson.readValue("[1, 0, 2]", boolean[].class)), cut = Arrays.toString(jackson.readValue("[3.7]", int[].class));
        System.out.println("[1, 0, 2] as boolean[]: " + bits + ", [3.7] as int[]: " + cut);
        System.exit(found.toString().startsWith("[1.0, 0.0, 3.0] refused refused|[0.0, 0.0] ") && found.toString().contains("|[1.0, 2.0] refused refused|refused refused [1.0, 2.0]|refused refused [NaN]|")
                && bits.equals("[true, false, true]") && cut.equals("[3]") ? 0 : 1);
    }
}
J
javac -cp "root/usr/share/java/*" Try.java && java -cp "root/usr/share/java/*:." Try || { echo "CHANGED"; exit 1; }
