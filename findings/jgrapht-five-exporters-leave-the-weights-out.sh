#!/usr/bin/env bash
# JGraphT 1.5.1 (Java): of a weighted graph with the edges a - b, 0.5, and b - c, -2, the exporters to GraphML, GML, DOT, CSV and to a matrix write no weights, the matrix has 1 for both, and a, b, c are 1, 2, 3 in all of them.
#
# A graph whose kind is weighted is expected to be written with its weights, as by networkx and igraph, and its units by their names. Both have to be asked for, each exporter in its own way; the files are valid, and what reads them takes 1 for each coupling, negative ones too, and numbers for names in the order in which units came.
# The reference has it with each method. Nothing is said. What to do: setExportEdgeWeights(true), which other exporters have under other names, and a function for names to the constructor.
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libjgrapht-java=1.5.1-3 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libjgrapht-java' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libjgrapht-java=1.5.1-3 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libjgrapht-java_*.deb Version | sed 's/^/libjgrapht-java /'
cat >Try.java <<'J'
import java.io.StringWriter;
import org.jgrapht.graph.DefaultWeightedEdge;
import org.jgrapht.graph.SimpleWeightedGraph;
import org.jgrapht.nio.GraphExporter;
import org.jgrapht.nio.csv.CSVExporter;
import org.jgrapht.nio.dot.DOTExporter;
import org.jgrapht.nio.gml.GmlExporter;
import org.jgrapht.nio.graphml.GraphMLExporter;
import org.jgrapht.nio.matrix.MatrixExporter;

public class Try {
    static SimpleWeightedGraph<String, DefaultWeightedEdge> graph = new SimpleWeightedGraph<>(DefaultWeightedEdge.class);

    static String written(GraphExporter<String, DefaultWeightedEdge> exporter) {
        StringWriter text = new StringWriter();
        exporter.exportGraph(graph, text);
        return text.toString().replaceAll("\\s+", " ").trim();
    }

    public static void main(String[] arguments) {
        for (String name : new String[] {"a", "b", "c"})
            graph.addVertex(name);
        graph.setEdgeWeight(graph.addEdge("a", "b"), 0.5);
        graph.setEdgeWeight(graph.addEdge("b", "c"), -2);
        String xml = written(new GraphMLExporter<>()), gml = written(new GmlExporter<>()), dot = written(new DOTExporter<>()), csv = written(new CSVExporter<>()), matrix = written(new MatrixExporter<>());
        GraphMLExporter<String, DefaultWeightedEdge> told = new GraphMLExporter<>(name -> name);
        told.setExportEdgeWeights(true);
        String weights = written(told);
        System.out.println("GraphML: " + xml.replaceAll(".*<graph ", "<graph ") + "; DOT: " + dot + "; CSV: " + csv + "; matrix: " + matrix + "; told:" + weights.replaceAll(".*?(?=<edge)", " "));
        boolean none = true;
        for (String text : new String[] {xml, gml, dot, csv, matrix})
            none &= !text.contains("0.5") && !text.contains("-2");
        System.exit(none && matrix.equals("1 2 1 2 1 1 2 3 1 3 2 1") && xml.contains("source=\"1\" target=\"2\"") && weights.contains("source=\"a\" target=\"b\"") && weights.contains("0.5") && weights.contains("-2") ? 0 : 1);
    }
}
J
javac -cp "root/usr/share/java/*" Try.java && java -cp "root/usr/share/java/*:." Try || { echo "CHANGED"; exit 1; }
