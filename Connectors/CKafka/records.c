#include "internal.h"

#include <stdlib.h>
#include <string.h>

// Records of format 2, as they lie in a batch: a length, then attributes, the differences to the batch's timestamp and
// offset, key, value and headers, with variable-length zigzag integers throughout (KIP-98).

// MARK: reading

// A variable-length unsigned integer of at most `limit` bytes; NULL when there is none before `end`.
static const uint8_t *read_varint(const uint8_t *at, const uint8_t *end, int limit, uint64_t *value) {
    uint64_t result = 0;
    for (int i = 0; i < limit && at + i < end; i++) {
        result |= (uint64_t)(at[i] & 0x7f) << (7 * i);
        if (!(at[i] & 0x80)) {
            *value = result;
            return at + i + 1;
        }
    }
    return NULL;
}

static inline int64_t unzigzag(uint64_t value) { return (int64_t)(value >> 1) ^ -(int64_t)(value & 1); }

static inline const uint8_t *read_signed(const uint8_t *at, const uint8_t *end, int limit, int64_t *value) {
    if (at < end && !(*at & 0x80)) {
        *value = unzigzag(*at);
        return at + 1;
    }
    uint64_t raw = 0;
    at = read_varint(at, end, limit, &raw);
    *value = unzigzag(raw);
    return at;
}

// Bytes behind their length; -1 is a null. NULL when they are not all there.
static inline const uint8_t *read_bytes(const uint8_t *at, const uint8_t *end, const uint8_t **bytes,
                                        uint32_t *length) {
    int64_t count = 0;
    at = read_signed(at, end, 5, &count);
    if (!at || count < -1 || count > end - at) return NULL;
    *bytes = count < 0 ? NULL : at;
    *length = count < 0 ? 0 : (uint32_t)count;
    return count < 0 ? at : at + count;
}

bool ckafka_batch_take(ckafka_batch *batch, ckafka_run *run, int64_t minimum_offset, int32_t limit) {
    struct ckafka_batch_messages *messages = batch->messages;
    int32_t row = batch->count;
    const int32_t stop = limit < batch->capacity ? limit : batch->capacity;
    const uint8_t *at = run->next;
    while (run->left > 0 && row < stop) {
        int64_t size = 0, time = 0, offset = 0;
        const uint8_t *record = read_signed(at, run->end, 5, &size);
        // Attributes take a byte.
        if (!record || size < 1 || size > run->end - record) return false;
        const uint8_t *end = record + size;
        const uint8_t *part = read_signed(record + 1, end, 10, &time);
        if (part) part = read_signed(part, end, 5, &offset);
        if (part) part = read_bytes(part, end, &batch->keys[row], &batch->key_lengths[row]);
        if (part) part = read_bytes(part, end, &batch->values[row], &batch->value_lengths[row]);
        if (!part || offset < 0) return false;
        at = end;
        run->left--;
        offset += run->base_offset;
        if (offset < minimum_offset) continue;
        minimum_offset = offset + 1;
        messages->rows[row] = CKAFKA_ROW_OF_LOG;
        messages->headers[row] = part;
        messages->header_ends[row] = end;
        batch->offsets[row] = offset;
        batch->timestamps[row] = run->is_append_time ? run->maximum_timestamp
                                                     : (int64_t)((uint64_t)run->base_timestamp + (uint64_t)time);
        batch->timestamp_types[row] =
            run->is_append_time ? RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME : RD_KAFKA_TIMESTAMP_CREATE_TIME;
        batch->bytes += (int64_t)batch->key_lengths[row] + batch->value_lengths[row];
        batch->next_offset = minimum_offset;
        row++;
    }
    run->next = at;
    batch->count = row;
    batch->at_end = false;
    return true;
}

bool ckafka_log_header(const uint8_t *headers, const uint8_t *end, ckafka_header_cursor *cursor, const char **name,
                       size_t *name_length, const uint8_t **value, size_t *length) {
    int64_t count = 0;
    const uint8_t *at = read_signed(headers, end, 5, &count);
    if (!at || cursor->passed >= count) return false;
    if (cursor->next) at = cursor->next;
    const uint8_t *key = NULL, *bytes = NULL;
    uint32_t key_length = 0, bytes_length = 0;
    at = read_bytes(at, end, &key, &key_length);
    if (at) at = read_bytes(at, end, &bytes, &bytes_length);
    if (!at || !key) return false;
    cursor->next = at;
    cursor->passed++;
    *name = (const char *)key;
    *name_length = key_length;
    *value = bytes;
    *length = bytes_length;
    return true;
}

// MARK: writing

static inline uint64_t zigzag(int64_t value) { return ((uint64_t)value << 1) ^ (uint64_t)(value >> 63); }

static inline size_t varint_size(uint64_t value) {
    size_t size = 1;
    while (value >= 0x80) value >>= 7, size++;
    return size;
}

static inline uint8_t *write_varint(uint8_t *at, uint64_t value) {
    while (value >= 0x80) *at++ = (uint8_t)value | 0x80, value >>= 7;
    *at++ = (uint8_t)value;
    return at;
}

static inline uint8_t *write_bytes(uint8_t *at, const uint8_t *bytes, size_t length) {
    at = write_varint(at, zigzag(bytes ? (int64_t)length : -1));
    if (bytes) memcpy(at, bytes, length);
    return bytes ? at + length : at;
}

static inline size_t bytes_size(const uint8_t *bytes, size_t length) {
    return varint_size(zigzag(bytes ? (int64_t)length : -1)) + (bytes ? length : 0);
}

static size_t headers_size(const ckafka_message *message) {
    size_t size = varint_size(zigzag((int64_t)message->header_count));
    for (size_t i = 0; i < message->header_count; i++) {
        size_t name = strlen(message->header_names[i]);
        int64_t given = message->header_lengths[i];
        size += varint_size(zigzag((int64_t)name)) + name;
        size += bytes_size(given < 0 ? NULL : message->header_values[i], given < 0 ? 0 : (size_t)given);
    }
    return size;
}

static uint8_t *write_headers(uint8_t *at, const ckafka_message *message) {
    at = write_varint(at, zigzag((int64_t)message->header_count));
    for (size_t i = 0; i < message->header_count; i++) {
        int64_t given = message->header_lengths[i];
        at = write_bytes(at, (const uint8_t *)message->header_names[i], strlen(message->header_names[i]));
        at = write_bytes(at, given < 0 ? NULL : message->header_values[i], given < 0 ? 0 : (size_t)given);
    }
    return at;
}

size_t ckafka_record_write(uint8_t *at, size_t room, const ckafka_message *message, int64_t time_delta,
                           int32_t offset_delta) {
    size_t body = 1 + varint_size(zigzag(time_delta)) + varint_size(zigzag(offset_delta)) +
                  bytes_size(message->key, message->key_length) + bytes_size(message->value, message->value_length) +
                  headers_size(message);
    size_t size = varint_size(zigzag((int64_t)body)) + body;
    if (size > room) return 0;
    at = write_varint(at, zigzag((int64_t)body));
    *at++ = 0; // attributes, none in use
    at = write_varint(at, zigzag(time_delta));
    at = write_varint(at, zigzag(offset_delta));
    at = write_bytes(at, message->key, message->key_length);
    at = write_bytes(at, message->value, message->value_length);
    write_headers(at, message);
    return size;
}

static inline const uint8_t *slice(const uint8_t *base, const ptrdiff_t *ends, int32_t row, size_t *length) {
    ptrdiff_t start = row > 0 ? ends[row - 1] : 0;
    *length = (size_t)(ends[row] - start);
    return *length ? base + start : NULL;
}

static inline int32_t partition_of(const ckafka_rows *rows, int32_t row) {
    switch (rows->partitioner) {
    case CKAFKA_PARTITION_KEYED: {
        size_t length = 0;
        const uint8_t *key = rows->keys ? slice(rows->keys, rows->key_ends, row, &length) : NULL;
        if (!key) return rows->sticky_partition;
        return (int32_t)((ckafka_murmur2(key, length) & 0x7fffffff) % (uint32_t)rows->partition_count);
    }
    case CKAFKA_PARTITION_ROUND_ROBIN:
        return (int32_t)(((int64_t)rows->sticky_partition + row) % rows->partition_count);
    case CKAFKA_PARTITION_FIXED:
        break;
    }
    return rows->sticky_partition;
}

void ckafka_rows_layout(ckafka_rows rows, ckafka_layout layout) {
    memset(layout.starts, 0, ((size_t)rows.partition_count + 1) * sizeof(*layout.starts));
    for (int32_t row = 0; row < rows.count; row++) layout.starts[partition_of(&rows, row)]++;
    int32_t start = 0;
    for (int32_t p = 0; p < rows.partition_count; p++) {
        int32_t count = layout.starts[p];
        layout.starts[p] = start;
        start += count;
    }
    // A stable counting sort keeps the rows of a partition in their order; starts[p] ends as the end of p.
    for (int32_t row = 0; row < rows.count; row++) layout.order[layout.starts[partition_of(&rows, row)]++] = row;
    memmove(layout.starts + 1, layout.starts, (size_t)rows.partition_count * sizeof(*layout.starts));
    layout.starts[0] = 0;
}

int32_t ckafka_rows_write(ckafka_rows rows, const int32_t *order, int32_t count, ckafka_writing *writing) {
    uint8_t *at = writing->at;
    const uint64_t time = zigzag(writing->time_delta);
    const size_t time_size = varint_size(time);
    int32_t taken = 0;
    for (; taken < count; taken++) {
        size_t key_length = 0, value_length = 0;
        const uint8_t *value = slice(rows.values, rows.value_ends, order[taken], &value_length);
        const uint8_t *key = rows.keys ? slice(rows.keys, rows.key_ends, order[taken], &key_length) : NULL;
        const uint64_t offset = zigzag(writing->count);
        // Attributes and the number of headers take a byte each.
        const size_t body = 2 + time_size + varint_size(offset) + bytes_size(key, key_length) +
                            bytes_size(value, value_length);
        const uint64_t length = zigzag((int64_t)body);
        if (varint_size(length) + body > (size_t)(writing->end - at)) break;
        at = write_varint(at, length);
        *at++ = 0;
        at = write_varint(at, time);
        at = write_varint(at, offset);
        at = write_bytes(at, key, key_length);
        at = write_bytes(at, value, value_length);
        *at++ = 0;
        writing->count++;
    }
    writing->at = at;
    return taken;
}

uint32_t ckafka_murmur2(const uint8_t *bytes, size_t length) {
    const uint32_t mixer = 0x5bd1e995;
    uint32_t hash = 0x9747b28c ^ (uint32_t)length;
    for (; length >= 4; bytes += 4, length -= 4) {
        uint32_t word = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                        (uint32_t)bytes[3] << 24;
        word *= mixer;
        word ^= word >> 24;
        hash = hash * mixer ^ word * mixer;
    }
    for (size_t i = length; i > 0; i--) hash ^= (uint32_t)bytes[i - 1] << (8 * (i - 1));
    if (length) hash *= mixer;
    hash ^= hash >> 13;
    hash *= mixer;
    return hash ^ hash >> 15;
}
