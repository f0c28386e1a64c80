// libssl and libcrypto as Swift sees them. OpenSSL's macros do not cross into Swift; each that is needed has a
// function here whose name starts with `qm_`. Nothing else belongs in this target.
#ifndef COPENSSL_H
#define COPENSSL_H

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stddef.h>
#include <stdint.h>

/// SHA-256 of `count` bytes into `digest` (32 bytes), with this thread's reusable context. 1, or 0 when libcrypto is
/// out of memory. The context is freed when its thread ends.
int qm_sha256(const void *bytes, size_t count, uint8_t *digest);

#endif
