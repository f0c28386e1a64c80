// A disk that does not answer: preloaded into a service by tests.
//
// While the file named in QM_HUNGDISK exists, whoever syncs a file sleeps, and beside it lies FILE.asleep for the test to
// see.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void sleep_if_hung(void) {
    const char *path = getenv("QM_HUNGDISK");
    if (!path || access(path, F_OK) != 0) return;
    char asleep[PATH_MAX + 8];
    snprintf(asleep, sizeof asleep, "%s.asleep", path);
    close(open(asleep, O_WRONLY | O_CREAT, 0600));
    while (access(path, F_OK) == 0) usleep(5000);
}

static int (*real(const char *name))(int) {
    void *function = dlsym(RTLD_NEXT, name);
    if (!function) abort();
    return (int (*)(int))function;
}

int fsync(int descriptor) {
    sleep_if_hung();
    return real("fsync")(descriptor);
}

int fdatasync(int descriptor) {
    sleep_if_hung();
    return real("fdatasync")(descriptor);
}
