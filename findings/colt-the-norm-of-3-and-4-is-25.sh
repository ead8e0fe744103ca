#!/usr/bin/env bash
# Colt 1.2.0 (Java): Algebra.norm2 of the vector (3, 4) is 25, of the matrix with 3 and 4 on its diagonal 4; Descriptive.median of 3, 1, 2 is 1; Probability.normal(0, 4, 2) has the variance 4, and two generators made without a seed draw the same numbers.
#
# A norm of one name is expected to be a length, 5, in both. Of a vector it is the square, so that vectors "of length 1" are not, and distances have another order once they are added up. The median takes its list for sorted and does not look: of rows in any order it is the one in
# the middle. normal takes a variance where the generator Normal of the same library takes a deviation. Nothing is said. What to do: Math.sqrt(norm2), list.sort() before each quantile, new MersenneTwister(new java.util.Date()).
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libcolt-free-java=1.2.0+dfsg-7 libconcurrent-java 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libcolt-free-java_*.deb Version | sed 's/^/libcolt-free-java /'
cat >Try.java <<'J'
import cern.colt.list.DoubleArrayList;
import cern.colt.matrix.impl.DenseDoubleMatrix1D;
import cern.colt.matrix.impl.DenseDoubleMatrix2D;
import cern.colt.matrix.linalg.Algebra;
import cern.jet.random.engine.MersenneTwister;
import cern.jet.stat.Descriptive;
import cern.jet.stat.Probability;

public class Try {
    public static void main(String[] arguments) {
        Algebra algebra = new Algebra();
        double vector = algebra.norm2(new DenseDoubleMatrix1D(new double[] {3, 4})), matrix = algebra.norm2(new DenseDoubleMatrix2D(new double[][] {{3, 0}, {0, 4}}));
        DoubleArrayList list = new DoubleArrayList(new double[] {3, 1, 2});
        double unsorted = Descriptive.median(list);
        list.sort();
        double sorted = Descriptive.median(list), below = Probability.normal(0, 4, 2);
        double first = new MersenneTwister().nextDouble(), second = new MersenneTwister().nextDouble();
        System.out.println("norm2 of (3, 4): " + vector + ", of the diagonal: " + matrix + "; median of 3, 1, 2: " + unsorted + ", sorted: " + sorted + "; normal(0, 4, 2): " + below + "; two generators: " + first + " " + second);
        System.exit(vector == 25 && Math.abs(matrix - 4) < 1e-9 && unsorted == 1 && sorted == 2 && Math.abs(below - 0.8413447) < 1e-6 && first == second ? 0 : 1);
    }
}
J
javac -cp "root/usr/share/java/*" Try.java && java -cp "root/usr/share/java/*:." Try || { echo "CHANGED"; exit 1; }
