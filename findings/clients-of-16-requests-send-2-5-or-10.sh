#!/usr/bin/env bash
# Of 16 requests started at once the server sees 2 at a time from Apache HttpClient 4.5.14 (16 threads), 5 from OkHttp 3.13 (enqueue), 10 from Tornado 6.2 (AsyncHTTPClient), and 16 from Java's own HttpClient.
#
# Requests made by as many threads or tasks are expected to reach the server together, where they can be answered as a batch. The clients have bounds to one host, 2, 5 and 10, and the rest waits inside them: a server looks idle while its clients wait, a load test measures the client, and the time spent waiting counts as the
# server's. Nothing is said. What to do: setMaxConnPerRoute and setMaxConnTotal, Dispatcher.setMaxRequestsPerHost, AsyncHTTPClient.configure(None, max_clients=...).
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
wanted='libhttpclient-java=4.5.14-1 libokhttp-java=3.13.1-3 python3-tornado=6.2.0-3+deb12u4 libhttpcore-java libcommons-logging-java libcommons-codec-java libokio-java'
# shellcheck disable=SC2086 # words wanted
apt-get download -qq $wanted 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
for name in libhttpclient-java libokhttp-java python3-tornado; do dpkg-deb -f "${name}"_*.deb Version | sed "s/^/$name /"; done
cat >server.py <<'P'
import socket
import threading
import time

lock, now, most = threading.Lock(), 0, 0


def answer(client):
    global now, most
    while True:
        asked = b""
        while b"\r\n\r\n" not in asked:
            part = client.recv(65536)
            if not part:
                return
            asked += part
        with lock:
            now += 1
            most = max(most, now)
            with open("most", "w") as file:
                print(most, file=file)
        time.sleep(0.7)
        with lock:
            now -= 1
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1")


server = socket.create_server(("127.0.0.1", 0), backlog=100)
with open("port", "w") as file:
    print(server.getsockname()[1], file=file)
while True:
    threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()
P
cat >Try.java <<'J'
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import okhttp3.Call;
import okhttp3.Callback;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.apache.http.client.methods.HttpGet;
import org.apache.http.impl.client.CloseableHttpClient;
import org.apache.http.impl.client.HttpClients;
import org.apache.http.util.EntityUtils;

public class Try {
    public static void main(String[] arguments) throws Exception {
        String address = arguments[1];
        if (arguments[0].equals("apache")) {
            CloseableHttpClient client = HttpClients.createDefault();
            ExecutorService threads = Executors.newFixedThreadPool(16);
            for (int i = 0; i < 16; i++)
                threads.submit(() -> EntityUtils.toString(client.execute(new HttpGet(address)).getEntity()));
            threads.shutdown();
            threads.awaitTermination(60, TimeUnit.SECONDS);
        } else if (arguments[0].equals("okhttp")) {
            OkHttpClient client = new OkHttpClient();
            CountDownLatch left = new CountDownLatch(16);
            for (int i = 0; i < 16; i++)
                client.newCall(new Request.Builder().url(address).build()).enqueue(new Callback() {
                    public void onFailure(Call call, IOException error) { left.countDown(); }
                    public void onResponse(Call call, Response answer) throws IOException {
                        answer.body().string();
                        left.countDown();
                    }
                });
            left.await();
        } else {
            HttpClient client = HttpClient.newHttpClient();
            HttpRequest request = HttpRequest.newBuilder(URI.create(address)).build();
            CompletableFuture.allOf(IntStream.range(0, 16).mapToObj(i -> client.sendAsync(request, HttpResponse.BodyHandlers.ofString())).toArray(CompletableFuture[]::new)).join();
        }
        System.exit(0);
    }
}
J
cat >try.py <<'P'
import asyncio
import sys

from tornado.httpclient import AsyncHTTPClient


async def main():
    client = AsyncHTTPClient()
    await asyncio.gather(*(client.fetch(sys.argv[1]) for _ in range(16)))


asyncio.run(main())
P
javac -cp "root/usr/share/java/*" Try.java
found=""
for name in apache okhttp tornado java; do
    rm -f port
    /usr/bin/python3 server.py &
    server=$!
    trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
    until [ -s port ]; do sleep 0.1; done
    address=http://127.0.0.1:$(cat port)/
    if [ $name = tornado ]; then PYTHONPATH=root/usr/lib/python3/dist-packages /usr/bin/python3 try.py "$address"; else java -cp "root/usr/share/java/*:." Try $name "$address" 2>/dev/null; fi
    kill $server
    wait $server 2>/dev/null || true
    found="$found$name $(cat most) "
done
echo "requests at a time: $found"
[ "$found" = "apache 2 okhttp 5 tornado 10 java 16 " ] || { echo "CHANGED"; exit 1; }
