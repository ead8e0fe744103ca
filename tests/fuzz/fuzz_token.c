/* `continue` tokens: the input is the contents of one, unchanged, or (first byte odd) what follows the model's digest, with the
 * checksum corrected, so that the code behind both checks is reached too. Never a 500. */
#include "../support/fake_host.c"
#include "../support/oracle_machines.c"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void spell(char *out, const uint8_t *bytes, size_t n)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < n; i += 3) {
        const size_t left = n - i < 3 ? n - i : 3;
        const uint32_t word =
            (uint32_t)bytes[i] << 16 | (uint32_t)(left > 1 ? bytes[i + 1] : 0) << 8 | (left > 2 ? bytes[i + 2] : 0u);
        for (size_t k = 0; k <= left; k++)
            *out++ = letters[word >> (18 - 6 * k) & 63];
    }
    *out = 0;
}

static struct api_call *ask(struct fake_host *host, const char *body)
{
    const struct fake_request req = {.path = "/v1/models/tiny/sample", .body = (const uint8_t *)body, .size = strlen(body)};
    struct api_call *call = fake_call(host, &req);
    if (call->reply.status == 500 || call->reply.status < 200) {
        fprintf(stderr, "status %d: %.*s\n", call->reply.status, (int)call->reply.size, call->reply.body);
        abort();
    }
    return call;
}

enum { HEAD = 40 }; /* bytes of a token that identify its version and model */

/* Those of the host's model, taken from a token that it issues. */
static void read_head(struct fake_host *host, uint8_t head[HEAD])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    struct api_call *call = ask(host, "{\"steps\":1,\"seed\":1}");
    const char *text = memmem(call->reply.body, call->reply.size, "\"continue\":\"", 12);
    if (!text)
        abort();
    text += 12;
    for (size_t i = 0; i < HEAD; i++) {
        const size_t bit = 8 * i, first = bit / 6, shift = bit % 6;
        const unsigned a = (unsigned)(strchr(letters, text[first]) - letters),
                       b = (unsigned)(strchr(letters, text[first + 1]) - letters);
        head[i] = (uint8_t)((a << 6 | b) >> (4 - shift));
    }
    api_free(call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fake_host *hosts[2];
    static uint8_t heads[2][HEAD], bytes[8192];
    static char token[12000], body[12100];
    if (!hosts[0]) {
        hosts[0] = fake_host_new(oracle_mixed());
        hosts[1] = fake_host_new(oracle_rbm(1, true));
        read_head(hosts[0], heads[0]);
        read_head(hosts[1], heads[1]);
    }
    if (size < 1 || size > 4096)
        return 0;
    const int which = data[0] >> 1 & 1;
    size_t n = size - 1;
    memcpy(bytes, data + 1, n);
    if (data[0] & 1) {
        memcpy(bytes, heads[which], HEAD);
        memcpy(bytes + HEAD, data + 1, n);
        n += HEAD;
        const uint32_t crc = (uint32_t)crc32(0, bytes, (unsigned)n);
        memcpy(bytes + n, &crc, 4);
        n += 4;
    }
    spell(token, bytes, n);
    snprintf(body, sizeof(body), "{\"continue\":\"%s\",\"steps\":2}", token);
    api_free(ask(hosts[which], body));
    return 0;
}
