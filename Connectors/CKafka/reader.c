#include "internal.h"

#include <stdlib.h>
#include <string.h>

struct ckafka_queue {
    ckafka_client *client;
    rd_kafka_queue_t *queue;
    void (*wake)(void *context);
    void *wake_context;
};

ckafka_batch *ckafka_batch_new(int32_t capacity) {
    ckafka_batch *batch = calloc(1, sizeof(*batch));
    size_t n = (size_t)capacity;
    batch->capacity = capacity;
    batch->values = calloc(n, sizeof(*batch->values));
    batch->value_lengths = calloc(n, sizeof(*batch->value_lengths));
    batch->keys = calloc(n, sizeof(*batch->keys));
    batch->key_lengths = calloc(n, sizeof(*batch->key_lengths));
    batch->offsets = calloc(n, sizeof(*batch->offsets));
    batch->timestamps = calloc(n, sizeof(*batch->timestamps));
    batch->timestamp_types = calloc(n, sizeof(*batch->timestamp_types));
    batch->messages = calloc(1, sizeof(*batch->messages));
    batch->messages->taken = calloc(n, sizeof(*batch->messages->taken));
    batch->messages->rows = calloc(n, sizeof(*batch->messages->rows));
    batch->messages->headers = calloc(n, sizeof(*batch->messages->headers));
    batch->messages->header_ends = calloc(n, sizeof(*batch->messages->header_ends));
    batch->next_offset = -1;
    batch->regressed_offset = -1;
    return batch;
}

void ckafka_batch_destroy(ckafka_batch *batch) {
    ckafka_batch_release(batch);
    free(batch->values);
    free(batch->value_lengths);
    free(batch->keys);
    free(batch->key_lengths);
    free(batch->offsets);
    free(batch->timestamps);
    free(batch->timestamp_types);
    free(batch->messages->taken);
    free(batch->messages->rows);
    free(batch->messages->given);
    free(batch->messages->headers);
    free(batch->messages->header_ends);
    free(batch->messages);
    free(batch);
}

void ckafka_batch_release(ckafka_batch *batch) {
    struct ckafka_batch_messages *messages = batch->messages;
    for (int32_t i = 0; i < messages->count; i++) rd_kafka_message_destroy(messages->taken[i]);
    messages->count = 0;
    batch->count = 0;
    batch->bytes = 0;
    batch->next_offset = -1;
    batch->at_end = false;
    batch->error = 0;
    batch->error_text = NULL;
    batch->regressed_offset = -1;
}

bool ckafka_batch_put(ckafka_batch *batch, int64_t offset, const ckafka_message *message) {
    struct ckafka_batch_messages *messages = batch->messages;
    if (batch->count == batch->capacity) return false;
    if (!messages->given) messages->given = calloc((size_t)batch->capacity, sizeof(*messages->given));
    int32_t row = batch->count++;
    messages->rows[row] = CKAFKA_ROW_GIVEN;
    messages->given[row] = message;
    batch->values[row] = message->value;
    batch->value_lengths[row] = (uint32_t)message->value_length;
    batch->keys[row] = message->key;
    batch->key_lengths[row] = (uint32_t)message->key_length;
    batch->offsets[row] = offset;
    batch->timestamps[row] = message->timestamp;
    batch->timestamp_types[row] = RD_KAFKA_TIMESTAMP_CREATE_TIME;
    batch->bytes += (int64_t)(message->value_length + message->key_length);
    batch->next_offset = offset + 1;
    return true;
}

static bool given_header(const ckafka_message *message, int32_t header, const char **name, const uint8_t **value,
                         size_t *length) {
    if ((size_t)header >= message->header_count) return false;
    *name = message->header_names[header];
    int64_t given = message->header_lengths[header];
    *value = given < 0 ? NULL : message->header_values[header];
    *length = given < 0 ? 0 : (size_t)given;
    return true;
}

bool ckafka_batch_header(const ckafka_batch *batch, int32_t index, ckafka_header_cursor *cursor, const char **name,
                         size_t *name_length, const uint8_t **value, size_t *length) {
    const struct ckafka_batch_messages *messages = batch->messages;
    int32_t row = messages->rows[index];
    if (row == CKAFKA_ROW_OF_LOG) {
        return ckafka_log_header(messages->headers[index], messages->header_ends[index], cursor, name, name_length,
                                 value, length);
    }
    rd_kafka_headers_t *headers = NULL;
    bool found = row == CKAFKA_ROW_GIVEN
                     ? given_header(messages->given[index], (int32_t)cursor->passed, name, value, length)
                     : !rd_kafka_message_headers(messages->taken[row], &headers) &&
                           !rd_kafka_header_get_all(headers, (size_t)cursor->passed, name, (const void **)value, length);
    if (!found) return false;
    *name_length = strlen(*name);
    cursor->passed++;
    return true;
}

static uint64_t mix(uint64_t digest, const uint8_t *bytes, size_t length) {
    for (size_t i = 0; i < length; i++) digest = (digest ^ bytes[i]) * 0x100000001b3u;
    return digest;
}

uint64_t ckafka_batch_digest(const ckafka_batch *batch, int32_t index) {
    // The key's length tells `ab` with the value `c` from `a` with the value `bc`.
    uint64_t digest = 0xcbf29ce484222325u ^ batch->key_lengths[index];
    digest = mix(digest, batch->keys[index], batch->keys[index] ? batch->key_lengths[index] : 0);
    return mix(digest, batch->values[index], batch->values[index] ? batch->value_lengths[index] : 0);
}

// MARK: queue

static void on_event(rd_kafka_t *handle, void *opaque) {
    (void)handle;
    ckafka_queue *queue = opaque;
    queue->wake(queue->wake_context);
}

ckafka_queue *ckafka_queue_new(ckafka_client *reader, const char *topic, int32_t partition,
                               void (*wake)(void *context), void *wake_context) {
    rd_kafka_queue_t *handle = rd_kafka_queue_get_partition(reader->handle, topic, partition);
    if (!handle) return NULL;
    rd_kafka_queue_forward(handle, NULL);
    ckafka_queue *queue = calloc(1, sizeof(*queue));
    queue->client = reader;
    queue->queue = handle;
    queue->wake = wake;
    queue->wake_context = wake_context;
    if (wake) rd_kafka_queue_cb_event_enable(handle, on_event, queue);
    return queue;
}

void ckafka_queue_destroy(ckafka_queue *queue) {
    rd_kafka_queue_cb_event_enable(queue->queue, NULL, NULL);
    rd_kafka_queue_destroy(queue->queue);
    free(queue);
}

// Appends a message to the arrays; false when its offset is not after `expected`.
static bool append(ckafka_batch *batch, int32_t taken, int64_t expected) {
    const rd_kafka_message_t *message = batch->messages->taken[taken];
    if (message->offset < expected) {
        batch->regressed_offset = message->offset;
        return false;
    }
    int32_t row = batch->count++;
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    batch->messages->rows[row] = taken;
    batch->values[row] = message->payload;
    batch->value_lengths[row] = (uint32_t)message->len;
    batch->keys[row] = message->key;
    batch->key_lengths[row] = (uint32_t)message->key_len;
    batch->offsets[row] = message->offset;
    batch->timestamps[row] = rd_kafka_message_timestamp(message, &type);
    batch->timestamp_types[row] = (uint8_t)type;
    batch->bytes += (int64_t)(message->len + message->key_len);
    return true;
}

int32_t ckafka_queue_read(ckafka_queue *queue, int64_t minimum_offset, int32_t limit, ckafka_batch *batch) {
    ckafka_batch_release(batch);
    struct ckafka_batch_messages *messages = batch->messages;
    size_t most = (size_t)(limit < batch->capacity ? limit : batch->capacity);
    ssize_t taken = rd_kafka_consume_batch_queue(queue->queue, 0, messages->taken, most);
    messages->count = taken > 0 ? (int32_t)taken : 0;
    if (taken > 0) atomic_fetch_add_explicit(&queue->client->reads, 1, memory_order_relaxed);
    int64_t expected = minimum_offset;
    for (int32_t i = 0; i < messages->count; i++) {
        const rd_kafka_message_t *message = messages->taken[i];
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (!append(batch, i, expected)) break;
            expected = message->offset + 1;
            batch->next_offset = expected;
            batch->at_end = false;
        } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            if (message->offset > expected) expected = message->offset;
            batch->next_offset = expected;
            batch->at_end = true;
        } else if (!batch->error) {
            // What was taken behind it must not get lost when the error turns out to be one to go on after.
            batch->error = message->err;
            batch->error_text = rd_kafka_message_errstr(message);
        }
    }
    return messages->count;
}

bool ckafka_client_assign_more(ckafka_client *reader, ckafka_positions positions, ckafka_failure *failure) {
    rd_kafka_topic_partition_list_t *list = ckafka_list(positions);
    rd_kafka_error_t *error = rd_kafka_incremental_assign(reader->handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    return ckafka_take_error(failure, error);
}

// MARK: group

bool ckafka_member_join(ckafka_client *member, const char *const *topics, size_t count,
                        void (*changed)(void *context, bool assigned, bool lost, int32_t partitions), void *context,
                        ckafka_failure *failure) {
    member->changed = changed;
    member->changed_context = context;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
    for (size_t i = 0; i < count; i++) rd_kafka_topic_partition_list_add(list, topics[i], RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(member->handle, list);
    rd_kafka_topic_partition_list_destroy(list);
    return ckafka_take_code(failure, code, "subscribe");
}
