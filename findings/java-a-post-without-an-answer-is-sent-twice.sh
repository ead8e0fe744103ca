#!/usr/bin/env bash
# OpenJDK 17: HttpURLConnection sends a POST twice where the server takes it and hangs up without an answer, and says "Unexpected end of file" once; java.net.http.HttpClient sends it once.
#
# A POST is expected to be sent once, as it may not be repeated without asking. A connection that ends before the first byte of the answer - a worker that was ended, a proxy that gave up - is taken for one that was kept too long, also where it was new, and the request goes out again: two jobs, two samples
# charged, two rows. Timeouts are not repeated, and so a first try shows nothing. It is said nowhere but in a system property. What to do: -Dsun.net.http.retryPost=false, or java.net.http.HttpClient.
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
javac -version 2>&1
cat >Try.java <<'J'
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.atomic.AtomicInteger;

public class Try {
    static final AtomicInteger seen = new AtomicInteger();

    static void serve(ServerSocket server) {
        try {
            while (true) {
                try (Socket client = server.accept()) {
                    InputStream in = client.getInputStream();
                    StringBuilder text = new StringBuilder();
                    for (int c; text.indexOf("\r\n\r\nx") < 0 && (c = in.read()) >= 0;) text.append((char) c);
                    if (text.indexOf("POST ") == 0) seen.incrementAndGet();
                }
            }
        } catch (IOException ignored) {
        }
    }

    interface Ask {
        void run() throws Exception;
    }

    static int posts(Ask ask) throws Exception {
        seen.set(0);
        try { ask.run(); } catch (IOException expected) { }
        Thread.sleep(300);
        return seen.get();
    }

    public static void main(String[] arguments) throws Exception {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(() -> serve(server));
        thread.setDaemon(true);
        thread.start();
        URI address = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/jobs");
        int old = posts(() -> {
            HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
            connection.setDoOutput(true);
            connection.getOutputStream().write('x');
            connection.getResponseCode();
        });
        HttpRequest request = HttpRequest.newBuilder(address).POST(HttpRequest.BodyPublishers.ofString("x")).build();
        int fresh = posts(() -> HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()));
        System.out.println("POSTs seen: " + old + " by HttpURLConnection, " + fresh + " by HttpClient");
        System.exit(old == Integer.parseInt(arguments[0]) && fresh == 1 ? 0 : 1);
    }
}
J
javac Try.java
java Try 2 && java -Dsun.net.http.retryPost=false Try 1 || { echo "CHANGED"; exit 1; }
