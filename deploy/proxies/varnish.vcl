# Varnish in front of two replicas of boltzd on 8201 and 8202: varnishd -a 127.0.0.1:8200 -f varnish.vcl. Start the replicas with
#   boltzd --listen 127.0.0.1:8201 --allowed-host YOUR.NAME --trusted-proxy 127.0.0.1 --drain-delay 3s …
vcl 4.1;
import directors;
import std;

probe model {
    .request = "GET /v2/models/MODEL/ready HTTP/1.1" "Host: localhost" "Connection: close";
    .interval = 1s;
    .timeout = 1s;
    .window = 2;
    .threshold = 2;
    .initial = 2;
}
backend a { .host = "127.0.0.1"; .port = "8201"; .probe = model; .connect_timeout = 2s; .first_byte_timeout = 120s; }
backend b { .host = "127.0.0.1"; .port = "8202"; .probe = model; .connect_timeout = 2s; .first_byte_timeout = 120s; }

sub vcl_init {
    new all = directors.round_robin();
    all.add_backend(a);
    all.add_backend(b);
}
sub vcl_recv {
    set req.backend_hint = all.backend();
    std.cache_req_body(64MB); # so that a request can be repeated
    return (pass);
}
sub vcl_backend_error {
    if (bereq.retries < 2) {
        return (retry);
    }
}
sub vcl_backend_fetch {
    set bereq.backend = all.backend(); # another one when it is a retry
}
