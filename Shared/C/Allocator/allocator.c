#include "CAllocator.h"

// Any header of the C library says whether it is glibc.
#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>

size_t callocator_bytes_in_use(void) {
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

void callocator_trim(void) { malloc_trim(0); }
#else
size_t callocator_bytes_in_use(void) { return 0; }

void callocator_trim(void) {}
#endif
