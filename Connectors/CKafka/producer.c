#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct ckafka_topic {
    ckafka_client *client;
    rd_kafka_topic_t *handle;
    int32_t capacity;
    rd_kafka_message_t *messages; // staged rows, those of one partition side by side
    int32_t *partition_of_row;
    int32_t *starts; // partition p has messages[starts[p] ..< starts[p + 1]]
    int32_t partitions;
    int32_t partition_capacity;
    int32_t sent; // messages[0 ..< sent] are accepted
    int32_t staged;
};

ckafka_topic *ckafka_topic_new(ckafka_client *producer, const char *name, int32_t capacity) {
    rd_kafka_topic_t *handle = rd_kafka_topic_new(producer->handle, name, NULL);
    if (!handle) return NULL;
    ckafka_topic *topic = calloc(1, sizeof(*topic));
    topic->client = producer;
    topic->handle = handle;
    topic->capacity = capacity;
    topic->messages = calloc((size_t)capacity, sizeof(*topic->messages));
    topic->partition_of_row = calloc((size_t)capacity, sizeof(*topic->partition_of_row));
    return topic;
}

void ckafka_topic_destroy(ckafka_topic *topic) {
    rd_kafka_topic_destroy(topic->handle);
    free(topic->messages);
    free(topic->partition_of_row);
    free(topic->starts);
    free(topic);
}

static void make_room(ckafka_topic *topic, int32_t partitions) {
    if (partitions + 1 > topic->partition_capacity) {
        topic->partition_capacity = partitions + 1;
        topic->starts = realloc(topic->starts, (size_t)topic->partition_capacity * sizeof(*topic->starts));
    }
    topic->partitions = partitions;
    memset(topic->starts, 0, ((size_t)partitions + 1) * sizeof(*topic->starts));
}

// Bytes of row `row` in a block; NULL when there are none.
static const uint8_t *bytes_of(const uint8_t *base, const ptrdiff_t *ends, int32_t row, size_t *length) {
    ptrdiff_t start = row > 0 ? ends[row - 1] : 0;
    *length = (size_t)(ends[row] - start);
    return *length ? base + start : NULL;
}

int32_t ckafka_librdkafka_partition(const ckafka_topic *topic, const uint8_t *key, size_t length, int32_t partitions) {
    return rd_kafka_msg_partitioner_murmur2(topic->handle, key, length, partitions, NULL, NULL);
}

static int32_t partition_of(const ckafka_topic *topic, const ckafka_rows *rows, int32_t row) {
    switch (rows->partitioner) {
    case CKAFKA_PARTITION_KEYED: {
        size_t length = 0;
        const uint8_t *key = rows->keys ? bytes_of(rows->keys, rows->key_ends, row, &length) : NULL;
        if (!key) return rows->sticky_partition;
        return rd_kafka_msg_partitioner_murmur2(topic->handle, key, length, rows->partition_count, NULL, NULL);
    }
    case CKAFKA_PARTITION_ROUND_ROBIN:
        return (int32_t)(((int64_t)rows->sticky_partition + row) % rows->partition_count);
    case CKAFKA_PARTITION_FIXED:
        break;
    }
    return rows->sticky_partition;
}

void ckafka_topic_stage(ckafka_topic *topic, ckafka_rows rows) {
    make_room(topic, rows.partition_count);
    for (int32_t row = 0; row < rows.count; row++) {
        int32_t partition = partition_of(topic, &rows, row);
        topic->partition_of_row[row] = partition;
        topic->starts[partition]++;
    }
    int32_t start = 0;
    for (int32_t p = 0; p <= rows.partition_count; p++) {
        int32_t count = p < rows.partition_count ? topic->starts[p] : 0;
        topic->starts[p] = start;
        start += count;
    }
    // A stable counting sort keeps the rows of a partition in their order; starts[p] ends as the end of p.
    for (int32_t row = 0; row < rows.count; row++) {
        int32_t partition = topic->partition_of_row[row];
        rd_kafka_message_t *message = &topic->messages[topic->starts[partition]++];
        message->partition = partition;
        message->err = RD_KAFKA_RESP_ERR_NO_ERROR;
        message->_private = NULL;
        message->payload = (void *)bytes_of(rows.values, rows.value_ends, row, &message->len);
        message->key_len = 0;
        message->key = rows.keys ? (void *)bytes_of(rows.keys, rows.key_ends, row, &message->key_len) : NULL;
    }
    topic->sent = 0;
    topic->staged = rows.count;
}

// Reports why the row at `sent` was refused; the rows after it in its run must not overtake it.
static void refuse(ckafka_topic *topic, rd_kafka_resp_err_t code, ckafka_failure *failure) {
    char text[512];
    rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(topic->client->handle, text, sizeof(text));
    if (fatal != RD_KAFKA_RESP_ERR_NO_ERROR) {
        ckafka_fail(failure, fatal, text);
        failure->fatal = true;
        return;
    }
    ckafka_take_code(failure, code, rd_kafka_topic_name(topic->handle));
    // The transaction takes no more rows: one of it was not delivered, or the cluster has given it up.
    if (code == RD_KAFKA_RESP_ERR__STATE) failure->requires_abort = true;
}

int32_t ckafka_topic_send(ckafka_topic *topic, ckafka_failure *failure) {
    while (topic->sent < topic->staged) {
        rd_kafka_message_t *first = &topic->messages[topic->sent];
        int32_t run = topic->starts[first->partition] - topic->sent;
        rd_kafka_produce_batch(topic->handle, first->partition, RD_KAFKA_MSG_F_COPY, first, run);
        int32_t accepted = 0;
        while (accepted < run && first[accepted].err == RD_KAFKA_RESP_ERR_NO_ERROR) accepted++;
        topic->sent += accepted;
        if (accepted < run) {
            if (first[accepted].err != RD_KAFKA_RESP_ERR__QUEUE_FULL) refuse(topic, first[accepted].err, failure);
            break;
        }
    }
    return topic->staged - topic->sent;
}

bool ckafka_topic_send_one(ckafka_topic *topic, const ckafka_message *message, ckafka_failure *failure) {
    rd_kafka_headers_t *headers = NULL;
    if (message->header_count > 0) {
        headers = rd_kafka_headers_new(message->header_count);
        for (size_t i = 0; i < message->header_count; i++) {
            int64_t length = message->header_lengths[i];
            rd_kafka_header_add(headers, message->header_names[i], -1, length < 0 ? NULL : message->header_values[i],
                                length < 0 ? 0 : (ssize_t)length);
        }
    }
    rd_kafka_resp_err_t code = rd_kafka_producev(
        topic->client->handle, RD_KAFKA_V_RKT(topic->handle), RD_KAFKA_V_PARTITION(message->partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_VALUE((void *)message->value, message->value_length),
        RD_KAFKA_V_KEY((void *)message->key, message->key_length), RD_KAFKA_V_TIMESTAMP(message->timestamp),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    // Accepted headers belong to librdkafka.
    if (code && headers) rd_kafka_headers_destroy(headers);
    if (code == RD_KAFKA_RESP_ERR__FATAL || code == RD_KAFKA_RESP_ERR__STATE) {
        refuse(topic, code, failure);
        return false;
    }
    return ckafka_take_code(failure, code, rd_kafka_topic_name(topic->handle));
}

bool ckafka_client_flush(ckafka_client *producer, int32_t timeout_ms, ckafka_failure *failure) {
    return ckafka_take_code(failure, rd_kafka_flush(producer->handle, timeout_ms), "flush");
}

void ckafka_client_purge(ckafka_client *producer) {
    rd_kafka_purge(producer->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_poll(producer->handle, 0);
}

// MARK: transactions

bool ckafka_transactions_init(ckafka_client *producer, int32_t timeout_ms, ckafka_failure *failure) {
    return ckafka_take_error(failure, rd_kafka_init_transactions(producer->handle, timeout_ms));
}

bool ckafka_transaction_begin(ckafka_client *producer, ckafka_failure *failure) {
    return ckafka_take_error(failure, rd_kafka_begin_transaction(producer->handle));
}

bool ckafka_transaction_send_offsets(ckafka_client *producer, ckafka_client *member, ckafka_positions positions,
                                     int32_t timeout_ms, ckafka_failure *failure) {
    // Taken afresh for each commit: a stale generation must not pass, and one without a member would.
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(member->handle);
    if (!group) {
        ckafka_fail(failure, RD_KAFKA_RESP_ERR__STATE, "the consumer has no group");
        return false;
    }
    rd_kafka_topic_partition_list_t *list = ckafka_list(positions);
    rd_kafka_error_t *error = rd_kafka_send_offsets_to_transaction(producer->handle, list, group, timeout_ms);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_consumer_group_metadata_destroy(group);
    return ckafka_take_error(failure, error);
}

bool ckafka_transaction_commit(ckafka_client *producer, int32_t timeout_ms, ckafka_failure *failure) {
    return ckafka_take_error(failure, rd_kafka_commit_transaction(producer->handle, timeout_ms));
}

bool ckafka_transaction_abort(ckafka_client *producer, int32_t timeout_ms, ckafka_failure *failure) {
    return ckafka_take_error(failure, rd_kafka_abort_transaction(producer->handle, timeout_ms));
}
