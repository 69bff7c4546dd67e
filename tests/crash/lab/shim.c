/* Records what an unmodified process does to files under one folder, in total order, and fails or kills on demand.
 *
 * Preloaded (LD_PRELOAD). CRASHLAB_ROOT is the folder, CRASHLAB_TRACE the file that takes the records; without a trace
 * only faults work. A record is the struct below, then path, second path and the bytes written. A write to the file
 * CRASHLAB_MARKS is recorded as a mark. Calls are serialised, so the order of records is the order of effects.
 * Not watched, because nothing here uses them: chmod, fallocate, renameat, writev, copy_file_range, writable mappings.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum operation { CREATE = 1, WRITE, SYNC, RESIZE, UNLINK, RENAME, MARK, FOLDER, MKDIR, LINK };
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
#include "faults.h"
static int trace = -1;
static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;

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

static int inside(const char *path)
{
    size_t length = root ? strlen(root) : 0;
    return length && path && !strncmp(path, root, length) && (path[length] == '/' || !path[length]);
}

/* The path of a name that may stand relative to an open folder. */
static const char *absolute(int folder, const char *path, char into[PATH_MAX])
{
    char link[32];
    if (path[0] == '/' || folder == AT_FDCWD) return path;
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, into, PATH_MAX - 1);
    if (length < 0) return path;
    snprintf(into + length, PATH_MAX - length, "/%s", path);
    return into;
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
    else if (created) record(CREATE, status.st_ino, status.st_mode & 07777, path, NULL, NULL, 0);
    if (flags & O_TRUNC && !created) record(RESIZE, status.st_ino, 0, NULL, NULL, NULL, 0);
    if (flags & (O_ACCMODE | O_CREAT)) finish(ON_CHANGE);
    return fd;
}

static int may_open(const char *path, int flags)
{
    int changes = flags & (O_ACCMODE | O_CREAT) && inside(path) && !(marks && !strcmp(path, marks));
    return !changes || !refused();
}

#define MODE_OF(mode) \
    mode_t mode = 0; \
    if (flags & (O_CREAT | __O_TMPFILE)) { va_list rest; va_start(rest, flags); mode = va_arg(rest, mode_t); va_end(rest); }

#define OPENING(call, path) \
    pthread_mutex_lock(&order); \
    int created = (flags & O_CREAT) && access(path, F_OK); \
    int fd = may_open(path, flags) ? opened(call, path, flags, created) : -1, kept = errno; \
    pthread_mutex_unlock(&order); \
    errno = kept; \
    return fd

#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        MODE_OF(mode) \
        REAL(int, #name, const char *, int, ...); \
        OPENING(real(path, flags, mode), path); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int folder, const char *path, int flags, ...) \
    { \
        MODE_OF(mode) \
        REAL(int, #name, int, const char *, int, ...); \
        char into[PATH_MAX]; \
        const char *whole = absolute(folder, path, into); \
        OPENING(real(folder, path, flags, mode), whole); \
    }
OPENAT(openat)
OPENAT(openat64)

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
    if (!watched[fd].marks && refused()) return -1;
    struct stat status;
    if (offset < 0) {
        int appends = syscall(SYS_fcntl, fd, F_GETFL) & O_APPEND;
        uint64_t at = appends && !fstat(fd, &status) ? status.st_size : lseek(fd, 0, SEEK_CUR);
        ssize_t written = syscall(SYS_write, fd, bytes, length);
        if (written > 0) record(watched[fd].marks ? MARK : WRITE, watched[fd].inode, at, NULL, NULL, bytes, written);
        if (!watched[fd].marks) finish(ON_WRITE), finish(ON_CHANGE);
        return written;
    }
    ssize_t written = syscall(SYS_pwrite64, fd, bytes, length, offset);
    if (written > 0) record(WRITE, watched[fd].inode, offset, NULL, NULL, bytes, written);
    finish(ON_WRITE);
    finish(ON_CHANGE);
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
    finish(ON_CHANGE);
    return result;
}

#define RESIZING(name, size_type) \
    int name(int fd, size_type size) \
    { \
        REAL(int, #name, int, size_type); \
        if (!is_watched(fd)) return real(fd, size); \
        LOCKED(int, refused() ? -1 : resized(fd, real(fd, size), size)); \
    }
RESIZING(ftruncate, off_t)
RESIZING(ftruncate64, off64_t)

static int named(int result, enum operation operation, const char *path, const char *second)
{
    struct stat status = { 0 };
    if (!result && operation == MKDIR) stat(path, &status);
    if (!result) record(operation, 0, status.st_mode & 07777, path, second, NULL, 0);
    finish(ON_CHANGE);
    return result;
}

#define NAMING(call, operation, path, second) \
    if (!inside(path)) return call; \
    LOCKED(int, refused() ? -1 : named(call, operation, path, second))

int unlink(const char *path)
{
    REAL(int, "unlink", const char *);
    NAMING(real(path), UNLINK, path, NULL);
}

int rmdir(const char *path)
{
    REAL(int, "rmdir", const char *);
    NAMING(real(path), UNLINK, path, NULL);
}

int unlinkat(int folder, const char *path, int flags)
{
    REAL(int, "unlinkat", int, const char *, int);
    char into[PATH_MAX];
    const char *whole = absolute(folder, path, into);
    NAMING(real(folder, path, flags), UNLINK, whole, NULL);
}

int mkdir(const char *path, mode_t mode)
{
    REAL(int, "mkdir", const char *, mode_t);
    NAMING(real(path, mode), MKDIR, path, NULL);
}

int rename(const char *from, const char *to)
{
    REAL(int, "rename", const char *, const char *);
    NAMING(real(from, to), RENAME, from, to);
}

int link(const char *from, const char *to)
{
    REAL(int, "link", const char *, const char *);
    NAMING(real(from, to), LINK, from, to);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags)
{
    REAL(int, "linkat", int, const char *, int, const char *, int);
    char into[PATH_MAX], into_second[PATH_MAX];
    const char *whole = absolute(from_folder, from, into), *second = absolute(to_folder, to, into_second);
    NAMING(real(from_folder, from, to_folder, to, flags), LINK, whole, second);
}
