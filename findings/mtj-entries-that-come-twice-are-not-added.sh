#!/usr/bin/env bash
# SciPy 1.10.1, MTJ 0.9.14 and la4j 0.6.0 (Java): a coo_matrix with 3 and 2 at the same place is written by mmwrite with both lines; mmread adds them up to 5, MTJ's MatrixVectorReader into a DenseMatrix or CompRowMatrix and la4j's fromMatrixMarket have 2.
#
# Counts collected as triples, one line an event, are expected to be added up by whatever reads the file, as SciPy and Matrix of R do. Both take the last line of each place: a table of counts becomes one of last events, mostly ones, with zeros and the shape as they should be, and in another order of the lines it has other numbers.
# Nothing is said. What to do: mmwrite(file, x.tocsr()).
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted='libmtj-java=0.9.14+dfsg-7 libla4j-java=0.6.0-4 python3-scipy=1.10.1-2 python3-numpy'
# shellcheck disable=SC2086 # words wanted
missing=$(apt-get install -s --no-install-recommends $wanted 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libmtj-java|libla4j-java|python3-scipy|python3-numpy' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq $wanted $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in libmtj-java libla4j-java python3-scipy; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
cat >write.py <<'P'
import numpy
from scipy.io import mmread, mmwrite
from scipy.sparse import coo_matrix
mmwrite("x.mtx", coo_matrix((numpy.array([3.0, 2.0, 0.5]), ([0, 0, 1], [0, 0, 0])), shape=(2, 2)))
print("lines:", [line for line in open("x.mtx").read().split("\n")[3:] if line], "; SciPy:", mmread("x.mtx").toarray().tolist())
assert mmread("x.mtx").toarray().tolist() == [[5, 0], [0.5, 0]]
P
lib=$PWD/root/usr/lib/x86_64-linux-gnu
LD_LIBRARY_PATH=$lib/openblas-pthread:$lib:$lib/blas:$lib/lapack PYTHONPATH=$PWD/root/usr/lib/python3/dist-packages /usr/bin/python3 -W ignore write.py || { echo "CHANGED"; exit 1; }
cat >Try.java <<'J'
import java.io.FileReader;
import java.nio.file.Files;
import java.nio.file.Path;
import no.uib.cipr.matrix.DenseMatrix;
import no.uib.cipr.matrix.io.MatrixVectorReader;
import no.uib.cipr.matrix.sparse.CompRowMatrix;

public class Try {
    public static void main(String[] arguments) throws Exception {
        double dense = new DenseMatrix(new MatrixVectorReader(new FileReader("x.mtx"))).get(0, 0), sparse = new CompRowMatrix(new MatrixVectorReader(new FileReader("x.mtx"))).get(0, 0);
        StringBuilder plain = new StringBuilder();
        for (String line : Files.readAllLines(Path.of("x.mtx")))
            if (!line.equals("%"))
                plain.append(line.replaceAll("e[+]00", "")).append('\n');
        double other = org.la4j.Matrix.fromMatrixMarket(plain.toString()).get(0, 0);
        System.out.println("MTJ, dense: " + dense + ", by rows: " + sparse + "; la4j: " + other);
        System.exit(dense == 2 && sparse == 2 && other == 2 ? 0 : 1);
    }
}
J
javac -cp "root/usr/share/java/*" Try.java && java -cp "root/usr/share/java/*:." Try || { echo "CHANGED"; exit 1; }
