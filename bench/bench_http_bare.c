/* The yardstick of bench/serve.sh: libmicrohttpd used as plainly as possible. Every request is read to its end, discarded
 * and answered with the same bytes; nothing is inspected, allocated or logged.
 * Usage: bench_http_bare PORT LOOPS REPLY_BYTES CONTENT_TYPE; prints a line when it serves, ends with its standard input. */
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNECTION_MEMORY = 32 * 1024, MEMORY_STEP = 16 * 1024 }; /* same as boltzd */

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **context)
{
    (void)url;
    (void)method;
    (void)version;
    (void)data;
    if (!*context || *size) {
        *context = arg;
        *size = 0;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, arg);
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fprintf(stderr, "usage: %s PORT LOOPS REPLY_BYTES CONTENT_TYPE\n", argv[0]);
        return 2;
    }
    const unsigned loops = (unsigned)strtoul(argv[2], NULL, 10);
    const size_t size = strtoull(argv[3], NULL, 10);
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char *bytes = calloc(1, size + 1);
    struct MHD_Response *response = bytes ? MHD_create_response_from_buffer(size, bytes, MHD_RESPMEM_PERSISTENT) : NULL;
    if (!response)
        return 1;
    MHD_add_response_header(response, "Content-Type", argv[4]);
    struct MHD_OptionItem pool[] = {{MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)loops, NULL}, {MHD_OPTION_END, 0, NULL}};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL, answer, response, MHD_OPTION_SOCK_ADDR, &address,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_CONNECTION_MEMORY_INCREMENT,
        (size_t)MEMORY_STEP, MHD_OPTION_ARRAY, loops > 1 ? pool : pool + 1, MHD_OPTION_END);
    if (!daemon) {
        fprintf(stderr, "%s: cannot serve at port %s\n", argv[0], argv[1]);
        return 1;
    }
    puts("serving");
    fflush(stdout);
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        continue;
    MHD_stop_daemon(daemon);
    MHD_destroy_response(response);
    free(bytes);
    return 0;
}
