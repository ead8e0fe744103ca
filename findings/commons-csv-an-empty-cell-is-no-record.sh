#!/usr/bin/env bash
# Commons CSV 1.9.0 (Java): of a file with one column 1, nothing, 3 the records are 1 and 3, of which the second is number 2; CSVPrinter of the same library writes such a cell as "", which is kept.
#
# An empty line of a file with one column is a missing cell, and is expected to be a record, as it is one in a file with two. DEFAULT leaves empty lines out, and getRecordNumber counts what is left: labels, weights or predictions of one column move up beside the rows of another
# file, and a mean has another denominator. EXCEL and RFC4180 keep them. Nothing is said. What to do: CSVFormat.RFC4180, or setIgnoreEmptyLines(false).
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libcommons-csv-java=1.9.0-1 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libcommons-csv-java_*.deb Version | sed 's/^/libcommons-csv-java /'
cat >Try.java <<'J'
import java.io.StringReader;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;

public class Try {
    static String records(CSVFormat format) throws Exception {
        StringBuilder found = new StringBuilder();
        for (CSVRecord record : format.parse(new StringReader("1\n\n3\n"))) found.append(record.getRecordNumber()).append(":").append(record.get(0)).append(" ");
        return found.toString().trim();
    }

    public static void main(String[] arguments) throws Exception {
        String usual = records(CSVFormat.DEFAULT), strict = records(CSVFormat.RFC4180), excel = records(CSVFormat.EXCEL);
        String written = CSVFormat.DEFAULT.format("");
        System.out.println("DEFAULT: " + usual + "; RFC4180: " + strict + "; EXCEL: " + excel + "; an empty cell is written as " + written);
        System.exit(usual.equals("1:1 2:3") && strict.equals("1:1 2: 3:3") && excel.equals(strict) && written.equals("\"\"") ? 0 : 1);
    }
}
J
javac -cp "root/usr/share/java/*" Try.java && java -cp "root/usr/share/java/*:." Try || { echo "CHANGED"; exit 1; }
