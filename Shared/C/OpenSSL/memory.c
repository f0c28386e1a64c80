#include "COpenSSL.h"

#include <malloc.h>
#include <stdlib.h>

// OpenSSL takes 40 bytes from the heap for every TLS record it writes or reads (WPACKET_SUB) and gives them back at the
// end of it. A gateway does that some hundred thousand times a second, so blocks of that size are kept at hand, a few
// for each thread: an ordinary record then costs no allocation at all. Everything else goes to the heap as ever.

#define RECORD_BLOCK_BYTES 40
#define KEPT_BLOCKS 16

static _Thread_local void *kept[KEPT_BLOCKS];
static _Thread_local int kept_count = 0;

static void *take(size_t bytes, const char *file, int line) {
    (void)file;
    (void)line;
    if (bytes == RECORD_BLOCK_BYTES && kept_count > 0) return kept[--kept_count];
    return malloc(bytes);
}

static void *resize(void *block, size_t bytes, const char *file, int line) {
    (void)file;
    (void)line;
    return realloc(block, bytes);
}

static void give_back(void *block, const char *file, int line) {
    (void)file;
    (void)line;
    if (block != NULL && kept_count < KEPT_BLOCKS && malloc_usable_size(block) == RECORD_BLOCK_BYTES) {
        kept[kept_count++] = block;
    } else {
        free(block);
    }
}

#if !defined(__SANITIZE_ADDRESS__) && !__has_feature(address_sanitizer)
// Before anything else of OpenSSL runs: afterwards it refuses.
__attribute__((constructor)) static void use_kept_blocks(void) { CRYPTO_set_mem_functions(take, resize, give_back); }
#endif
