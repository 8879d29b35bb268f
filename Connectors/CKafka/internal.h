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

void ckafka_fail(ckafka_failure *failure, int32_t code, const char *text);
/// Takes over `error`; true when there was none.
bool ckafka_take_error(ckafka_failure *failure, rd_kafka_error_t *error);
/// A failure whose retriability follows from the code alone; true when there is none.
bool ckafka_take_code(ckafka_failure *failure, rd_kafka_resp_err_t code, const char *what);
rd_kafka_topic_partition_list_t *ckafka_list(ckafka_positions positions);

#endif
