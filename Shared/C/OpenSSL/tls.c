#include "COpenSSL.h"

#include <pthread.h>
#include <string.h>

void qm_clear_errors(void) {
    if (ERR_peek_error() != 0) ERR_clear_error();
}

// A BIO over the caller's memory: no copy in between, no buffer of its own but the spill, no call back into Swift.

static int window_create(BIO *bio) {
    qm_windows *windows = OPENSSL_zalloc(sizeof *windows);
    if (windows == NULL) return 0;
    BIO_set_data(bio, windows);
    BIO_set_init(bio, 1);
    return 1;
}

static int window_destroy(BIO *bio) {
    OPENSSL_free(BIO_get_data(bio));
    BIO_set_data(bio, NULL);
    return 1;
}

static int window_read(BIO *bio, char *bytes, int count) {
    qm_windows *windows = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (count <= 0) return 0;
    if (windows->input_count == 0 || windows->key_updates >= QM_KEY_UPDATES_AT_ONCE) {
        BIO_set_retry_read(bio);
        return -1;
    }
    size_t taken = (size_t)count < windows->input_count ? (size_t)count : windows->input_count;
    memcpy(bytes, windows->input, taken);
    windows->input += taken;
    windows->input_count -= taken;
    return (int)taken;
}

static int window_write(BIO *bio, const char *bytes, int count) {
    qm_windows *windows = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (count <= 0) return 0;
    int spills = windows->output == NULL;
    size_t room = spills ? QM_SPILL_BYTES - windows->spill_count : windows->output_capacity - windows->output_count;
    if (room == 0) {
        BIO_set_retry_write(bio);
        return -1;
    }
    size_t taken = (size_t)count < room ? (size_t)count : room;
    if (spills) {
        memcpy(windows->spill + windows->spill_count, bytes, taken);
        windows->spill_count += taken;
    } else {
        memcpy(windows->output + windows->output_count, bytes, taken);
        windows->output_count += taken;
    }
    return (int)taken;
}

static long window_control(BIO *bio, int command, long number, void *pointer) {
    (void)number;
    (void)pointer;
    qm_windows *windows = BIO_get_data(bio);
    switch (command) {
    case BIO_CTRL_FLUSH: return 1;
    case BIO_CTRL_PENDING: return (long)windows->input_count;
    default: return 0;
    }
}

// Both are made once and kept for the life of the process.
static pthread_once_t process_once = PTHREAD_ONCE_INIT;
static BIO_METHOD *window_method = NULL;
static int owner_index = -1;

static void prepare_process(void) {
    owner_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "memory windows");
    if (method == NULL) return;
    if (BIO_meth_set_create(method, window_create) == 1 && BIO_meth_set_destroy(method, window_destroy) == 1 &&
        BIO_meth_set_read(method, window_read) == 1 && BIO_meth_set_write(method, window_write) == 1 &&
        BIO_meth_set_ctrl(method, window_control) == 1)
        window_method = method;
    else
        BIO_meth_free(method);
}

// Called for every record and every message, both ways: all but the few that count leave at once.
static void message_passed(
    int is_written, int version, int content_type, const void *bytes, size_t count, SSL *ssl, void *argument) {
    (void)version;
    (void)ssl;
    if (content_type == SSL3_RT_HEADER && !is_written) ((qm_windows *)argument)->records++;
    if (content_type != SSL3_RT_HANDSHAKE || is_written || count == 0) return;
    uint8_t kind = *(const uint8_t *)bytes;
    if (kind == SSL3_MT_KEY_UPDATE || kind == SSL3_MT_NEWSESSION_TICKET) ((qm_windows *)argument)->key_updates++;
}

qm_windows *qm_ssl_use_windows(SSL *ssl) {
    pthread_once(&process_once, prepare_process);
    if (window_method == NULL) return NULL;
    BIO *bio = BIO_new(window_method);
    if (bio == NULL) return NULL;
    // One BIO for both directions: `ssl` takes over the only reference.
    SSL_set_bio(ssl, bio, bio);
    qm_windows *windows = BIO_get_data(bio);
    SSL_set_msg_callback(ssl, message_passed);
    SSL_set_msg_callback_arg(ssl, windows);
    return windows;
}

int qm_ssl_owner_index(void) {
    pthread_once(&process_once, prepare_process);
    return owner_index;
}

int qm_ctx_configure(SSL_CTX *context) {
    // A resumed session would skip the peer's certificate: its end date, its authority, later its revocation. Our
    // connections live long, so a full handshake costs nothing that counts: no tickets and no session cache.
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // Never tolerated: a stranger could cut a stream short and make it look complete.
    SSL_CTX_clear_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_clear_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // Read ahead stays off: libssl takes whole records from a window, so that what it has not decrypted is known.
    SSL_CTX_set_read_ahead(context, 0);
    // AES-128 first: the cheapest with AES instructions, and no weaker here than the P-256 of the certificates.
    return SSL_CTX_set_num_tickets(context, 0) == 1 && qm_ctx_set_versions(context, TLS1_3_VERSION, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_ciphersuites(
               context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1;
}

int qm_ctx_set_versions(SSL_CTX *context, int lowest, int highest) {
    return SSL_CTX_set_min_proto_version(context, lowest) == 1 && SSL_CTX_set_max_proto_version(context, highest) == 1;
}

int qm_ctx_add_chain(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

int qm_ssl_set_server_name(SSL *ssl, const char *name) { return SSL_set_tlsext_host_name(ssl, name) == 1; }

int qm_name_print(BIO *bio, const X509_NAME *name) { return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253); }
