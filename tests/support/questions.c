#include "questions.h"

#include "test.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct question *ask(struct questions *all, const char *target, const char *headers, const void *body, size_t size)
{
    assert_true(all->n < MAX_QUESTIONS);
    struct question *q = &all->list[all->n++];
    *q = (struct question){.method = "POST", .target = target, .headers = headers, .size = size};
    q->body = malloc(size + 1);
    memcpy(q->body, body, size);
    return q;
}

static struct question *ask_json(struct questions *all, const char *target, const char *json)
{
    return ask(all, target, "X-Request-Id: same\r\n", json, strlen(json));
}

static float *random_rows(size_t n, unsigned seed)
{
    float *rows = malloc(n * sizeof(*rows));
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        rows[i] = (float)(seed >> 31);
    }
    return rows;
}

static void ask_with_rows(struct questions *all, size_t n, unsigned seed)
{
    const size_t values = n * N_UNITS, bytes = values * sizeof(float);
    float *rows = random_rows(values, seed);
    char *text = malloc(256 + 2 * values + bytes), head[512];
    size_t at = (size_t)sprintf(text, "{\"seed\":%u,\"inputs\":[", seed);
    for (size_t i = 0; i < values; i++)
        at += (size_t)sprintf(text + at, "%s%g", i % N_UNITS ? "," : i ? "],[" : "[", (double)rows[i]);
    strcpy(text + at, "]]}");
    ask_json(all, "/v1/models/small/features?type=state", text);
    ask_json(all, "/v1/models/small/reconstruct?steps=3&type=state&format=npy", text);
    ask(all, "/v1/models/small/features", "X-Request-Id: same\r\nAccept-Encoding: gzip\r\n", text, strlen(text));

    ask(all, "/v1/models/small/free-energy", "Content-Type: application/octet-stream\r\n", rows, bytes);
    ask(all, "/v1/models/small/reconstruct?format=png", "Content-Type: application/octet-stream\r\n", rows, bytes);

    snprintf(head, sizeof(head), "{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %d), }", n, (int)N_UNITS);
    memcpy(text, "\x93NUMPY\x01\0\x76\0", 10);
    sprintf(text + 10, "%-117s\n", head);
    memcpy(text + 128, rows, bytes);
    ask(all, "/v1/models/small/features?format=raw", "Content-Type: application/x-npy\r\n", text, 128 + bytes);

    at = (size_t)sprintf(
        text,
        "{\"id\":\"7\",\"inputs\":[{\"name\":\"visible\",\"shape\":[%zu,%d],\"datatype\":\"FP32\",\"parameters\":"
        "{\"binary_data_size\":%zu}}],\"parameters\":{\"binary_data_output\":true}}",
        n, (int)N_UNITS, bytes);
    memcpy(text + at, rows, bytes);
    struct question *q = ask(all, "/v2/models/small/infer", NULL, text, at + bytes);
    snprintf(q->more_headers, sizeof(q->more_headers), "Inference-Header-Content-Length: %zu\r\n", at);
    free(text);
    free(rows);
}

void questions_fill(struct questions *all)
{
    ask_with_rows(all, 1, 3);
    ask_with_rows(all, 9, 4);
    ask_with_rows(all, 33, 5);
    ask_json(all, "/v1/models/small/sample?format=raw", "{\"count\":4,\"steps\":150,\"seed\":3}");
    ask_json(all, "/v1/models/deep/sample", "{\"count\":2,\"steps\":60,\"seed\":8,\"temperature\":1.5}");
    ask_json(all, "/v1/models/deep/free-energy", "{\"inputs\":[[1,0,null,1],[0,0,1,1]]}");
    ask_json(all, "/v1/models/deep/sample?format=ndjson", "{\"count\":2,\"steps\":40,\"every\":5,\"seed\":9}");
    ask_json(all, "/v1/models/small/sample?format=sse", "{\"count\":3,\"steps\":60,\"every\":6,\"seed\":11}");
    ask_json(all, "/v2/models/deep/infer",
             "{\"inputs\":[{\"name\":\"visible\",\"shape\":[1,4],\"datatype\":\"FP32\",\"data\":[1,1,0,1]}]}");
    ask_json(all, "/v1/models/moving/features", "{\"inputs\":[[1,0,1],[0,1,1]]}")->fate = VERSIONED;
    ask_json(all, "/v1/models/moving/sample", "{\"count\":3,\"steps\":30,\"seed\":1}")->fate = VERSIONED;
    ask_json(all, "/v1/models/visitor/features", "{\"inputs\":[[1,0,1],[0,1,1]]}")->fate = AWAY;
    ask_json(all, "/v1/models/visitor/sample?format=ndjson", "{\"steps\":20,\"every\":4,\"seed\":6}")->fate = AWAY;
    /* refusals */
    ask_json(all, "/v1/models/small/features", "{\"inputs\":[[1,0]]}");
    ask_json(all, "/v1/models/small/features", "{\"inputs\":[[1,");
    ask_json(all, "/v1/models/nobody/features", "{}");
    ask_json(all, "/v1/models/small/features?format=xml", "{}");
    ask_json(all, "/v2/models/small/infer", "{\"inputs\":[]}");
    ask(all, "/v1/models/small", "X-Request-Id: same\r\n", "", 0)->method = "DELETE";
    ask(all, "/v1/models/small", "X-Request-Id: same\r\n", "", 0)->method = "GET";

    static const char long_stream[] = "{\"count\":16,\"steps\":250,\"every\":1,\"seed\":2}";
    all->stream = (struct question){.method = "POST", .target = "/v1/models/small/sample?format=ndjson"};
    all->stream.body = strdup(long_stream);
    all->stream.size = strlen(long_stream);
}

struct wire_reply question_put(int fd, const struct question *q)
{
    return wire_ask(fd, q->method, q->target, q->headers ? q->headers : q->more_headers, q->size ? q->body : NULL, q->size);
}

void questions_ask_alone(struct questions *all, unsigned port)
{
    for (size_t i = 0; i <= all->n; i++) {
        struct question *q = i < all->n ? &all->list[i] : &all->stream;
        int fd = wire_connect(port);
        q->alone = question_put(fd, q);
        close(fd);
        if (q->alone.status == 0 || q->alone.cut || q->alone.status >= 500 || strstr(q->alone.body, "\"event\":\"error\""))
            fail_msg("alone, %s: status %d: %s", q->target, q->alone.status, q->alone.body);
    }
    assert_true(all->stream.alone.size > 500000);
}

static bool same_header(const struct wire_reply *a, const struct wire_reply *b, const char *name)
{
    char x[256], y[256];
    return strcmp(wire_header(a, name, x), wire_header(b, name, y)) == 0;
}

bool question_same(const struct wire_reply *a, const struct wire_reply *b)
{
    static const char *const names[] = {
        "Content-Type", "Inference-Header-Content-Length", "X-Boltz-Shape", "X-Boltz-Seed", "Content-Encoding", "Allow"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (!same_header(a, b, names[i]))
            return false;
    return a->status == b->status && a->size == b->size && memcmp(a->body, b->body, a->size) == 0;
}
