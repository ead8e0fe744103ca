/* Preloaded into a program, makes one call of a given kind fail: the n-th since the start of main. FAULT_KIND names the kind,
 * FAULT_AT the number (0 = none, only count), FAULT_LOG a file that gets "KIND COUNT FIRED" when the process exits, normally or
 * by _exit. FAULT_KIND=all: none fails, and every kind gets a line; FAULT_STACKS names a file that gets a struct called for
 * each call. FAULT_KIND=hangup: SIGHUP arrives while libraries are initialised, before main. interrupt and short are no
 * failures: a call is interrupted by a signal, or transfers a single byte. Calls by libraries count as well, except those of
 * the dynamic loader and of OpenBLAS with its Fortran library, which end the process themselves, and those of the C library
 * within itself.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum kind {
    MEMORY,
    READ,
    WRITE,
    OPEN,
    MAP,
    SYNC,
    RENAME,
    SOCKET,
    THREAD,
    STATUS,  /* of a file */
    ENTRIES, /* of a folder */
    STREAM,  /* of the C library */
    CLOSE,   /* of a file, which is closed all the same */
    LOCK,
    DESCRIPTOR, /* of what is neither a file nor a socket; random bytes */
    CONNECTION, /* taken by libmicrohttpd, which closes it before it starts, and says nothing; every other one is refused */
    INTERRUPT,
    SHORT,
    KINDS
};
static const char *const names[KINDS] = {"memory", "read",   "write",      "open",       "map",       "sync",
                                         "rename", "socket", "thread",     "status",     "entries",   "stream",
                                         "close",  "lock",   "descriptor", "connection", "interrupt", "short"};
static const int reasons[KINDS] = {ENOMEM, EIO, ENOSPC, EMFILE, ENOMEM, EIO,    EIO,    ENOBUFS, EAGAIN,
                                   EIO,    EIO, EIO,    EIO,    ENOLCK, EMFILE, ENOMEM, EINTR,   0};

enum { NONE = -1, ALL = -2 };
static atomic_int chosen = NONE; /* enum kind; NONE: nothing is counted yet, ALL: every kind is, and nothing fails */
static atomic_long count, fired, counted[KINDS];
static long at;
static int log_fd = -1, stacks_fd = -1;

struct called {
    uint32_t kind, number;
    uint64_t stack; /* a hash of the return addresses, which differ from run to run; 0 = of a library whose calls do not fail */
};

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

static ssize_t write_to(int fd, const void *from, size_t n)
{
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) {
        void *found = dlsym(RTLD_NEXT, "write");
        memcpy(&real, &found, sizeof(found));
    }
    return real(fd, from, n);
}

static void note(enum kind kind, long number, const void *caller)
{
    static _Thread_local bool inside; /* looking at the stack may allocate */
    if (stacks_fd < 0 || inside)
        return;
    inside = true;
    const int error = errno;
    void *stack[200];
    const int depth = backtrace(stack, 200);
    struct called call = {(uint32_t)kind, (uint32_t)number, is_ours(caller) ? 14695981039346656037u : 0};
    for (int i = 0; i < depth && call.stack; i++)
        call.stack = (call.stack ^ (uintptr_t)stack[i]) * 1099511628211u; /* FNV-1a, an address at a time */
    if (write_to(stacks_fd, &call, sizeof(call)) < 0)
        abort();
    errno = error;
    inside = false;
}

/* Whether this call is the one to fail; errno is set then. */
static bool fails(enum kind kind, const void *caller)
{
    const int now = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (now == ALL)
        note(kind, atomic_fetch_add(&counted[kind], 1) + 1, caller);
    if (now != (int)kind)
        return false;
    if (atomic_fetch_add(&count, 1) + 1 != at || !is_ours(caller))
        return false;
    atomic_store(&fired, 1);
    errno = reasons[kind];
    return true;
}
#define FAILS(kind) fails(kind, __builtin_return_address(0))

static bool counts(enum kind kind)
{
    const int now = atomic_load_explicit(&chosen, memory_order_relaxed);
    return now == (int)kind || now == ALL;
}

static void report(void)
{
    char text[1024];
    size_t n = 0;
    const int kind = atomic_exchange(&chosen, NONE);
    if (log_fd < 0 || kind == NONE)
        return;
    for (int k = 0; k < KINDS; k++)
        if (kind == k || kind == ALL)
            n += (size_t)snprintf(text + n, sizeof(text) - n, "%s %ld %ld\n", names[k],
                                  atomic_load(kind == ALL ? &counted[k] : &count), atomic_load(&fired));
    if (write_to(log_fd, text, n) < 0)
        abort();
}

__attribute__((constructor)) static void begin(void)
{
    const char *kind = getenv("FAULT_KIND"), *number = getenv("FAULT_AT"), *log = getenv("FAULT_LOG");
    const char *stacks;
    unsetenv("LD_PRELOAD"); /* not for children */
    if (kind && strcmp(kind, "hangup") == 0)
        raise(SIGHUP);
    if (!kind)
        return;
    at = number ? atol(number) : 0;
    if (log)
        log_fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if ((stacks = getenv("FAULT_STACKS"))) {
        void *first[1];
        stacks_fd = open(stacks, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        backtrace(first, 1); /* loads its library */
    }
    atexit(report);
    if (strcmp(kind, "all") == 0)
        chosen = ALL;
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
/* Those that a signal may interrupt. */
#define WRAP_SLOW(kind, result, name, parameters, arguments)                                                                   \
    result name parameters                                                                                                     \
    {                                                                                                                          \
        REAL(name)                                                                                                             \
        return FAILS(kind) || FAILS(INTERRUPT) ? (result)-1 : real arguments;                                                  \
    }
/* Those that may transfer less than n. */
#define WRAP_PART(kind, name, parameters, arguments)                                                                           \
    ssize_t name parameters                                                                                                    \
    {                                                                                                                          \
        REAL(name)                                                                                                             \
        if (FAILS(kind) || FAILS(INTERRUPT))                                                                                   \
            return -1;                                                                                                         \
        n = n > 1 && FAILS(SHORT) ? 1 : n;                                                                                     \
        return real arguments;                                                                                                 \
    }
static bool is_of(int fd, mode_t type)
{
    REAL(fstat)
    struct stat st;
    return real(fd, &st) == 0 && (st.st_mode & S_IFMT) == type;
}
/* From an eventfd or a signalfd all is read at once, without waiting. */
ssize_t read(int fd, void *to, size_t n)
{
    REAL(read)
    const bool slow = (counts(INTERRUPT) || counts(SHORT)) && (is_of(fd, S_IFREG) || is_of(fd, S_IFIFO));
    if (FAILS(READ) || (slow && FAILS(INTERRUPT)))
        return -1;
    return real(fd, to, slow && n > 1 && FAILS(SHORT) ? 1 : n);
}
WRAP_PART(READ, pread, (int fd, void *to, size_t n, off_t from), (fd, to, n, from))
WRAP_PART(READ, pread64, (int fd, void *to, size_t n, off_t from), (fd, to, n, from))
/* Waking a thread through an eventfd or a pipe does not fail in the kernel: only files count. */
ssize_t write(int fd, const void *from, size_t n)
{
    REAL(write)
    const bool file = (counts(WRITE) || counts(INTERRUPT) || counts(SHORT)) && is_of(fd, S_IFREG);
    if (file && (FAILS(WRITE) || FAILS(INTERRUPT)))
        return -1;
    return real(fd, from, file && n > 1 && FAILS(SHORT) ? 1 : n);
}
WRAP_PART(WRITE, pwrite, (int fd, const void *from, size_t n, off_t to), (fd, from, n, to))
WRAP_PART(WRITE, pwrite64, (int fd, const void *from, size_t n, off_t to), (fd, from, n, to))
WRAP(WRITE, int, ftruncate, (int fd, off_t size), (fd, size))
WRAP(SYNC, int, fsync, (int fd), (fd))
WRAP(SYNC, int, fdatasync, (int fd), (fd))
WRAP(RENAME, int, rename, (const char *a, const char *b), (a, b))
WRAP(RENAME, int, renameat2, (int c, const char *a, int d, const char *b, unsigned flags), (c, a, d, b, flags))
WRAP(RENAME, int, mkdir, (const char *a, mode_t mode), (a, mode))
WRAP(SOCKET, int, socket, (int domain, int type, int protocol), (domain, type, protocol))
WRAP(SOCKET, int, bind, (int fd, const struct sockaddr *a, socklen_t n), (fd, a, n))
WRAP(SOCKET, int, listen, (int fd, int n), (fd, n))
WRAP_SLOW(SOCKET, int, accept4, (int fd, struct sockaddr *a, socklen_t *n, int flags), (fd, a, n, flags))
WRAP(SOCKET, int, setsockopt, (int fd, int level, int name, const void *value, socklen_t n), (fd, level, name, value, n))
/* From a socket less than n comes only where there is no more, on which users of an edge-triggered epoll rely: not SHORT. */
WRAP_SLOW(SOCKET, ssize_t, recv, (int fd, void *to, size_t n, int flags), (fd, to, n, flags))
WRAP_SLOW(SOCKET, ssize_t, send, (int fd, const void *from, size_t n, int flags), (fd, from, n, flags))
WRAP_SLOW(SOCKET, ssize_t, sendmsg, (int fd, const struct msghdr *m, int flags), (fd, m, flags))
WRAP_SLOW(SOCKET, ssize_t, writev, (int fd, const struct iovec *v, int n), (fd, v, n))
WRAP(STATUS, int, stat, (const char *path, struct stat *st), (path, st))
WRAP(STATUS, int, lstat, (const char *path, struct stat *st), (path, st))
WRAP(STATUS, int, fstat, (int fd, struct stat *st), (fd, st))
WRAP(STATUS, int, fstatat, (int folder, const char *path, struct stat *st, int flags), (folder, path, st, flags))
WRAP(STATUS, int, access, (const char *path, int how), (path, how))
WRAP_SLOW(LOCK, int, flock, (int fd, int how), (fd, how))
WRAP(DESCRIPTOR, int, eventfd, (unsigned first, int flags), (first, flags))
WRAP(DESCRIPTOR, int, epoll_create1, (int flags), (flags))
WRAP(DESCRIPTOR, int, signalfd, (int fd, const sigset_t *set, int flags), (fd, set, flags))
WRAP(DESCRIPTOR, int, memfd_create, (const char *name, unsigned flags), (name, flags))
WRAP(DESCRIPTOR, ssize_t, getrandom, (void *to, size_t n, unsigned flags), (to, n, flags))
WRAP(INTERRUPT, int, poll, (struct pollfd * p, nfds_t n, int ms), (p, n, ms))
WRAP(INTERRUPT, int, epoll_wait, (int fd, struct epoll_event *e, int n, int ms), (fd, e, n, ms))
WRAP(INTERRUPT, pid_t, waitpid, (pid_t pid, int *status, int flags), (pid, status, flags))
/* What was written may be lost when it is closed, on a network; only there. */
int close(int fd)
{
    REAL(close)
    const bool written = counts(CLOSE) && is_of(fd, S_IFREG) && (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDONLY;
    const bool failed = written && FAILS(CLOSE);
    const int rc = real(fd);
    if (failed)
        errno = EIO;
    return failed ? -1 : rc;
}
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
DIR *fdopendir(int fd)
{
    REAL(fdopendir)
    return FAILS(OPEN) ? NULL : real(fd);
}
struct dirent *readdir(DIR *dir)
{
    REAL(readdir)
    return FAILS(ENTRIES) ? NULL : real(dir);
}
/* A failed stream says so afterwards, too. */
static bool stream_fails(FILE *file, const void *caller)
{
    if (!fails(STREAM, caller))
        return false;
    file->_flags |= 0x20; /* ferror, in the GNU C library */
    return true;
}
#define STREAM_FAILS(file) stream_fails(file, __builtin_return_address(0))
char *fgets(char *to, int n, FILE *file)
{
    REAL(fgets)
    return STREAM_FAILS(file) ? NULL : real(to, n, file);
}
size_t fread(void *to, size_t size, size_t n, FILE *file)
{
    REAL(fread)
    return STREAM_FAILS(file) ? 0 : real(to, size, n, file);
}
ssize_t __getdelim(char **line, size_t *room, int end, FILE *file);
ssize_t __getdelim(char **line, size_t *room, int end, FILE *file)
{
    REAL(__getdelim)
    return STREAM_FAILS(file) ? -1 : real(line, room, end, file);
}
size_t fwrite(const void *from, size_t size, size_t n, FILE *file)
{
    REAL(fwrite)
    return STREAM_FAILS(file) ? 0 : real(from, size, n, file);
}
int fputs(const char *text, FILE *file)
{
    REAL(fputs)
    return STREAM_FAILS(file) ? EOF : real(text, file);
}
int fflush(FILE *file)
{
    REAL(fflush)
    return file && STREAM_FAILS(file) ? EOF : real(file);
}
int fclose(FILE *file)
{
    REAL(fclose)
    const bool failed = FAILS(STREAM);
    const int rc = real(file);
    return failed ? EOF : rc;
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
int MHD_add_connection(void *daemon, int fd, const struct sockaddr *address, socklen_t n);
int MHD_add_connection(void *daemon, int fd, const struct sockaddr *address, socklen_t n)
{
    REAL(MHD_add_connection)
    if (!FAILS(CONNECTION))
        return real(daemon, fd, address, n);
    close(fd);
    return (int)(at % 2);
}
