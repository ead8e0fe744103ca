/* Shared by the httpd_*.c files. */
#ifndef HTTPD_PRIVATE_H
#define HTTPD_PRIVATE_H

#include "clients.h"
#include "digest.h"
#include "httpd.h"
#include "linger.h"
#include "turns.h"

#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>

enum {
    URI_ROOM = 512,           /* a longer request target gets separate memory */
    MAX_URI = 16384,          /* longer ones: 414 */
    KEPT_BODY = 64 * 1024,    /* buffers up to this size are kept for the next request, larger ones counted */
    DECODE_TABLE_HERE = 1024, /* larger tables of text are decoded by workers */
    DECODE_HERE = 32 * 1024,  /* larger bodies are decoded by workers */
    MEMORY_HERE = 4 << 20,    /* so are those that take more memory: writing this much takes about a millisecond */
    STREAM_HIGH = 256 * 1024, /* bytes by which a stream's reader may lag */
    MAX_ARGUMENTS = 256, /* arguments of a query; with many more, libmicrohttpd 0.9.75 drops the request without an answer */
    TLS_GENERATIONS = 4, /* certificates that can have open connections at the same time */
    CLOSE_LINGER = 8 * 1024 * 1024 /* bytes of a refused body that are read so that the refusal arrives */
};

/* An event loop: one libmicrohttpd daemon with its thread. */
struct loop {
    struct srv_httpd *httpd;
    struct MHD_Daemon *daemon;
    struct srv_seat *seat;        /* of the loop's own thread */
    struct srv_turns turns;       /* likewise */
    char short_body[DECODE_HERE]; /* of the request being decoded; of the loop's own thread */
    atomic_size_t n_connections, n_requests;
    struct request *spare; /* requests for reuse; of the loop's own thread */
    size_t n_spare;
    bool prompt; /* see srv_be_prompt; of the loop's own thread */
    /* Requests that libmicrohttpd itself refused, and those of them whose connections have not ended yet; likewise. */
    uint64_t refusals, told;
    /* Whether others need its processor, and when that was looked up; likewise. */
    bool crowded;
    uint64_t looked_ns;
    srv_count since_ns;   /* when the present call from libmicrohttpd began; 0 = there is none */
    pthread_mutex_t lock; /* of the list */
    struct connection *first;
};

enum phase { IN_HEADERS, IN_BODY, IN_WORK, IN_REPLY, CUT_OFF /* answered by httpd_cut_off */ };

/* An open socket, from accept to close. */
struct connection {
    struct connection *next, *previous; /* with loop->lock held */
    struct loop *loop;
    struct srv_place place;
    int fd;
    uint64_t inode;              /* of the socket, 0 = not known: once that is closed, its number may be another one's */
    _Atomic int phase;           /* enum phase */
    srv_count since_ns;          /* when the phase began */
    srv_count deadline_ns;       /* headers: when they must be complete */
    srv_count body_bytes;        /* bytes received or sent in this phase */
    srv_count moved_ns;          /* IN_REPLY: when bytes were last taken */
    atomic_bool unpaced;         /* IN_REPLY: a stream, which is as slow as its chain */
    char peer[INET6_ADDRSTRLEN]; /* "" = a unix socket */
    uint64_t ended_ns;           /* IN_BODY: when all of it that will ever come was in; 0 = not yet; with loop->lock held */
    atomic_bool closing;         /* shut down on our side; set with loop->lock held */
    uint64_t turn_client;        /* stands for the peer in its loop's turns; 0 = not known yet */
    bool asked;                  /* a request has begun on it; of the loop's own thread, as the next */
    bool last;                   /* the last request ends the connection */
    uint64_t refusals;           /* of its loop when its last request ended */
    /* Of the request whose body is awaited, in case it is cut off. */
    const char *area;    /* "/v1" or "": decides the form of its refusals */
    _Atomic int cut_for; /* CUT_OFF: why (enum api_error), from whoever came first; API_BAD_REQUEST = nobody has */
    char request_id[SRV_REQUEST_ID_ROOM];
    char *
        refusal; /* what the request will get once its body is in, as text; owned, with loop->lock held; NULL = not known yet */
    /* The request that libmicrohttpd is processing, from its first line on; of the loop's own thread. It drops some silently.
     */
    struct request *request;
};

/* The stage of a request in the sequence of libmicrohttpd's calls. */
enum stage {
    AT_START,  /* headers not seen yet */
    TAKE_BODY, /* the body is gathered */
    SWALLOW,   /* the answer is known; the body is read and discarded */
    QUEUED,    /* the connection is suspended, the job is in the queue */
    ANSWER,    /* response is ready to be sent */
    HANG_UP,   /* close without an answer */
    DROPPED,   /* answered by bypassing libmicrohttpd */
    SENT,
};

struct stream {
    pthread_mutex_t lock;
    char *data; /* bytes to send from `at` to `size`; owned */
    size_t size, at;
    char *more; /* what comes after that; owned */
    size_t more_size, more_room;
    bool waiting; /* the connection is suspended until there is data */
    bool ended;   /* complete */
    bool broken;  /* ended by an error that could not be reported */
    bool closed;  /* libmicrohttpd has finished with it */
    bool behind;  /* the producer was told to wait */
    bool begun;   /* the first frame has been made */
    bool pings;   /* server-sent events: gets occasional comment lines */
    uint64_t last_ns;
};

struct request {
    struct srv_job job; /* first: the queue's hooks get a pointer to it */
    struct loop *loop;
    struct connection *at;
    struct MHD_Connection *connection;
    struct request *next; /* next among the spare ones */
    struct srv_turn turn;
    enum stage stage;
    char *uri; /* uri_text, or owned if it is long; NULL: too long */
    char uri_text[URI_ROOM];
    const char *uri_end;      /* in libmicrohttpd's buffer, where the target ended when it was read */
    const char *path, *query; /* in uri; without the url prefix */
    const char *method;       /* libmicrohttpd's; so is the next, "HTTP/1.1" */
    const char *version;
    char method_text[16]; /* for the log */
    uint64_t begun_ns;

    char *body;
    size_t body_size, body_room;
    uint64_t received;
    bool has_length, chunked;
    uint64_t length;
    int body_coding;          /* enum srv_coding of the request */
    const char *reply_coding; /* "gzip", "deflate" or NULL */

    char request_id[SRV_REQUEST_ID_ROOM];
    char trace_id[SRV_TRACE_ID_ROOM];
    char key_name[SRV_KEY_NAME_ROOM];
    char origin[256]; /* origin to allow in the reply; "" = no CORS */
    bool any_origin;  /* allowed by "*": without credentials */
    bool close;       /* close after the reply */
    bool cut_off;     /* httpd_cut_off has answered */
    bool keeps;       /* the client wants the connection kept open */
    char client_address[SRV_ADDRESS_ROOM];
    uint64_t rows_per_second, concurrency; /* of the key; 0 = no limit */
    struct srv_client *client;             /* a reference, once limits need it */
    bool busy;                             /* counted as in flight for the client */
    uint64_t half_closed_ns;               /* when the client was first seen to have closed its sending side */
    uint64_t held[SRV_N_PURPOSES];         /* bytes of body and reply, as counted for the client */
    bool bare_prefix;                      /* the target is the url prefix without its trailing '/' */

    /* What remains of the call after it is freed; for the log. */
    const char *route, *task, *code;
    char model[129];
    unsigned long model_version;
    size_t rows;
    enum srv_ending ending;

    struct MHD_Response *response;
    char *farewell; /* the body of a chunked request's refusal, in case the request does not end; owned */
    bool overrun;   /* connections were being closed */
    bool given_up;  /* DROPPED: the library will not refuse it once more */
    int status;
    uint64_t sent_bytes;
    struct stream *stream; /* NULL for ordinary replies */
};

struct srv_httpd {
    struct srv_httpd_setup setup;
    /* [setup.threads] plain ones; then, with TLS, generations of as many, one for each certificate still in use. A loop without
     * a daemon is free. */
    struct loop *loops;
    size_t n_loops;
    atomic_size_t tls_first;   /* of the newest generation; 0 = none; changed with loops_lock held */
    char pair[BZ_DIGEST_ROOM]; /* digest of its certificate and key; with loops_lock held */
    atomic_llong tls_end;      /* when the certificate ends, seconds since the epoch; 0 = there is none */
    size_t turn;
    pthread_mutex_t loops_lock;          /* of which loops run, and of turn */
    _Atomic(struct connection *) *by_fd; /* [n_fds]: accepted, not yet seen by libmicrohttpd */
    size_t n_fds;
    size_t room; /* connections that leave descriptors for files */
    atomic_size_t n_connections;
    atomic_bool draining, stopping;
    struct srv_clients *clients;
    struct srv_linger *linger;
    pthread_rwlock_t keys_lock;
    _Atomic(struct srv_keys *) keys; /* NULL = open; what it points to is read with the lock held */
};

/* httpd.c: starts the loops first .. first + threads - 1; all or none. */
int httpd_start_loops(struct srv_httpd *h, size_t first, const char *cert, const char *key, struct bz_error *err);
void httpd_stop_loop(struct loop *loop);

/* httpd_request.c */
enum MHD_Result httpd_handle(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                             const char *version, const char *data, size_t *size, void **context);
void *httpd_begin(void *arg, const char *uri, struct MHD_Connection *connection);
void httpd_completed(void *arg, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode why);
void httpd_free_spare(struct loop *loop);
/* act(h, c, ns) for every connection, with the lock of its list held. */
void httpd_each_connection(struct srv_httpd *h, void (*act)(struct srv_httpd *h, struct connection *c, uint64_t ns),
                           uint64_t ns);
/* Frees the connection, and a request that libmicrohttpd has forgotten. */
void httpd_abandon(struct connection *c);
/* Too many connections: a short answer without libmicrohttpd, if the socket takes it immediately. Takes the descriptor over. */
void httpd_turn_away(struct srv_httpd *h, int fd, bool tls);
/* Begin and end waiting for a body, during which another thread may cut the request off: then false. */
void httpd_enter_body(struct request *request);
bool httpd_leave_body(struct connection *c, enum phase phase);
/* Refuses a request whose body is awaited, past libmicrohttpd, which takes no reply before the body's end; what still comes is
 * read for a while, so that closing does not destroy the answer on its way. With the lock of the connection's list held. */
void httpd_cut_off(struct srv_httpd *h, struct connection *c, enum api_error error, const char *detail);
/* More of its body has come. Over TLS it is told only now: a session belongs to its loop's thread. */
void httpd_say_why(struct request *request);
/* The last bytes that the client gets, past libmicrohttpd, may be NULL; on the loop's own thread. */
void httpd_last_words(struct request *request, const char *text);
/* For a reader of a reply that cannot go on; what it returns. The client sees the end at once. */
ssize_t httpd_break_off(struct request *request);
/* Shuts our side of it; with that lock held, too, so that the descriptor cannot be closed and used for something else. */
void httpd_hang_up(struct connection *c, int how);
/* Sets the phase of a connection, its bytes counted from 0, for srv_httpd_tick. */
void httpd_set_phase(struct connection *c, enum phase phase);
/* Reserves this many more bytes for a reply. */
void httpd_moved(struct connection *c, size_t bytes);
/* Releases all that the request holds except its own memory. */
void httpd_request_end(struct request *request);
/* The same, and its memory. */
void httpd_request_free(struct request *request);
/* Resumes a suspended connection. */
void httpd_resume_with(struct request *request, enum stage stage);

/* httpd_refused.c */
/* A connection closes. Counts it if libmicrohttpd could not read a request line from it, which it does not report. */
void httpd_count_unread(const struct connection *c);
/* libmicrohttpd refuses a request with this status: counts it, and answers where it would answer wrongly. */
void httpd_library_refuses(struct loop *loop, int status);
/* A request ends: perhaps it is one of those. */
void httpd_was_refused(struct request *request, enum MHD_RequestTerminationCode why);
/* Answers by bypassing libmicrohttpd, which is about to drop the request or answer wrongly, and closes. */
void httpd_end_in_own_words(struct request *request, enum api_error error, const char *detail);

/* httpd_turn.c */
/* Whether a request whose head is in is looked at now. If not, its connection is suspended until it is its client's turn. */
bool httpd_has_turn(struct request *request);
/* The request ends, in whatever way. */
void httpd_leave_turn(struct request *request);

/* httpd_hooks.c */
void httpd_decode(struct srv_job *job);

/* httpd_limits.c: what one client may have in flight. */
/* Before a call's work; false = it was refused. */
bool httpd_admit(struct request *request);
/* Before the queue has it: whose job it is. */
void httpd_share(struct request *request);
/* After decoding: its rows. */
void httpd_charge_rows(struct request *request);
/* Counts memory for a large body or reply. */
enum srv_holding httpd_hold(struct request *request, enum srv_purpose purpose, uint64_t bytes);
void httpd_release(struct request *request, enum srv_purpose purpose, uint64_t bytes);
/* From now on the body takes so many bytes; up to KEPT_BODY are always granted, and not counted. false = the call was refused.
 */
bool httpd_hold_body(struct request *request, uint64_t bytes);
/* The body is no longer needed. */
void httpd_drop_body(struct request *request);
void httpd_leave(struct request *request);

/* httpd_check.c: what is decided by the headers. Fills the request; false = request->response is a refusal. */
bool httpd_check(struct request *request);

/* httpd_page.c */
/* A page of the process: the web client's files, metrics. false = no such path. */
bool httpd_answer_page(struct request *request);

/* httpd_reply.c */
/* Makes the response from the call's reply, keeps what the log needs and releases the call. */
void httpd_answer_call(struct request *request);
/* Keeps what log and statistics need of the call, and frees it. */
void httpd_let_go(struct request *request);
/* Writes the refusal without libmicrohttpd, with the headers of request->response. */
void httpd_say_farewell(struct request *request);
/* Keeps it for httpd_cut_off. */
void httpd_keep_refusal(struct request *request);
/* A refusal without a call. */
void httpd_refuse(struct request *request, enum api_error error, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Bytes of the process's own: *owned ones are freed later. */
void httpd_answer_bytes(struct request *request, int status, const char *type, char *bytes, size_t size, bool owned,
                        bool compressible);
/* Bytes of a file built into the program; its compressed form is kept. */
void httpd_answer_asset(struct request *request, int status, const char *type, const char *bytes, size_t size);
/* The headers of a streamed reply; the body follows as it is made. */
void httpd_answer_stream(struct request *request);

/* httpd_stream.c */
int httpd_stream_open(struct request *request);
struct MHD_Response *httpd_stream_response(struct request *request);
/* Takes the bytes the call has made; false = the reader is behind. Ends the stream if the call has ended. */
bool httpd_stream_flush(struct request *request);
/* The job has ended. true: the event loop ends the request once all is sent; false: it has closed, so the caller does. */
bool httpd_stream_end(struct request *request, bool broken);
/* The event loop has finished with the connection. true: the job has ended, so the caller ends the request; false: the job
 * will. */
bool httpd_stream_close(struct request *request);
bool httpd_stream_gone(struct request *request);
void httpd_stream_free(struct stream *stream);

/* True for libmicrohttpd before 1.0.0, which needs workarounds in several places. */
bool httpd_library_is_old(void);

/* Half closed: the peer has ended its sending side and may or may not still read. Gone: reset, or closed on both sides. */
enum httpd_peer { HTTPD_PEER_THERE, HTTPD_PEER_HALF_CLOSED, HTTPD_PEER_GONE };
enum httpd_peer httpd_peer(int fd);

#endif
