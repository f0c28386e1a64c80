#ifndef CBACKTRACE_H
#define CBACKTRACE_H

// What is linked with this library leaves a line and a stack on standard error when a fatal trap ends it. See
// backtrace.c.

// To be called once, early: a program that was sent a fatal signal from outside (kill -ABRT), or that aborts, ends by it
// when its stack has been written, as it ends by a trap.
void qm_end_after_backtrace(void);

#endif
