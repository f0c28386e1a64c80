// A machine whose clock is wrong: preloaded into a service by tests.
//
// CLOCK_REALTIME is ahead by as many seconds as the file named in QM_WRONGCLOCK says; without that file it is right.
// CLOCK_BOOTTIME and CLOCK_MONOTONIC are left alone, as they are when somebody sets a clock.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static long seconds_ahead(void) {
    const char *path = getenv("QM_WRONGCLOCK");
    if (!path) return 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    char text[32] = {0};
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    return count > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    if (!real) abort();
    int result = real(clock, time);
    if (result == 0 && clock == CLOCK_REALTIME) time->tv_sec += seconds_ahead();
    return result;
}
