#define _GNU_SOURCE
#include "CBacktrace.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Swift's runtime writes a stack when a trap ends the program, if SWIFT_BACKTRACE says so when the runtime comes up, and
// if it finds the program swift-backtrace, which reads the stack from outside. Both are seen to here, so that nobody who
// starts a program has to: compose/build puts swift-backtrace beside the executables, and this constructor, whose
// priority puts it before the runtime's own, starts the program over with the variable set. It does not set the variable
// in place: setenv moves the environment, beside which the runtime looks for the arguments.
//
// Where the file is missing (a debug build, an executable that was copied alone) nothing happens: the runtime would
// complain at every start. A SWIFT_BACKTRACE that the operator has set stays as it is.
//
// The stack of the thread that trapped, without registers, which may hold what is nobody's business. Names of functions
// alone, without files and lines: to find those takes three times as long, and all that while the program neither works
// nor ends. Addresses and the place of the executable in memory say the rest (addr2line).
static const char settings[] =
    "SWIFT_BACKTRACE=enable=yes,interactive=no,color=no,threads=crashed,registers=none,images=mentioned,"
    "symbolicate=fast,timeout=10s,swift-backtrace=";

__attribute__((constructor(101))) static void enable_backtraces(int argc, char **argv, char **environment) {
    if (argc == 0 || getenv("SWIFT_BACKTRACE")) return;
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program);
    if (length <= 0 || length == sizeof program) return;
    program[length] = 0;
    char *slash = strrchr(program, '/');
    // A comma would end the path for the runtime.
    if (!slash || strchr(program, ',')) return;

    char variable[sizeof settings + PATH_MAX + sizeof "/swift-backtrace"];
    snprintf(variable, sizeof variable, "%s%.*s/swift-backtrace", settings, (int)(slash - program), program);
    if (access(variable + sizeof settings - 1, X_OK) != 0) return;

    size_t count = 0;
    while (environment[count]) count++;
    char **more = calloc(count + 2, sizeof *more);
    if (!more) return;
    memcpy(more, environment, count * sizeof *more);
    more[count] = variable;
    execve(program, argv, more);
    // The program cannot be started over, so it goes on without.
    free(more);
}
