#ifndef CSQLITE_H
#define CSQLITE_H

// Has SQLite not count what it allocates, under a lock that all its connections share. Whole processes; without effect once
// a database was opened. A shim, since Swift calls no function with a variable number of arguments.
void csqlite_count_no_memory(void);

#endif
