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

/// Empties this thread's error queue; costs next to nothing when it is empty already, as it nearly always is.
void qm_clear_errors(void);

/// How many bytes `qm_windows.spill` holds: room for a few alerts, not for a handshake.
enum { QM_SPILL_BYTES = 512 };

/// So many of the peer's messages that are counted by `key_updates` come in one go, each of which costs as much as ten
/// records: libssl is told then that there is no more, until whoever counts them has begun anew.
enum { QM_KEY_UPDATES_AT_ONCE = 16 };

/// The memory that an `SSL` may touch during one call: it reads ciphertext from `input` and writes ciphertext to
/// `output`, or to `spill` while `output` is NULL. Whoever calls libssl sets the two before and clears them after, so
/// that no borrowed pointer outlives the call. At the end of a window libssl is told to try again later.
///
/// `key_updates` counts the messages of the peer that TLS 1.3 has behind the handshake (RFC 8446, section 4.6): KeyUpdate,
/// and a server's NewSessionTicket. libssl deals with them in SSL_read and says nothing. `records` counts the records that
/// came.
typedef struct qm_windows {
    const uint8_t *input;
    size_t input_count;
    uint8_t *output;
    size_t output_capacity;
    size_t output_count;
    size_t spill_count;
    uint8_t spill[QM_SPILL_BYTES];
    uint32_t key_updates;
    uint32_t records;
} qm_windows;

/// Gives `ssl` a BIO over windows; they belong to the BIO, and the BIO to `ssl`. NULL when there is no memory.
qm_windows *qm_ssl_use_windows(SSL *ssl);

/// TLS 1.3 and nothing else, no tickets, no renegotiation, partial writes from moving buffers, and an error where a
/// peer ends the connection without saying so. 1 on success.
int qm_ctx_configure(SSL_CTX *context);

/// SSL_CTX_set_min_proto_version and SSL_CTX_set_max_proto_version. 1 on success.
int qm_ctx_set_versions(SSL_CTX *context, int lowest, int highest);

/// SSL_CTX_add1_chain_cert: takes a reference of its own. 1 on success.
int qm_ctx_add_chain(SSL_CTX *context, X509 *certificate);

/// SSL_set_tlsext_host_name. 1 on success.
int qm_ssl_set_server_name(SSL *ssl, const char *name);

/// X509_NAME_print_ex on one line as RFC 2253 has it; control characters and what is not ASCII are escaped.
int qm_name_print(BIO *bio, const X509_NAME *name);

/// A place for a pointer of ours in every `SSL`, the same for the whole process. Negative when there is no memory.
int qm_ssl_owner_index(void);

#endif
