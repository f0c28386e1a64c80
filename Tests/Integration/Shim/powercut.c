// What a power cut leaves of a database: preloaded into a service by the durability tests.
//
// Beside every file of the database named in QM_POWERCUT_DATABASE (the file itself, its -wal and its -journal) lies a
// shadow, FILE.durable, which gets what was written to the file only when the process syncs it. Killing the process and
// putting the shadows in the place of the files is a machine that lost its power: what was written and not synced is
// gone. The process itself sees its own writes as ever, and -shm, which SQLite maps and rebuilds, is left alone.
//
// QM_POWERCUT_SYNC_MICROSECONDS has each sync of such a file take so much longer, as most disks do: a process that is
// killed at random is then more often one that has written and not synced.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTORS 4096
#define FILES 3
#define REAL(name) ((__typeof__(&name))real(#name))

// One of the database's files, whichever descriptors it is open under: a sync of one is a sync of all.
struct shadowed {
    char path[PATH_MAX];
    off_t from, until;  // what was written since the last sync
};

static struct shadowed files[FILES];
static struct shadowed *file_of[DESCRIPTORS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *real(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

static int is_shadowed(const char *path) {
    const char *database = getenv("QM_POWERCUT_DATABASE");
    if (!database || strncmp(path, database, strlen(database)) != 0) return 0;
    const char *end = path + strlen(database);
    return *end == 0 || strcmp(end, "-wal") == 0 || strcmp(end, "-journal") == 0;
}

static void shadow_path(char *to, const char *path) {
    snprintf(to, PATH_MAX + 8, "%s.durable", path);
}

static int opened(int descriptor, const char *path) {
    if (descriptor < 0 || !is_shadowed(path)) return descriptor;
    if (descriptor >= DESCRIPTORS) abort();
    pthread_mutex_lock(&lock);
    int index = 0;
    while (files[index].path[0] && strcmp(files[index].path, path) != 0) index++;
    if (!files[index].path[0]) {
        // An earlier process may have written what it did not sync: the next sync takes that along.
        struct stat status;
        if (fstat(descriptor, &status) != 0) abort();
        files[index].until = status.st_size;
    }
    snprintf(files[index].path, PATH_MAX, "%s", path);
    file_of[descriptor] = &files[index];
    pthread_mutex_unlock(&lock);
    return descriptor;
}

static int open_any(const char *name, const char *path, int flags, mode_t mode) {
    int (*function)(const char *, int, ...) = real(name);
    return opened(function(path, flags, mode), path);
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    return open_any("open", path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = va_arg(arguments, mode_t);
    va_end(arguments);
    return open_any("open64", path, flags, mode);
}

// The database's file that is open under a descriptor; null for any other. Under the lock.
static struct shadowed *shadowed(int descriptor) {
    return descriptor >= 0 && descriptor < DESCRIPTORS ? file_of[descriptor] : NULL;
}

int close(int descriptor) {
    pthread_mutex_lock(&lock);
    if (shadowed(descriptor)) file_of[descriptor] = NULL;
    pthread_mutex_unlock(&lock);
    return REAL(close)(descriptor);
}

static ssize_t written(int descriptor, ssize_t count, off_t offset) {
    if (count <= 0) return count;
    pthread_mutex_lock(&lock);
    struct shadowed *file = shadowed(descriptor);
    if (file) {
        int clean = file->from == file->until;
        if (clean || offset < file->from) file->from = offset;
        if (clean || offset + count > file->until) file->until = offset + count;
    }
    pthread_mutex_unlock(&lock);
    return count;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return written(descriptor, REAL(pwrite)(descriptor, bytes, count, offset), offset);
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t count, off64_t offset) {
    return written(descriptor, REAL(pwrite64)(descriptor, bytes, count, offset), offset);
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    ssize_t result = REAL(write)(descriptor, bytes, count);
    off_t end = result > 0 && shadowed(descriptor) ? lseek(descriptor, 0, SEEK_CUR) : result;
    return written(descriptor, result, end - result);
}

// Brings the shadow up to what is in the file now. Under the lock.
static int make_durable(int descriptor, struct shadowed *file) {
    char path[PATH_MAX + 8];
    char bytes[65536];
    struct stat status;
    shadow_path(path, file->path);
    int (*plain_open)(const char *, int, ...) = real("open");
    int shadow = plain_open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (shadow < 0 || fstat(descriptor, &status) != 0) return -1;
    for (off_t at = file->from; at < file->until;) {
        size_t wanted = sizeof bytes;
        if ((off_t)wanted > file->until - at) wanted = file->until - at;
        ssize_t count = pread(descriptor, bytes, wanted, at);
        if (count <= 0) break;  // cut off since
        if (REAL(pwrite)(shadow, bytes, count, at) != count) abort();
        at += count;
    }
    if (ftruncate(shadow, status.st_size) != 0) abort();
    file->from = file->until = 0;
    return REAL(close)(shadow);
}

static int synced(int descriptor) {
    int result = 0;
    pthread_mutex_lock(&lock);
    struct shadowed *file = shadowed(descriptor);
    if (file) result = make_durable(descriptor, file);
    pthread_mutex_unlock(&lock);
    return result;
}

static void slowly(int descriptor) {
    const char *pause = getenv("QM_POWERCUT_SYNC_MICROSECONDS");
    pthread_mutex_lock(&lock);
    int is_slow = pause && shadowed(descriptor);
    pthread_mutex_unlock(&lock);
    if (is_slow) usleep(strtoul(pause, NULL, 10));
}

int fsync(int descriptor) {
    slowly(descriptor);
    int result = REAL(fsync)(descriptor);
    return result == 0 ? synced(descriptor) : result;
}

int fdatasync(int descriptor) {
    slowly(descriptor);
    int result = REAL(fdatasync)(descriptor);
    return result == 0 ? synced(descriptor) : result;
}

// A file that is removed stays so: SQLite removes only what it no longer needs.
int unlink(const char *path) {
    if (is_shadowed(path)) {
        char shadow[PATH_MAX + 8];
        shadow_path(shadow, path);
        REAL(unlink)(shadow);
    }
    return REAL(unlink)(path);
}
