#define _GNU_SOURCE
#include "CTLS.h"
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// Connects within the time; -1 where that fails.
static int open_socket(const char *address, const char *port, int timeout_seconds) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(address, port, &hints, &found) != 0) {
        return -1;
    }
    int descriptor = -1;
    struct timeval timeout = {.tv_sec = timeout_seconds};
    for (struct addrinfo *next = found; next != NULL && descriptor < 0; next = next->ai_next) {
        descriptor = socket(next->ai_family, next->ai_socktype | SOCK_CLOEXEC, next->ai_protocol);
        if (descriptor < 0) {
            continue;
        }
        // Holds for connect, too.
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
        if (connect(descriptor, next->ai_addr, next->ai_addrlen) != 0) {
            close(descriptor);
            descriptor = -1;
        }
    }
    freeaddrinfo(found);
    return descriptor;
}

// PostgreSQL's SSLRequest (manual, "Message Formats"); the server answers one byte.
static int ask_for_tls(int descriptor) {
    const unsigned char request[8] = {0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F};
    char answer = 0;
    return send(descriptor, request, sizeof request, MSG_NOSIGNAL) == sizeof request &&
           recv(descriptor, &answer, 1, 0) == 1 && answer == 'S';
}

static void copy_name(const X509_NAME *name, char *out, size_t size) {
    BIO *memory = BIO_new(BIO_s_mem());
    if (memory == NULL) {
        return;
    }
    X509_NAME_print_ex(memory, name, 0, XN_FLAG_RFC2253);
    int count = BIO_read(memory, out, (int)size - 1);
    out[count > 0 ? count : 0] = 0;
    BIO_free(memory);
}

static void copy_time(const ASN1_TIME *time, char *out, size_t size) {
    struct tm parts;
    if (ASN1_TIME_to_tm(time, &parts) == 1) {
        strftime(out, size, "%Y-%m-%d %H:%M:%S UTC", &parts);
    }
}

static millrace_tls_flaw flaw_of(int number) {
    switch (number) {
    case X509_V_OK:
        return MILLRACE_TLS_GOOD;
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return MILLRACE_TLS_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return MILLRACE_TLS_NOT_YET_VALID;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return MILLRACE_TLS_OTHER_NAME;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        return MILLRACE_TLS_UNTRUSTED;
    default:
        return MILLRACE_TLS_OTHER;
    }
}

// Notes the first flaw and lets the handshake go on.
static int note_flaw(int is_good, X509_STORE_CTX *context) {
    SSL *session = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
    millrace_tls_certificate *out = session == NULL ? NULL : SSL_get_app_data(session);
    if (is_good || out == NULL || out->flaw != MILLRACE_TLS_GOOD) {
        return 1;
    }
    int number = X509_STORE_CTX_get_error(context);
    out->flaw = flaw_of(number);
    strncpy(out->reason, X509_verify_cert_error_string(number), sizeof out->reason - 1);
    X509 *certificate = X509_STORE_CTX_get_current_cert(context);
    if (certificate != NULL) {
        copy_name(X509_get_subject_name(certificate), out->subject, sizeof out->subject);
        copy_name(X509_get_issuer_name(certificate), out->issuer, sizeof out->issuer);
        copy_time(X509_get0_notBefore(certificate), out->not_before, sizeof out->not_before);
        copy_time(X509_get0_notAfter(certificate), out->not_after, sizeof out->not_after);
    }
    return 1;
}

// The name that the certificate has to be for, as a host or as an address.
static int demand_name(SSL *session, const char *host) {
    if (host == NULL) {
        return 1;
    }
    SSL_set_tlsext_host_name(session, host);
    X509_VERIFY_PARAM *parameters = SSL_get0_param(session);
    return X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1 || X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1;
}

static int examine(int descriptor, const char *host, const char *authorities, millrace_tls_certificate *out) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL) {
        return 1;
    }
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, note_flaw);
    int result = 1;
    SSL *session = NULL;
    int has_authorities = authorities == NULL ? SSL_CTX_set_default_verify_paths(context)
                                              : SSL_CTX_load_verify_locations(context, authorities, NULL);
    if (has_authorities == 1 && (session = SSL_new(context)) != NULL) {
        SSL_set_app_data(session, out);
        // Whether the handshake comes to its end does not matter once the certificate has been looked at.
        int connected =
            demand_name(session, host) && SSL_set_fd(session, descriptor) == 1 && SSL_connect(session) == 1;
        result = connected || out->flaw != MILLRACE_TLS_GOOD ? 0 : 1;
        SSL_free(session);
    }
    SSL_CTX_free(context);
    ERR_clear_error();
    return result;
}

int millrace_tls_examine(const char *address, const char *port, const char *host, const char *authorities,
                         millrace_tls_prelude prelude, int timeout_seconds, millrace_tls_certificate *out) {
    memset(out, 0, sizeof *out);
    int descriptor = open_socket(address, port, timeout_seconds);
    if (descriptor < 0) {
        return 1;
    }
    // OpenSSL writes to the socket with write(2): a server that has gone would end the process.
    sigset_t pipe_only, before, pending;
    sigemptyset(&pipe_only);
    sigaddset(&pipe_only, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &pipe_only, &before);
    sigpending(&pending);
    int was_pending = sigismember(&pending, SIGPIPE);
    int is_ready = prelude == MILLRACE_TLS_DIRECT || ask_for_tls(descriptor);
    int result = is_ready ? examine(descriptor, host, authorities, out) : 1;
    if (!was_pending) {
        const struct timespec none = {0};
        sigtimedwait(&pipe_only, NULL, &none);
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(descriptor);
    return result;
}

int millrace_tls_ask_plainly(const char *address, const char *port, const void *question, size_t question_count,
                             void *answer, size_t answer_count, int timeout_seconds) {
    int descriptor = open_socket(address, port, timeout_seconds);
    if (descriptor < 0) {
        return 1;
    }
    int has_answer = send(descriptor, question, question_count, MSG_NOSIGNAL) == (ssize_t)question_count &&
                     recv(descriptor, answer, answer_count, MSG_WAITALL) == (ssize_t)answer_count;
    close(descriptor);
    return has_answer ? 0 : 1;
}
