#ifndef CBACKTRACE_H
#define CBACKTRACE_H

// Nothing to call: what is linked with this library leaves a line and a stack on standard error when a fatal trap ends
// it. See backtrace.c.

#endif
