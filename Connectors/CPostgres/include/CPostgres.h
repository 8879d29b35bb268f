#ifndef MILLRACE_CPOSTGRES_H
#define MILLRACE_CPOSTGRES_H
#include <postgresql/libpq-fe.h>
#include <stddef.h>
#include <stdint.h>

// Where an error came from, as the server's error fields say it. Every pointer lives as long as the result; NULL where
// the server sent none.
typedef struct millrace_pg_diagnosis {
    const char *severity;
    const char *sqlstate;
    const char *primary;
    const char *detail;
    const char *hint;
    const char *context;
    const char *schema;
    const char *table;
    const char *column;
    const char *constraint;
} millrace_pg_diagnosis;

// Reads the error fields of `result`.
void millrace_pg_diagnose(const PGresult *result, millrace_pg_diagnosis *out);

// Opens a connection with null-terminated keyword and value arrays; notices of the server are dropped, never printed.
PGconn *millrace_pg_connect(const char *const *keywords, const char *const *values);

// Sends the rows of a COPY in chunks that fit a protocol message. 0: sent, otherwise the connection failed.
int millrace_pg_put_copy(PGconn *connection, const uint8_t *bytes, size_t count);

// Names the calling thread for tools that list threads; at most 15 bytes.
void millrace_pg_name_thread(const char *name);

// What is wrong with a certificate.
typedef enum millrace_pg_certificate_flaw {
    MILLRACE_PG_CERTIFICATE_GOOD = 0,
    MILLRACE_PG_CERTIFICATE_EXPIRED,
    MILLRACE_PG_CERTIFICATE_NOT_YET_VALID,
    // No known authority has signed it.
    MILLRACE_PG_CERTIFICATE_UNTRUSTED,
    MILLRACE_PG_CERTIFICATE_OTHER,
} millrace_pg_certificate_flaw;

// A certificate that does not pass; texts end with a zero byte, and are empty where nothing is known.
typedef struct millrace_pg_certificate {
    millrace_pg_certificate_flaw flaw;
    // OpenSSL's words for the flaw.
    char reason[128];
    char subject[256];
    char issuer[256];
    char not_before[32];
    char not_after[32];
} millrace_pg_certificate;

// Looks at the certificate of a server as a client with this file of authorities would, and says what is wrong first; libpq says of all
// flaws the same. Sends no user name and no password. 0: looked at, otherwise the server or the file could not be asked.
int millrace_pg_examine_certificate(const char *address, const char *port, const char *authorities,
                                    int timeout_seconds, millrace_pg_certificate *out);

// One cell of a binary result: its bytes, or NULL for SQL NULL. `length` is 0 then.
static inline const uint8_t *millrace_pg_cell(const PGresult *result, int row, int column, int *length) {
    if (PQgetisnull(result, row, column)) {
        *length = 0;
        return NULL;
    }
    *length = PQgetlength(result, row, column);
    return (const uint8_t *)PQgetvalue(result, row, column);
}

#endif
