/* Records what an unmodified process does to files under one folder, in total order, and fails or kills on demand.
 *
 * Preloaded (LD_PRELOAD). CRASHLAB_ROOT is the folder, CRASHLAB_TRACE the file that takes the records; without a trace
 * only faults work. A record is the struct below, then path, second path and the bytes written. A write to the file
 * CRASHLAB_MARKS is recorded as a mark. Calls are serialised, so the order of records is the order of effects.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum operation { CREATE = 1, WRITE, SYNC, RESIZE, UNLINK, RENAME, MARK, FOLDER };
enum fault_kind { ON_WRITE = 1, ON_SYNC, ON_FOLDER_SYNC, FAULT_KINDS };
enum fault_action { KILL_BEFORE = -1, KILL_AFTER = -2 };

struct record {
    uint8_t operation;
    uint8_t unused[3];
    uint16_t path_length;
    uint16_t second_path_length;
    uint64_t inode;
    uint64_t offset;
    uint64_t length;
};

#define DESCRIPTORS 4096
static struct { uint8_t watched, marks, folder; uint64_t inode; } watched[DESCRIPTORS];

static const char *root, *marks;
static int trace = -1;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static struct { int kind, action, sticky; long at; } fault;
static long counted[FAULT_KINDS];

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("CRASHLAB_TRACE");
    root = getenv("CRASHLAB_ROOT");
    marks = getenv("CRASHLAB_MARKS");
    if (path) trace = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

/* For a forked child: watch another folder, count from zero, and fail the at-th call of a kind. */
void crashlab_arm(const char *folder, int kind, long at, int action, int sticky)
{
    root = strdup(folder);
    memset(counted, 0, sizeof counted);
    fault.kind = kind, fault.at = at, fault.action = action, fault.sticky = sticky;
}

long crashlab_counted(int kind) { return counted[kind]; }

static int inside(const char *path)
{
    size_t length = root ? strlen(root) : 0;
    return length && path && !strncmp(path, root, length) && (path[length] == '/' || !path[length]);
}

static int is_watched(int fd) { return fd >= 0 && fd < DESCRIPTORS && watched[fd].watched; }

static void append(const void *bytes, size_t length)
{
    const char *next = bytes;
    while (length) {
        long written = syscall(SYS_write, trace, next, length);
        if (written < 0) abort();
        next += written, length -= written;
    }
}

static void record(enum operation operation, uint64_t inode, uint64_t offset, const char *path, const char *second,
                   const void *bytes, size_t length)
{
    if (trace < 0) return;
    struct record head = { .operation = operation, .path_length = path ? strlen(path) : 0,
                           .second_path_length = second ? strlen(second) : 0,
                           .inode = inode, .offset = offset, .length = length };
    append(&head, sizeof head);
    append(path, head.path_length);
    append(second, head.second_path_length);
    if (bytes) append(bytes, length);
}

/* Count one call of a kind; returns the errno it must fail with, or 0. */
static int struck(int kind)
{
    long now = ++counted[kind];
    if (fault.kind != kind || !(now == fault.at || (fault.sticky && now > fault.at))) return 0;
    if (fault.action == KILL_BEFORE) kill(getpid(), SIGKILL);
    return fault.action > 0 ? fault.action : 0;
}

static void finish(int kind)
{
    if (fault.kind == kind && fault.action == KILL_AFTER && counted[kind] == fault.at) kill(getpid(), SIGKILL);
}

static int opened(int fd, const char *path, int flags, int created)
{
    struct stat status;
    if (fd < 0 || fd >= DESCRIPTORS) return fd;
    watched[fd].marks = marks && path && !strcmp(path, marks);
    watched[fd].watched = watched[fd].marks || inside(path);
    if (watched[fd].marks || !watched[fd].watched || fstat(fd, &status)) return fd;
    watched[fd].inode = status.st_ino;
    watched[fd].folder = S_ISDIR(status.st_mode);
    if (watched[fd].folder) record(FOLDER, status.st_ino, 0, path, NULL, NULL, 0);
    else if (created) record(CREATE, status.st_ino, 0, path, NULL, NULL, 0);
    if (flags & O_TRUNC && !created) record(RESIZE, status.st_ino, 0, NULL, NULL, NULL, 0);
    return fd;
}

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); } \
        REAL(int, #name, const char *, int, ...); \
        pthread_mutex_lock(&order); \
        int created = (flags & O_CREAT) && access(path, F_OK); \
        int fd = opened(real(path, flags, mode), path, flags, created), kept = errno; \
        pthread_mutex_unlock(&order); \
        errno = kept; \
        return fd; \
    }
OPEN(open)
OPEN(open64)

int close(int fd)
{
    REAL(int, "close", int);
    pthread_mutex_lock(&order);
    if (fd >= 0 && fd < DESCRIPTORS) memset(&watched[fd], 0, sizeof watched[fd]);
    int result = real(fd), kept = errno;
    pthread_mutex_unlock(&order);
    errno = kept;
    return result;
}

static ssize_t write_at(int fd, const void *bytes, size_t length, off_t offset)
{
    int failed = watched[fd].marks ? 0 : struck(ON_WRITE);
    if (failed) { errno = failed; return -1; }
    struct stat status;
    if (offset < 0) {
        int appends = syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND;
        uint64_t at = appends && !fstat(fd, &status) ? status.st_size : lseek(fd, 0, SEEK_CUR);
        ssize_t written = syscall(SYS_write, fd, bytes, length);
        if (written > 0) record(watched[fd].marks ? MARK : WRITE, watched[fd].inode, at, NULL, NULL, bytes, written);
        if (!watched[fd].marks) finish(ON_WRITE);
        return written;
    }
    ssize_t written = syscall(SYS_pwrite64, fd, bytes, length, offset);
    if (written > 0) record(WRITE, watched[fd].inode, offset, NULL, NULL, bytes, written);
    finish(ON_WRITE);
    return written;
}

#define LOCKED(type, expression) \
    pthread_mutex_lock(&order); \
    type result = (expression); \
    int kept = errno; \
    pthread_mutex_unlock(&order); \
    errno = kept; \
    return result

ssize_t write(int fd, const void *bytes, size_t length)
{
    REAL(ssize_t, "write", int, const void *, size_t);
    if (!is_watched(fd)) return real(fd, bytes, length);
    LOCKED(ssize_t, write_at(fd, bytes, length, -1));
}

#define PWRITE(name, offset_type) \
    ssize_t name(int fd, const void *bytes, size_t length, offset_type offset) \
    { \
        REAL(ssize_t, #name, int, const void *, size_t, offset_type); \
        if (!is_watched(fd)) return real(fd, bytes, length, offset); \
        LOCKED(ssize_t, write_at(fd, bytes, length, offset)); \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

static int sync_file(int fd, long number)
{
    int kind = watched[fd].folder ? ON_FOLDER_SYNC : ON_SYNC;
    int failed = struck(kind);
    if (failed) { errno = failed; return -1; }
    int result = syscall(number, fd);
    if (!result) record(SYNC, watched[fd].inode, 0, NULL, NULL, NULL, 0);
    finish(kind);
    return result;
}

#define SYNCING(name, number) \
    int name(int fd) \
    { \
        REAL(int, #name, int); \
        if (!is_watched(fd)) return real(fd); \
        LOCKED(int, sync_file(fd, number)); \
    }
SYNCING(fsync, SYS_fsync)
SYNCING(fdatasync, SYS_fdatasync)

static int resized(int fd, int result, uint64_t size)
{
    if (!result) record(RESIZE, watched[fd].inode, size, NULL, NULL, NULL, 0);
    return result;
}

#define RESIZING(name, size_type) \
    int name(int fd, size_type size) \
    { \
        REAL(int, #name, int, size_type); \
        if (!is_watched(fd)) return real(fd, size); \
        LOCKED(int, resized(fd, real(fd, size), size)); \
    }
RESIZING(ftruncate, off_t)
RESIZING(ftruncate64, off64_t)

static int removed(int result, const char *path)
{
    if (!result) record(UNLINK, 0, 0, path, NULL, NULL, 0);
    return result;
}

int unlink(const char *path)
{
    REAL(int, "unlink", const char *);
    if (!inside(path)) return real(path);
    LOCKED(int, removed(real(path), path));
}

static int renamed(int result, const char *from, const char *to)
{
    if (!result) record(RENAME, 0, 0, from, to, NULL, 0);
    return result;
}

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    if (!inside(from)) return real(from, to);
    LOCKED(int, renamed(real(from, to), from, to));
}
