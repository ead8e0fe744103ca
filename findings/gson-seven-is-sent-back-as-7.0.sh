#!/usr/bin/env bash
# Gson 2.10 (Java): {"seed": 9007199254740993, "n": 7} read into a Map and written again is {"seed":9.007199254740992E15,"n":7.0}; read into an object with int n it is 7, and null leaves an int at what it was; 1e300 in a float[] is Infinity.
#
# What is only handed on is expected to go out as it came. Whatever has no type of its own is a Double: whole numbers get a point, which servers that want a whole number of steps, a version or a port refuse, seeds and identifiers beyond 2^53 are others, and as keys or in a
# name they are texts with ".0". A field that is null keeps the default of its class, where a missing one was meant. Nothing is said. What to do: setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE), or JsonObject, which keeps the spelling.
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libgoogle-gson-java=2.10-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libgoogle-gson-java_*.deb Version | sed 's/^/libgoogle-gson-java /'
cat >Try.java <<'J'
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.ToNumberPolicy;
import java.util.Map;

public class Try {
    static class Asked { int n = -1; float[] w; }

    public static void main(String[] arguments) {
        String text = "{\"seed\":9007199254740993,\"n\":7}";
        Gson gson = new Gson(), whole = new GsonBuilder().setObjectToNumberStrategy(ToNumberPolicy.LONG_OR_DOUBLE).create();
        String map = gson.toJson(gson.fromJson(text, Map.class)), told = whole.toJson(whole.fromJson(text, Map.class)), tree = gson.toJson(gson.fromJson(text, JsonObject.class));
        Asked seven = gson.fromJson(text, Asked.class), none = gson.fromJson("{\"n\":null,\"w\":[1e300,0.5]}", Asked.class);
        System.out.println("Map: " + map + "; LONG_OR_DOUBLE: " + told + "; JsonObject: " + tree + "; int n: " + seven.n + ", of null: " + none.n + "; 1e300 as float: " + none.w[0]);
        System.exit(map.equals("{\"seed\":9.007199254740992E15,\"n\":7.0}") && told.equals(text) && tree.equals(text) && seven.n == 7 && none.n == -1 && Float.isInfinite(none.w[0]) ? 0 : 1);
    }
}
J
javac -cp "root/usr/share/java/*" Try.java && java -cp "root/usr/share/java/*:." Try || { echo "CHANGED"; exit 1; }
