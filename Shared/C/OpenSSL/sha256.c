#include "COpenSSL.h"

#include <pthread.h>

// EVP_sha256() looks its provider up at every use in OpenSSL 3; fetching it once and keeping one context a thread
// makes a hash of a small input several times cheaper. The fetched method is for the whole process and never freed.
static pthread_once_t sha256_once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256_method = NULL;
static pthread_key_t sha256_context_key;
static _Thread_local EVP_MD_CTX *sha256_context = NULL;

static void free_context(void *context) { EVP_MD_CTX_free(context); }

static void prepare_sha256(void) {
    if (pthread_key_create(&sha256_context_key, free_context) != 0) return;
    sha256_method = EVP_MD_fetch(NULL, "SHA256", NULL);
}

static EVP_MD_CTX *make_context(void) {
    pthread_once(&sha256_once, prepare_sha256);
    if (sha256_method == NULL) return NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL) return NULL;
    if (EVP_DigestInit_ex2(context, sha256_method, NULL) != 1 || pthread_setspecific(sha256_context_key, context) != 0) {
        EVP_MD_CTX_free(context);
        return NULL;
    }
    sha256_context = context;
    return context;
}

int qm_sha256(const void *bytes, size_t count, uint8_t *digest) {
    EVP_MD_CTX *context = sha256_context;
    if (context == NULL && (context = make_context()) == NULL) return 0;
    // No method named: the context keeps the one it has and only starts again.
    return EVP_DigestInit_ex2(context, NULL, NULL) == 1 && EVP_DigestUpdate(context, bytes, count) == 1 &&
           EVP_DigestFinal_ex(context, digest, NULL) == 1;
}
