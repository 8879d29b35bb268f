#include "CTLS.h"
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct millrace_tls_session {
    SSL *ssl;
    // What came from the socket, and what is to go there; both belong to `ssl`.
    BIO *incoming;
    BIO *outgoing;
};

// The first error is the one that the others followed from.
static void take_reason(char *reason) {
    unsigned long number = ERR_peek_error();
    const char *text = ERR_SYSTEM_ERROR(number) ? strerror(ERR_GET_REASON(number)) : ERR_reason_error_string(number);
    snprintf(reason, MILLRACE_TLS_REASON_SIZE, "%s", text == NULL ? "OpenSSL gave no reason" : text);
    ERR_clear_error();
}

// Without it OpenSSL asks at the terminal.
static int no_passphrase(char *buffer, int size, int writing, void *context) {
    (void)buffer, (void)size, (void)writing, (void)context;
    return 0;
}

static int use_files(SSL_CTX *context, const char *certificates, const char *key, const char *client_authorities) {
    if (SSL_CTX_use_certificate_chain_file(context, certificates) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(context) != 1) {
        return 0;
    }
    if (client_authorities == NULL) {
        return 1;
    }
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(client_authorities);
    if (names == NULL || SSL_CTX_load_verify_locations(context, client_authorities, NULL) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return 0;
    }
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return 1;
}

millrace_tls_server *millrace_tls_server_new(const char *certificates, const char *key, const char *client_authorities,
                                 char *reason) {
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL) {
        take_reason(reason);
        return NULL;
    }
    static const unsigned char name[] = "millrace";
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    // Sessions are resumed by those clients alone whose certificate was checked by this server.
    SSL_CTX_set_session_id_context(context, name, sizeof name - 1);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        !use_files(context, certificates, key, client_authorities)) {
        take_reason(reason);
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

void millrace_tls_server_free(millrace_tls_server *server) { SSL_CTX_free(server); }

millrace_tls_session *millrace_tls_session_new(millrace_tls_server *server) {
    millrace_tls_session *session = calloc(1, sizeof *session);
    SSL *ssl = SSL_new(server);
    BIO *incoming = BIO_new(BIO_s_mem());
    BIO *outgoing = BIO_new(BIO_s_mem());
    if (session == NULL || ssl == NULL || incoming == NULL || outgoing == NULL) {
        BIO_free(incoming);
        BIO_free(outgoing);
        SSL_free(ssl);
        free(session);
        return NULL;
    }
    SSL_set_bio(ssl, incoming, outgoing);
    SSL_set_accept_state(ssl);
    *session = (millrace_tls_session){.ssl = ssl, .incoming = incoming, .outgoing = outgoing};
    return session;
}

void millrace_tls_session_free(millrace_tls_session *session) {
    SSL_free(session->ssl);
    free(session);
}

int millrace_tls_receive(millrace_tls_session *session, const void *bytes, size_t count) {
    return count <= INT_MAX && BIO_write(session->incoming, bytes, (int)count) == (int)count;
}

static millrace_tls_progress progress(millrace_tls_session *session, int result, char *reason) {
    if (result == 1) {
        return MILLRACE_TLS_DONE;
    }
    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return MILLRACE_TLS_WANTS_MORE;
    case SSL_ERROR_ZERO_RETURN:
        return MILLRACE_TLS_ENDED;
    default:
        take_reason(reason);
        return MILLRACE_TLS_FAILED;
    }
}

millrace_tls_progress millrace_tls_handshake(millrace_tls_session *session, char *reason) {
    ERR_clear_error();
    return progress(session, SSL_do_handshake(session->ssl), reason);
}

millrace_tls_progress millrace_tls_read(millrace_tls_session *session, void *out, size_t capacity, size_t *count,
                                        char *reason) {
    ERR_clear_error();
    return progress(session, SSL_read_ex(session->ssl, out, capacity, count), reason);
}

millrace_tls_progress millrace_tls_write(millrace_tls_session *session, const void *bytes, size_t count,
                                         char *reason) {
    size_t written = 0;
    ERR_clear_error();
    // All of it or nothing: there is always room in memory.
    return progress(session, SSL_write_ex(session->ssl, bytes, count, &written), reason);
}

void millrace_tls_end(millrace_tls_session *session) {
    // Says close_notify; the client's is not waited for.
    SSL_shutdown(session->ssl);
    ERR_clear_error();
}

size_t millrace_tls_outgoing_count(const millrace_tls_session *session) {
    return BIO_ctrl_pending(session->outgoing);
}

size_t millrace_tls_take_outgoing(millrace_tls_session *session, void *out, size_t capacity) {
    int count = BIO_read(session->outgoing, out, capacity > INT_MAX ? INT_MAX : (int)capacity);
    return count > 0 ? (size_t)count : 0;
}

int millrace_tls_stretch_password(const char *password, const void *salt, size_t salt_count, int iteration_count,
                                  void *out, size_t digest_count) {
    const EVP_MD *digest = digest_count == 32 ? EVP_sha256() : EVP_sha512();
    return salt_count <= INT_MAX && (size_t)EVP_MD_get_size(digest) == digest_count &&
           PKCS5_PBKDF2_HMAC(password, -1, salt, (int)salt_count, iteration_count, digest, (int)digest_count, out) == 1;
}
