/* Records every write, truncation and fsync of the files under $IOLOG_UNDER into $IOLOG_TO, in the order they happened.
 *
 * Preloaded into a child process. While the file $IOLOG_FULL exists, writes to database files fail with ENOSPC.
 * A record is: u8 kind, u32 file, i64 offset, u32 length, then the bytes. Kinds: O open (name), W write, T truncate,
 * S fsync, U unlink. Shared-memory files (-shm) are left out: SQLite never needs them after a crash.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define MAX_FDS 4096
#define MAX_FILES 256

static int (*real_open)(const char *, int, ...);
static int (*real_close)(int), (*real_fsync)(int), (*real_fdatasync)(int);
static int (*real_ftruncate)(int, off64_t), (*real_unlink)(const char *);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);

static pthread_mutex_t order = PTHREAD_MUTEX_INITIALIZER;
static int log_fd = -1, files = 1;
static uint32_t file_of[MAX_FDS];
static char *names[MAX_FILES];
static const char *under, *full;

__attribute__((constructor)) static void start(void) {
    real_open = dlsym(RTLD_NEXT, "open64");
    real_close = dlsym(RTLD_NEXT, "close");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    real_ftruncate = dlsym(RTLD_NEXT, "ftruncate64");
    real_unlink = dlsym(RTLD_NEXT, "unlink");
    real_write = dlsym(RTLD_NEXT, "write");
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    under = getenv("IOLOG_UNDER");
    full = getenv("IOLOG_FULL");
    const char *to = getenv("IOLOG_TO");
    if (under && to) log_fd = real_open(to, O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
}

static int watched(const char *path) {
    return log_fd >= 0 && path && !strncmp(path, under, strlen(under)) && !strstr(path, "-shm") && !strstr(path, ".lock");
}

static uint32_t number(const char *path) {
    for (int i = 1; i < files; i++)
        if (!strcmp(names[i], path)) return i;
    if (files == MAX_FILES) abort();
    names[files] = strdup(path);
    return files++;
}

static void record(uint8_t kind, uint32_t file, int64_t offset, const void *bytes, uint32_t length) {
    struct __attribute__((packed)) { uint8_t kind; uint32_t file; int64_t offset; uint32_t length; }
    head = {kind, file, offset, length};
    struct iovec parts[2] = {{&head, sizeof head}, {(void *)bytes, length}};
    if (writev(log_fd, parts, bytes ? 2 : 1) != (ssize_t)(sizeof head + (bytes ? length : 0))) abort();
}

static uint32_t file_behind(int fd) { return fd >= 0 && fd < MAX_FDS ? file_of[fd] : 0; }

static int disk_is_full(uint32_t file) {
    if (!full || !strstr(names[file], ".db") || access(full, F_OK)) return 0;
    errno = ENOSPC;
    return 1;
}

static int opened(int fd, const char *path, int flags) {
    if (fd < 0 || fd >= MAX_FDS) return fd;
    pthread_mutex_lock(&order);
    file_of[fd] = watched(path) ? number(path) : 0;
    if (file_of[fd]) {
        record('O', file_of[fd], 0, path, strlen(path));
        if (flags & O_TRUNC) record('T', file_of[fd], 0, NULL, 0);
    }
    pthread_mutex_unlock(&order);
    return fd;
}

int open(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    return opened(real_open(path, flags, mode), path, flags);
}

int open64(const char *path, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    int mode = va_arg(rest, int);
    va_end(rest);
    return opened(real_open(path, flags, mode), path, flags);
}

int close(int fd) {
    if (fd >= 0 && fd < MAX_FDS) file_of[fd] = 0;
    return real_close(fd);
}

ssize_t write(int fd, const void *bytes, size_t length) {
    uint32_t file = file_behind(fd);
    if (!file) return real_write(fd, bytes, length);
    pthread_mutex_lock(&order);
    struct stat info;
    fstat(fd, &info);
    int64_t offset = fcntl(fd, F_GETFL) & O_APPEND ? info.st_size : lseek64(fd, 0, SEEK_CUR);
    ssize_t done = real_write(fd, bytes, length);
    if (done > 0) record('W', file, offset, bytes, done);
    pthread_mutex_unlock(&order);
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    uint32_t file = file_behind(fd);
    if (!file) return real_pwrite(fd, bytes, length, offset);
    if (disk_is_full(file)) return -1;
    pthread_mutex_lock(&order);
    ssize_t done = real_pwrite(fd, bytes, length, offset);
    if (done > 0) record('W', file, offset, bytes, done);
    pthread_mutex_unlock(&order);
    return done;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

int ftruncate64(int fd, off64_t length) {
    uint32_t file = file_behind(fd);
    if (!file) return real_ftruncate(fd, length);
    pthread_mutex_lock(&order);
    int failed = real_ftruncate(fd, length);
    if (!failed) record('T', file, length, NULL, 0);
    pthread_mutex_unlock(&order);
    return failed;
}

int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int synced(int fd, int failed) {
    uint32_t file = file_behind(fd);
    if (!file || failed) return failed;
    pthread_mutex_lock(&order);
    record('S', file, 0, NULL, 0);
    pthread_mutex_unlock(&order);
    return failed;
}

int fsync(int fd) { return synced(fd, real_fsync(fd)); }

int fdatasync(int fd) { return synced(fd, real_fdatasync(fd)); }

int unlink(const char *path) {
    pthread_mutex_lock(&order);
    int failed = real_unlink(path);
    if (!failed && watched(path)) record('U', number(path), 0, NULL, 0);
    pthread_mutex_unlock(&order);
    return failed;
}
