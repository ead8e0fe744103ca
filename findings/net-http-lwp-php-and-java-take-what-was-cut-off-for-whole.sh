#!/usr/bin/env bash
# Ruby 3.1, LWP 6.68 (Perl), PHP 8.2 and OpenJDK 17: an answer of 8 bytes whose Content-Length says 100 is a success with 8 bytes in Net::HTTP, LWP, file_get_contents and URL.openStream; LWP and PHP take a chunked answer without its end as well.
#
# An answer that breaks off is expected to be an error, as it is in curl (18), urllib, fetch and java.net.http.HttpClient: the length is there to tell. A table of rows in CSV or a stream of samples that lost its end has fewer rows, of which the last may be cut, and status 200. Where the server or a
# proxy is stopped while it sends, results are smaller without a word; LWP has a header Client-Aborted in the second case. What to do: compare the length with Content-Length, http.ignore_eof = false (Ruby 3.2),
# HTTP::Tiny, HttpClient, or JSON, which does not parse when cut.
set -euo pipefail
command -v javac >/dev/null || { echo "needs javac"; exit 0; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
missing=$(apt-get install -s --no-install-recommends libwww-perl=6.68-1 php8.2-cli=8.2.36-1~deb12u1 ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 2>/dev/null | sed -n 's/^Inst \([^ ]*\).*/\1/p' | grep -vxE 'libwww-perl|php8.2-cli|ruby3.1|libruby3.1' || true)
# shellcheck disable=SC2086 # words wanted
apt-get download -qq libwww-perl=6.68-1 php8.2-cli=8.2.36-1~deb12u1 ruby3.1=3.1.7+really3.1.2-0+deb12u1 libruby3.1=3.1.7+really3.1.2-0+deb12u1 $missing 2>/dev/null
for deb in *.deb; do dpkg-deb -x "$deb" root; done
dpkg-deb -f libwww-perl_*.deb Version | sed 's/^/libwww-perl /'
export LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu PERL5LIB=$PWD/root/usr/share/perl5
cat >server.py <<'PY'
import socket

head = b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nConnection: close\r\n"
answers = {b"/length": head + b"Content-Length: 100\r\n\r\n0.1\n0.2\n", b"/chunked": head + b"Transfer-Encoding: chunked\r\n\r\n8\r\n0.1\n0.2\n\r\n"}
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
while True:
    client, _ = server.accept()
    with client:
        asked = b""
        while b"\r\n\r\n" not in asked and (part := client.recv(65536)):
            asked += part
        if asked:
            client.sendall(answers[asked.split()[1]])
PY
/usr/bin/python3 server.py >port &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$work"' EXIT
until [ -s port ]; do sleep 0.1; done
cat >try.rb <<'RB'
require "net/http"
answer = Net::HTTP.get_response(URI(ARGV[0]))
puts "#{answer.code} #{answer.body.size}"
RB
cat >try.pl <<'PL'
use LWP::UserAgent;
my $answer = LWP::UserAgent->new->get($ARGV[0]);
print $answer->is_success ? $answer->code : "failed", " ", length($answer->content), "\n";
PL
cat >Try.java <<'J'
public class Try {
    public static void main(String[] arguments) throws Exception {
        System.out.println("200 " + new java.net.URL(arguments[0]).openStream().readAllBytes().length);
    }
}
J
javac Try.java
ask() {
    local address
    address=http://127.0.0.1:$(cat port)/$1
    echo "Ruby $(root/usr/bin/ruby3.1 --disable=gems -I root/usr/lib/ruby/3.1.0 -I root/usr/lib/x86_64-linux-gnu/ruby/3.1.0 try.rb "$address" 2>/dev/null || echo refused)"
    echo "LWP $(perl try.pl "$address")"
    # shellcheck disable=SC2016 # words of PHP
    echo "PHP $(root/usr/bin/php8.2 -n -r '$text = file_get_contents($argv[1]); echo substr($http_response_header[0], 9, 3), " ", strlen($text);' "$address")"
    echo "Java $(java Try "$address" 2>/dev/null || echo refused)"
    echo "urllib $(/usr/bin/python3 -c 'import sys, urllib.request; print(200, len(urllib.request.urlopen(sys.argv[1]).read()))' "$address" 2>/dev/null || echo refused)"
}
length=$(ask length) chunked=$(ask chunked)
printf 'status and bytes of an answer that says 100 and has 8:\n%s\nof a chunked one without its end:\n%s\n' "$length" "$chunked"
[ "$(xargs <<<"$length")" = "Ruby 200 8 LWP 200 8 PHP 200 8 Java 200 8 urllib refused" ] && [ "$(xargs <<<"$chunked")" = "Ruby refused LWP 200 8 PHP 200 8 Java refused urllib refused" ] || { echo "CHANGED"; exit 1; }
