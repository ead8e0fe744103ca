#!/usr/bin/env bash
# univocity-parsers 2.9.1 (Java): with the settings it begins with, the CSV parser leaves out rows such as "#2,0.2,1", and the empty line of a table of one column; commons-csv has the former.
#
# CSV has no comments, and a name such as #2 in the first cell is expected to be a name. A row that begins with # is a comment, and an empty line, which in a table of one column is a missing value, is skipped: columns read from two files, or labels kept beside, are shifted from there on. Which rows depends on the
# order of the columns, as only the first cell counts. Nothing is said. What to do: settings.getFormat().setComment('\0'), settings.setSkipEmptyLines(false).
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq libunivocity-parsers-java=2.9.1-1 libcommons-csv-java 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in libunivocity-parsers-java libcommons-csv-java; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
cat >Try.java <<'J'
import com.univocity.parsers.csv.CsvParser;
import com.univocity.parsers.csv.CsvParserSettings;
import java.io.StringReader;
import java.util.List;
import org.apache.commons.csv.CSVFormat;

public class Try {
    static int rows(String text, boolean all) {
        CsvParserSettings settings = new CsvParserSettings();
        if (all) {
            settings.getFormat().setComment('\0');
            settings.setSkipEmptyLines(false);
        }
        return new CsvParser(settings).parseAll(new StringReader(text)).size();
    }
    public static void main(String[] arguments) throws Exception {
        String table = "#1a,0.1,1\nH2,0.3,0\n#2,0.2,1\nH4,0.4,1\n", column = "x\n0.1\n\n0.3\n";
        List<Integer> found = List.of(rows(table, false), rows(column, false), rows(table, true), rows(column, true), CSVFormat.DEFAULT.parse(new StringReader(table)).getRecords().size());
        System.out.println("rows of 4 and of 4: " + found.subList(0, 2) + ", with other settings: " + found.subList(2, 4) + "; commons-csv of the first: " + found.get(4));
        System.exit(found.equals(List.of(2, 3, 4, 4, 4)) ? 0 : 1);
    }
}
J
javac -cp "root/usr/share/java/*" Try.java && java -cp "root/usr/share/java/*:." Try || { echo "CHANGED"; exit 1; }
