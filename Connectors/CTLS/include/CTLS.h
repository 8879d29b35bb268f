#ifndef MILLRACE_CTLS_H
#define MILLRACE_CTLS_H

#include <stddef.h>

// MARK: a server's certificate, as a client sees it

// What is wrong with a certificate.
typedef enum millrace_tls_flaw {
    MILLRACE_TLS_GOOD = 0,
    MILLRACE_TLS_EXPIRED,
    MILLRACE_TLS_NOT_YET_VALID,
    // No known authority has signed it.
    MILLRACE_TLS_UNTRUSTED,
    // It is for another host.
    MILLRACE_TLS_OTHER_NAME,
    MILLRACE_TLS_OTHER,
} millrace_tls_flaw;

// What is sent before TLS begins.
typedef enum millrace_tls_prelude {
    MILLRACE_TLS_DIRECT = 0,
    // PostgreSQL's SSLRequest.
    MILLRACE_TLS_POSTGRES,
} millrace_tls_prelude;

// A certificate that does not pass; texts end with a zero byte, and are empty where nothing is known.
typedef struct millrace_tls_certificate {
    millrace_tls_flaw flaw;
    // OpenSSL's words for the flaw.
    char reason[128];
    char subject[256];
    char issuer[256];
    char not_before[32];
    char not_after[32];
} millrace_tls_certificate;

// Looks at the certificate of a server as a client with this file of authorities would, and says what is wrong first; client
// libraries say the same of all flaws. Sends no user name and no password. `host`: the name that it must be for, NULL for any.
// `authorities`: NULL for those of the system. 0: looked at, otherwise the server or the file could not be asked.
int millrace_tls_examine(const char *address, const char *port, const char *host, const char *authorities,
                         millrace_tls_prelude prelude, int timeout_seconds, millrace_tls_certificate *out);

// Sends bytes without TLS, and reads `answer_count` bytes. 0: they came in time.
int millrace_tls_ask_plainly(const char *address, const char *port, const void *question, size_t question_count,
                             void *answer, size_t answer_count, int timeout_seconds);

// MARK: the server's side of TLS, between bytes in memory; no call waits, and each handle is used by one thread at a time

// Texts in which OpenSSL says what was wrong; they end with a zero byte.
#define MILLRACE_TLS_REASON_SIZE 256

// What becomes of a step.
typedef enum millrace_tls_progress {
    MILLRACE_TLS_DONE = 0,
    // More bytes of the client are needed.
    MILLRACE_TLS_WANTS_MORE,
    // The client has said that nothing more comes.
    MILLRACE_TLS_ENDED,
    MILLRACE_TLS_FAILED,
} millrace_tls_progress;

// Certificate and key of a server; OpenSSL's SSL_CTX.
typedef struct ssl_ctx_st millrace_tls_server;
// One connection.
typedef struct millrace_tls_session millrace_tls_session;

// From PEM files: the certificate with those that it was signed by, its key, and, where clients must show a certificate, the
// authorities for it; NULL for no such demand. NULL, and a reason, when they cannot be used.
millrace_tls_server *millrace_tls_server_new(const char *certificates, const char *key, const char *client_authorities,
                                             char *reason);
void millrace_tls_server_free(millrace_tls_server *server);

// NULL when there is no memory. May outlive `server`.
millrace_tls_session *millrace_tls_session_new(millrace_tls_server *server);
void millrace_tls_session_free(millrace_tls_session *session);

// Takes in bytes that came from the socket; 1, or 0 when there is no memory.
int millrace_tls_receive(millrace_tls_session *session, const void *bytes, size_t count);
// Goes on with the handshake; to be done before anything is read or written.
millrace_tls_progress millrace_tls_handshake(millrace_tls_session *session, char *reason);
// The next bytes that the client has sent, up to `capacity`.
millrace_tls_progress millrace_tls_read(millrace_tls_session *session, void *out, size_t capacity, size_t *count,
                                        char *reason);
// Encrypts all bytes; `count` is not 0.
millrace_tls_progress millrace_tls_write(millrace_tls_session *session, const void *bytes, size_t count, char *reason);
// Tells the client that nothing more comes.
void millrace_tls_end(millrace_tls_session *session);
// Bytes that are to be sent to the socket, after any of the above, failures too.
size_t millrace_tls_outgoing_count(const millrace_tls_session *session);
size_t millrace_tls_take_outgoing(millrace_tls_session *session, void *out, size_t capacity);

// PBKDF2 (RFC 8018) with HMAC-SHA-256 (32 bytes come out) or HMAC-SHA-512 (64). 1, or 0 when it cannot be done.
int millrace_tls_stretch_password(const char *password, const void *salt, size_t salt_count, int iteration_count,
                                  void *out, size_t digest_count);

#endif
