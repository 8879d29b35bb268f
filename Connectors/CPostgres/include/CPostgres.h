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

// Opens a connection with null-terminated keyword and value arrays. `receiver` takes the server's notices from the first on, those
// of connecting included, which libpq would print.
PGconn *millrace_pg_connect(const char *const *keywords, const char *const *values, PQnoticeReceiver receiver,
                            void *context);

// Sends the rows of a COPY in chunks that fit a protocol message. 0: sent, otherwise the connection failed.
int millrace_pg_put_copy(PGconn *connection, const uint8_t *bytes, size_t count);

// Names the calling thread for tools that list threads; at most 15 bytes.
void millrace_pg_name_thread(const char *name);

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
