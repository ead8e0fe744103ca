#!/usr/bin/env bash
# Apache Commons Math 3.6.1: two equal samples of twenty bits have the distance 0 and the p-value 0.57 in kolmogorovSmirnovTest, 0.34 if one of them is sorted, and of four bits 0.23.
#
# Samples whose distance is 0 are expected to have the p-value 1, and the order of the rows not to matter. Where numbers repeat, the test adds small random numbers to them until none does, and judges those: of bits, counts or
# grey levels the order among equals is a throw, always the same one, that hides a difference or makes one, while the statistic asked for by itself is that of the data. Beyond 10000 pairs, with the
# approximation, it is 1 again. What to do: approximateP(kolmogorovSmirnovStatistic(x, y), n, m), or a test for counts.
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libcommons-math3-java=3.6.1-3 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libcommons-math3-java_*.deb Version | sed 's/^/libcommons-math3-java /'
cat >Try.java <<'J'
import java.util.Arrays;
import org.apache.commons.math3.stat.inference.KolmogorovSmirnovTest;

public class Try {
    static final KolmogorovSmirnovTest test = new KolmogorovSmirnovTest();

    static double[] bits(int n) {
        double[] x = new double[n];
        for (int i = 0; i < n; i++) x[i] = i % 2;
        return x;
    }

    static double p(int n, boolean sorted) {
        double[] x = bits(n), y = bits(n);
        if (sorted) Arrays.sort(y);
        double p = test.kolmogorovSmirnovTest(x, y);
        System.out.println(n + " bits twice" + (sorted ? ", the second time sorted" : "") + ": distance " + test.kolmogorovSmirnovStatistic(x, y) + ", p " + p);
        return p;
    }

    public static void main(String[] arguments) {
        double four = p(4, false), twenty = p(20, false), sorted = p(20, true), many = p(120, false);
        System.exit(four < 0.5 && twenty < 0.9 && sorted < 0.9 && twenty != sorted && many == 1 ? 0 : 1);
    }
}
J
jar=root/usr/share/java/commons-math3.jar
javac -cp "$jar" Try.java && java -cp "$jar:." Try || { echo "CHANGED"; exit 1; }
