/* Counts the heap allocations of the process it is preloaded into, in the file that QM_ALLOCATIONS names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static _Atomic uint64_t before_start;
static _Atomic uint64_t *counter = &before_start;

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("QM_ALLOCATIONS");
    int file = path ? open(path, O_RDWR | O_CREAT, 0600) : -1;
    if (file < 0 || ftruncate(file, sizeof *counter) != 0) return;
    void *memory = mmap(NULL, sizeof *counter, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED) counter = memory;
}

static void count(void) { atomic_fetch_add_explicit(counter, 1, memory_order_relaxed); }

void *malloc(size_t bytes) { count(); return __libc_malloc(bytes); }
void *calloc(size_t number, size_t bytes) { count(); return __libc_calloc(number, bytes); }
void *realloc(void *memory, size_t bytes) { count(); return __libc_realloc(memory, bytes); }
void *memalign(size_t alignment, size_t bytes) { count(); return __libc_memalign(alignment, bytes); }
void *aligned_alloc(size_t alignment, size_t bytes) { count(); return __libc_memalign(alignment, bytes); }
int posix_memalign(void **result, size_t alignment, size_t bytes) {
    count();
    *result = __libc_memalign(alignment, bytes);
    return *result ? 0 : 12 /* ENOMEM */;
}
