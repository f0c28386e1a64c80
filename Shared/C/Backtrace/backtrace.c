#define _GNU_SOURCE
#include "CBacktrace.h"

#include <limits.h>
#include <signal.h>
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

// Swift's handler writes the stack, puts the default back and returns: the instruction that trapped does so again, and the
// program ends. Where no instruction trapped, since somebody sent the signal, it would go on; so it is sent once more.
static const int fatal[] = {SIGQUIT, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};
enum { fatal_count = sizeof fatal / sizeof *fatal };
static struct sigaction runtime_actions[fatal_count];

static void write_stack_and_end(int signal, siginfo_t *info, void *context) {
    for (int i = 0; i < fatal_count; i++) {
        if (fatal[i] == signal) runtime_actions[i].sa_sigaction(signal, info, context);
    }
    // By POSIX, codes up to 0 are those of kill, sigqueue and their like (siginfo.h, SI_USER). A terminal's SIGQUIT comes
    // from the kernel, and no instruction raises it.
    if (info->si_code > 0 && signal != SIGQUIT && signal != SIGABRT) return;
    struct sigaction ends = {.sa_handler = SIG_DFL};
    sigaction(signal, &ends, NULL);
    raise(signal);
}

void qm_end_after_backtrace(void) {
    for (int i = 0; i < fatal_count; i++) {
        struct sigaction *theirs = &runtime_actions[i];
        // Without swift-backtrace the default is in force, and ends the program by itself.
        if (sigaction(fatal[i], NULL, theirs) != 0 || !(theirs->sa_flags & SA_SIGINFO)) continue;
        struct sigaction ours = *theirs;
        ours.sa_sigaction = write_stack_and_end;
        sigaction(fatal[i], &ours, NULL);
    }
}
