#define _GNU_SOURCE
#include "CPostgres.h"
#include <pthread.h>

PGconn *millrace_pg_connect(const char *const *keywords, const char *const *values, PQnoticeReceiver receiver,
                            void *context) {
    PGconn *connection = PQconnectStartParams(keywords, values, 0);
    if (connection == NULL || PQstatus(connection) == CONNECTION_BAD) return connection;
    PQsetNoticeReceiver(connection, receiver, context);
    // Nothing has been said yet. Only libpq's own blocking connect tries every host within its time.
    PQreset(connection);
    return connection;
}

void millrace_pg_diagnose(const PGresult *result, millrace_pg_diagnosis *out) {
    out->severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    out->sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    out->primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    out->detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
    out->hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
    out->context = PQresultErrorField(result, PG_DIAG_CONTEXT);
    out->schema = PQresultErrorField(result, PG_DIAG_SCHEMA_NAME);
    out->table = PQresultErrorField(result, PG_DIAG_TABLE_NAME);
    out->column = PQresultErrorField(result, PG_DIAG_COLUMN_NAME);
    out->constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
}

int millrace_pg_put_copy(PGconn *connection, const uint8_t *bytes, size_t count) {
    // libpq copies each chunk once into its own buffer; 256 KiB keeps that copy in the second-level cache.
    const size_t chunk = 256 * 1024;
    while (count > 0) {
        size_t now = count < chunk ? count : chunk;
        if (PQputCopyData(connection, (const char *)bytes, (int)now) != 1) {
            return 1;
        }
        bytes += now;
        count -= now;
    }
    return 0;
}

void millrace_pg_name_thread(const char *name) {
    pthread_setname_np(pthread_self(), name);
}
