// A disk without room: preloaded into a database server by tests.
//
// While the file named in QM_FULLDISK holds a text, nothing is written to any file with that text in its path: ENOSPC,
// also where the file would not grow.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))real(#name))

static void *real(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return function;
}

static int is_full(int descriptor) {
    const char *name = getenv("QM_FULLDISK");
    int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return 0;
    char text[PATH_MAX] = "", link[32], path[PATH_MAX] = "";
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    return count > 0 && readlink(link, path, sizeof path - 1) > 0 && strstr(path, text) != NULL;
}

static ssize_t refused(void) {
    errno = ENOSPC;
    return -1;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    return is_full(descriptor) ? refused() : REAL(write)(descriptor, bytes, count);
}

ssize_t pwrite(int descriptor, const void *bytes, size_t count, off_t offset) {
    return is_full(descriptor) ? refused() : REAL(pwrite)(descriptor, bytes, count, offset);
}

ssize_t pwritev(int descriptor, const struct iovec *pieces, int count, off_t offset) {
    return is_full(descriptor) ? refused() : REAL(pwritev)(descriptor, pieces, count, offset);
}

int posix_fallocate(int descriptor, off_t offset, off_t count) {
    return is_full(descriptor) ? ENOSPC : REAL(posix_fallocate)(descriptor, offset, count);
}
