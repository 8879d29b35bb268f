#ifndef MILLRACE_CKAFKA_INTERNAL_H
#define MILLRACE_CKAFKA_INTERNAL_H

#include "CKafka.h"

#include <stdatomic.h>

struct ckafka_client {
    rd_kafka_t *handle;
    ckafka_kind kind;
    ckafka_hooks hooks;
    rd_kafka_queue_t *queue; // the one that ckafka_client_poll serves
    void (*changed)(void *context, bool assigned, bool lost, int32_t partitions);
    void *changed_context;
    _Atomic int64_t failed_deliveries;
    _Atomic int64_t purged_deliveries;
    _Atomic int32_t first_failure;
    _Atomic int64_t end_txn_sent;
    _Atomic int64_t end_txn_failed;
    _Atomic int64_t disconnects;
    _Atomic int64_t reads;
};

// What stands for the place among the taken messages where a row is none of librdkafka's.
enum { CKAFKA_ROW_GIVEN = -1, CKAFKA_ROW_OF_LOG = -2 };

struct ckafka_batch_messages {
    int32_t count; // messages held, errors and ends included
    rd_kafka_message_t **taken;
    // taken[rows[i]] is message i of the arrays; negative where it is none of librdkafka's.
    int32_t *rows;
    // By message of the arrays; NULL until something is put.
    const ckafka_message **given;
    // By message of the arrays, where it was read from a log.
    const uint8_t **headers;
    const uint8_t **header_ends;
};

/// A header of a record of a log, as `ckafka_batch_header`.
bool ckafka_log_header(const uint8_t *headers, const uint8_t *end, ckafka_header_cursor *cursor, const char **name,
                       size_t *name_length, const uint8_t **value, size_t *length);
void ckafka_fail(ckafka_failure *failure, int32_t code, const char *text);
/// Takes over `error`; true when there was none.
bool ckafka_take_error(ckafka_failure *failure, rd_kafka_error_t *error);
/// A failure whose retriability follows from the code alone; true when there is none.
bool ckafka_take_code(ckafka_failure *failure, rd_kafka_resp_err_t code, const char *what);
rd_kafka_topic_partition_list_t *ckafka_list(ckafka_positions positions);

#endif
