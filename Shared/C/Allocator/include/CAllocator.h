#ifndef CALLOCATOR_H
#define CALLOCATOR_H

#include <stddef.h>

// Bytes that the C library's allocator has handed out and that have not been freed. It looks through all that is free to
// say so. 0 where the C library is another one than glibc.
size_t callocator_bytes_in_use(void);

// Gives whole pages that are free back to the system, from wherever they lie.
void callocator_trim(void);

#endif
