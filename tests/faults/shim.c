/* Preloaded into a program, makes one call of a given kind fail: the n-th since the start of main. FAULT_KIND names the kind,
 * FAULT_AT the number (0 = none, only count), FAULT_LOG a file that gets "KIND COUNT FIRED" when the process exits, normally or
 * by _exit. FAULT_KIND=hangup: SIGHUP arrives while libraries are initialised, before main. Calls by libraries count as well,
 * except those of the dynamic loader and of OpenBLAS with its Fortran library, which end the process themselves.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { MEMORY, READ, WRITE, OPEN, MAP, SYNC, RENAME, SOCKET, THREAD, KINDS };
static const char *const names[KINDS] = {"memory", "read", "write", "open", "map", "sync", "rename", "socket", "thread"};
static const int reasons[KINDS] = {ENOMEM, EIO, ENOSPC, EMFILE, ENOMEM, EIO, EIO, ENOBUFS, EAGAIN};

static atomic_int chosen = -1; /* enum kind; -1 = nothing is counted yet */
static atomic_long count, fired;
static long at;
static int log_fd = -1;

static bool is_ours(const void *caller)
{
    Dl_info info;
    static const char *const theirs[] = {"openblas", "gfortran", "quadmath", "ld-linux"};
    if (!dladdr(caller, &info) || !info.dli_fname)
        return true;
    for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++)
        if (strstr(info.dli_fname, theirs[i]))
            return false;
    return true;
}

/* Whether this call is the one to fail; errno is set then. */
static bool fails(enum kind kind, const void *caller)
{
    if (atomic_load_explicit(&chosen, memory_order_relaxed) != (int)kind)
        return false;
    if (atomic_fetch_add(&count, 1) + 1 != at || !is_ours(caller))
        return false;
    atomic_store(&fired, 1);
    errno = reasons[kind];
    return true;
}
#define FAILS(kind) fails(kind, __builtin_return_address(0))

static void report(void)
{
    char text[96];
    if (log_fd < 0)
        return;
    int kind = atomic_exchange(&chosen, -1);
    int n =
        snprintf(text, sizeof(text), "%s %ld %ld\n", kind >= 0 ? names[kind] : "?", atomic_load(&count), atomic_load(&fired));
    ssize_t (*real)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (kind >= 0 && real(log_fd, text, (size_t)n) < 0)
        abort();
}

__attribute__((constructor)) static void begin(void)
{
    const char *kind = getenv("FAULT_KIND"), *number = getenv("FAULT_AT"), *log = getenv("FAULT_LOG");
    unsetenv("LD_PRELOAD"); /* not for children */
    if (kind && strcmp(kind, "hangup") == 0)
        raise(SIGHUP);
    if (!kind)
        return;
    at = number ? atol(number) : 0;
    if (log)
        log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    atexit(report);
    for (int k = 0; k < KINDS; k++)
        if (strcmp(kind, names[k]) == 0)
            chosen = k;
}

/* The real function that the one in this file wraps. */
#define REAL(name)                                                                                                             \
    static __typeof__(name) *real;                                                                                             \
    if (!real) {                                                                                                               \
        void *found = dlsym(RTLD_NEXT, #name);                                                                                 \
        memcpy(&real, &found, sizeof(found));                                                                                  \
    }

void _exit(int status)
{
    report();
    __attribute__((noreturn)) void (*real)(int);
    void *found = dlsym(RTLD_NEXT, "_exit");
    memcpy(&real, &found, sizeof(found));
    real(status);
}

/* --- memory --- */

/* Passed on to the next in line: the C library, or a leak checker that was preloaded after this. */
void *malloc(size_t size)
{
    REAL(malloc)
    return FAILS(MEMORY) ? NULL : real(size);
}
void *calloc(size_t n, size_t size)
{
    REAL(calloc)
    return FAILS(MEMORY) ? NULL : real(n, size);
}
void *realloc(void *block, size_t size)
{
    REAL(realloc)
    return FAILS(MEMORY) ? NULL : real(block, size);
}
void *aligned_alloc(size_t alignment, size_t size)
{
    REAL(aligned_alloc)
    return FAILS(MEMORY) ? NULL : real(alignment, size);
}
int posix_memalign(void **out, size_t alignment, size_t size)
{
    REAL(posix_memalign)
    return FAILS(MEMORY) ? ENOMEM : real(out, alignment, size);
}

/* --- calls that all fail with -1 --- */

#define WRAP(kind, result, name, parameters, arguments)                                                                        \
    result name parameters                                                                                                     \
    {                                                                                                                          \
        REAL(name)                                                                                                             \
        return FAILS(kind) ? (result)-1 : real arguments;                                                                      \
    }
WRAP(READ, ssize_t, read, (int fd, void *to, size_t n), (fd, to, n))
WRAP(READ, ssize_t, pread, (int fd, void *to, size_t n, off_t from), (fd, to, n, from))
WRAP(READ, ssize_t, pread64, (int fd, void *to, size_t n, off_t from), (fd, to, n, from))
/* Waking a thread through an eventfd or a pipe does not fail in the kernel: only files count. */
ssize_t write(int fd, const void *from, size_t n)
{
    REAL(write)
    struct stat st;
    const bool file = atomic_load(&chosen) == WRITE && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    return file && FAILS(WRITE) ? -1 : real(fd, from, n);
}
WRAP(WRITE, ssize_t, pwrite, (int fd, const void *from, size_t n, off_t to), (fd, from, n, to))
WRAP(WRITE, ssize_t, pwrite64, (int fd, const void *from, size_t n, off_t to), (fd, from, n, to))
WRAP(WRITE, int, ftruncate, (int fd, off_t size), (fd, size))
WRAP(SYNC, int, fsync, (int fd), (fd))
WRAP(SYNC, int, fdatasync, (int fd), (fd))
WRAP(RENAME, int, rename, (const char *a, const char *b), (a, b))
WRAP(RENAME, int, renameat2, (int c, const char *a, int d, const char *b, unsigned flags), (c, a, d, b, flags))
WRAP(RENAME, int, mkdir, (const char *a, mode_t mode), (a, mode))
WRAP(SOCKET, int, socket, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(SOCKET, int, bind, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
WRAP(SOCKET, int, listen, (int fd, int n), (fd, n))
WRAP(SOCKET, int, accept4, (int fd, struct sockaddr *a, socklen_t *n, int flags), (fd, a, n, flags))
WRAP(SOCKET, int, setsockopt, (int fd, int level, int name, const void *value, socklen_t n), (fd, level, name, value, n))
WRAP(SOCKET, ssize_t, recv, (int fd, void *to, size_t n, int flags), (fd, to, n, flags))
WRAP(SOCKET, ssize_t, send, (int fd, const void *from, size_t n, int flags), (fd, from, n, flags))
WRAP(SOCKET, ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
WRAP(SOCKET, ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
/* Removing an entry from a set needs no resource that could run out; libmicrohttpd ends the process if it fails. */
int epoll_ctl(int fd, int op, int of, struct epoll_event *e)
{
    REAL(epoll_ctl);
    return op != EPOLL_CTL_DEL && FAILS(SOCKET) ? -1 : real(fd, op, of, e);
}

/* The names that FORTIFY gives to some of them. */
ssize_t __read_chk(int fd, void *to, size_t n, size_t room);
ssize_t __read_chk(int fd, void *to, size_t n, size_t room)
{
    if (n > room)
        abort();
    return FAILS(READ) ? -1 : read(fd, to, n);
}
ssize_t __pread_chk(int fd, void *to, size_t n, off_t from, size_t room);
ssize_t __pread_chk(int fd, void *to, size_t n, off_t from, size_t room)
{
    if (n > room)
        abort();
    return FAILS(READ) ? -1 : pread(fd, to, n, from);
}
ssize_t __recv_chk(int fd, void *to, size_t n, size_t room, int flags);
ssize_t __recv_chk(int fd, void *to, size_t n, size_t room, int flags)
{
    if (n > room)
        abort();
    return FAILS(SOCKET) ? -1 : recv(fd, to, n, flags);
}

/* --- calls with other results on failure --- */

#define WRAP_OPEN(name, parameters, arguments)                                                                                 \
    int name parameters                                                                                                        \
    {                                                                                                                          \
        REAL(name)                                                                                                             \
        va_list list;                                                                                                          \
        va_start(list, flags);                                                                                                 \
        const mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(list, mode_t) : 0;                                        \
        va_end(list);                                                                                                          \
        return FAILS(OPEN) ? -1 : real arguments;                                                                              \
    }
WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
WRAP_OPEN(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
FILE *fopen(const char *path, const char *mode)
{
    REAL(fopen)
    return FAILS(OPEN) ? NULL : real(path, mode);
}
FILE *fopen64(const char *path, const char *mode)
{
    REAL(fopen64)
    return FAILS(OPEN) ? NULL : real(path, mode);
}
DIR *opendir(const char *path)
{
    REAL(opendir)
    return FAILS(OPEN) ? NULL : real(path);
}
void *mmap(void *where, size_t n, int protection, int flags, int fd, off_t from)
{
    REAL(mmap)
    return FAILS(MAP) ? MAP_FAILED : real(where, n, protection, flags, fd, from);
}
void *mmap64(void *where, size_t n, int protection, int flags, int fd, off_t from)
{
    REAL(mmap64)
    return FAILS(MAP) ? MAP_FAILED : real(where, n, protection, flags, fd, from);
}
int pthread_create(pthread_t *out, const pthread_attr_t *attributes, void *(*run)(void *), void *arg)
{
    REAL(pthread_create)
    return FAILS(THREAD) ? EAGAIN : real(out, attributes, run, arg);
}
