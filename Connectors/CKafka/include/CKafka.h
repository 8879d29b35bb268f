#ifndef MILLRACE_CKAFKA_H
#define MILLRACE_CKAFKA_H

// A thin, batched layer over librdkafka (2.0.2 or later): one call per batch, errors as codes, nothing that
// belongs to a row crosses the border as an object. Ownership is the caller's: every `_new` has its `_destroy`.

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

/// What went wrong in a call. `code` is a `rd_kafka_resp_err_t`, 0 when nothing did. `text` is owned by the
/// failure and freed by `ckafka_failure_clear`.
typedef struct ckafka_failure {
    int32_t code;
    bool fatal;
    bool retriable;
    bool requires_abort;
    char *text;
} ckafka_failure;

void ckafka_failure_clear(ckafka_failure *failure);
/// The symbolic name of a code, such as `_TRANSPORT`; never NULL.
const char *ckafka_code_name(int32_t code);

/// Where a client tells what happens beside the calls. `log` is called from librdkafka's threads; `error` from the
/// thread that polls. `context` must outlive the client.
typedef struct ckafka_hooks {
    void *context;
    void (*log)(void *context, int32_t level, const char *facility, const char *message);
    void (*error)(void *context, int32_t code, bool fatal, const char *reason);
    /// What the client counts, as JSON, every statistics.interval.ms; from the thread that polls. NULL: not wanted.
    void (*statistics)(void *context, const char *json, size_t length);
} ckafka_hooks;

/// Client properties as parallel arrays of librdkafka names and values.
typedef struct ckafka_properties {
    const char *const *names;
    const char *const *values;
    size_t count;
} ckafka_properties;

typedef enum ckafka_kind {
    CKAFKA_READER = 0,   // manual assignment, never joins its group
    CKAFKA_MEMBER = 1,   // joins a group for its metadata, reads nothing
    CKAFKA_PRODUCER = 2, // idempotent or transactional
} ckafka_kind;

/// Counters of a client; monotonic, readable from any thread.
typedef struct ckafka_counters {
    int64_t failed_deliveries;  // messages whose delivery failed for good
    int64_t purged_deliveries;  // messages dropped by an abort
    int32_t first_failure;      // code of the first failed delivery since the last reset
    int64_t end_txn_sent;       // EndTxn requests put on the wire
    int64_t end_txn_failed;     // EndTxn requests that ended without an answer
    int64_t disconnects;        // broker connections that went down
    int64_t reads;              // calls of ckafka_queue_read that found something
} ckafka_counters;

typedef struct ckafka_client ckafka_client;

/// Creates a client. NULL with `failure` set when a property is unknown or wrong.
ckafka_client *ckafka_client_new(ckafka_kind kind, ckafka_properties properties, ckafka_hooks hooks,
                                 ckafka_failure *failure);
/// Stops the client's threads and frees it. Queues, topics and batches of the client must be gone before.
/// Does not leave the group: the member's session ends by its timeout, or a successor takes its place.
void ckafka_client_destroy(ckafka_client *client);
void ckafka_client_counters(ckafka_client *client, ckafka_counters *counters);
void ckafka_client_reset_first_failure(ckafka_client *client);
/// Serves callbacks: errors and failed deliveries. Returns how many were served.
int32_t ckafka_client_poll(ckafka_client *client, int32_t timeout_ms);
/// Ends a waiting `ckafka_client_poll` of another thread.
void ckafka_client_wake(ckafka_client *client);
/// The names of all properties that librdkafka knows, calling `each` for every one.
void ckafka_property_names(void (*each)(void *context, const char *name), void *context);
/// Whether librdkafka takes the property and value; `failure` says why not.
bool ckafka_property_check(const char *name, const char *value, ckafka_failure *failure);

// MARK: reading

typedef struct ckafka_message ckafka_message;

/// Messages of one partition as parallel arrays, in log order. Pointers stay valid until the next
/// `ckafka_queue_read` into this batch or `ckafka_batch_release`. A null value or key is a NULL pointer.
typedef struct ckafka_batch {
    int32_t count;
    int32_t capacity;
    const uint8_t **values;
    uint32_t *value_lengths;
    const uint8_t **keys;
    uint32_t *key_lengths;
    int64_t *offsets;
    int64_t *timestamps; // milliseconds since the epoch; -1 when the message has none
    uint8_t *timestamp_types; // rd_kafka_timestamp_type_t
    int64_t bytes; // of keys and values
    /// The offset after everything that the call consumed, control records and compacted gaps included where the
    /// end of the partition was seen; -1 when nothing moved it.
    int64_t next_offset;
    /// The last thing in the queue was the end of the partition (last stable offset when read_committed).
    bool at_end;
    /// The first consumer error, 0 when none. Messages before it are in the batch.
    int32_t error;
    const char *error_text;
    /// Offset of a message that was not after its predecessor, -1 when all were. Reading stops there.
    int64_t regressed_offset;
    struct ckafka_batch_messages *messages;
} ckafka_batch;

ckafka_batch *ckafka_batch_new(int32_t capacity);
void ckafka_batch_destroy(ckafka_batch *batch);
/// Gives the messages back to librdkafka in one call; the arrays are empty afterwards.
void ckafka_batch_release(ckafka_batch *batch);
/// Appends a message as if it had been read; false when the batch is full. The message and what it points to must stay
/// as long as the batch holds them.
bool ckafka_batch_put(ckafka_batch *batch, int64_t offset, const ckafka_message *message);
/// How far the headers of a message are read; all zero before the first.
typedef struct ckafka_header_cursor {
    const uint8_t *next; // of a record of a log
    int64_t passed;
} ckafka_header_cursor;

/// The next header of a message, its name not terminated; false when there is no more. A null value is a NULL pointer.
bool ckafka_batch_header(const ckafka_batch *batch, int32_t index, ckafka_header_cursor *cursor, const char **name,
                         size_t *name_length, const uint8_t **value, size_t *length);

/// A digest of a message's key and value (FNV-1a).
uint64_t ckafka_batch_digest(const ckafka_batch *batch, int32_t index);

/// Records of one batch of a log that are not read yet: bytes between its header and its end, not compressed.
typedef struct ckafka_run {
    const uint8_t *next;
    const uint8_t *end;
    int32_t left; // records
    int64_t base_offset;
    int64_t base_timestamp;
    int64_t maximum_timestamp;
    bool is_append_time; // the broker's time: all records have the maximum
} ckafka_run;

/// Appends records to the batch until it holds `limit`, its capacity or the run's last; those before `minimum_offset` are
/// left out. The run's bytes must stay as long as the batch holds them. False when they are not records.
bool ckafka_batch_take(ckafka_batch *batch, ckafka_run *run, int64_t minimum_offset, int32_t limit);

typedef struct ckafka_queue ckafka_queue;

/// The queue of one partition, no longer forwarded to the client's common queue. To be made before
/// `ckafka_client_assign_more`, so that no message takes the other way. NULL when the partition cannot be had.
/// `wake` is called from a librdkafka thread each time the empty queue gets something; it must return at once.
ckafka_queue *ckafka_queue_new(ckafka_client *reader, const char *topic, int32_t partition,
                               void (*wake)(void *context), void *wake_context);
void ckafka_queue_destroy(ckafka_queue *queue);
/// Takes up to `limit` items (at most the batch's capacity) that are already there, never waits. Releases what the
/// batch held. Offsets must be at least `minimum_offset` and ascending.
int32_t ckafka_queue_read(ckafka_queue *queue, int64_t minimum_offset, int32_t limit, ckafka_batch *batch);

/// Topic-partitions as parallel arrays. `metadata` may be NULL, or hold NULLs.
typedef struct ckafka_positions {
    const char *const *topics;
    const int32_t *partitions;
    int64_t *offsets;
    const char *const *metadata;
    size_t count;
} ckafka_positions;

/// Starts to read these partitions from these offsets, beside those that are read already.
bool ckafka_client_assign_more(ckafka_client *reader, ckafka_positions positions, ckafka_failure *failure);

// MARK: group

/// Joins the group: subscribes to `topics`. Partitions that the group gives are acknowledged, never fetched.
/// `changed` is told of every assignment and revocation, from the thread that calls `ckafka_client_poll`.
bool ckafka_member_join(ckafka_client *member, const char *const *topics, size_t count,
                        void (*changed)(void *context, bool assigned, bool lost, int32_t partitions), void *context,
                        ckafka_failure *failure);

// MARK: producing

typedef struct ckafka_topic ckafka_topic;

ckafka_topic *ckafka_topic_new(ckafka_client *producer, const char *name, int32_t capacity);
void ckafka_topic_destroy(ckafka_topic *topic);

typedef enum ckafka_partitioner {
    CKAFKA_PARTITION_KEYED = 0,      // murmur2 of the key as in Kafka's own producer; rows without key to one partition
    CKAFKA_PARTITION_ROUND_ROBIN = 1, // row by row
    CKAFKA_PARTITION_FIXED = 2,      // all to `sticky_partition`
} ckafka_partitioner;

/// Rows to produce, one after the other in one block: value i ends at `values + value_ends[i]` and starts where the one
/// before ends; keys alike, all null when `keys` is NULL. A value or key of no bytes is null.
typedef struct ckafka_rows {
    int32_t count;
    const uint8_t *values;
    const ptrdiff_t *value_ends;
    const uint8_t *keys;
    const ptrdiff_t *key_ends;
    ckafka_partitioner partitioner;
    int32_t partition_count;
    /// Where rows without a key go; the caller moves it from batch to batch.
    int32_t sticky_partition;
} ckafka_rows;

/// Lays rows out by partition, ready for `ckafka_topic_send`. `rows.count` must fit the topic's capacity and nothing
/// may be left of the rows before. The rows' memory must stay until all are sent.
void ckafka_topic_stage(ckafka_topic *topic, ckafka_rows rows);
/// Hands staged rows to librdkafka (copied), in order per partition. Returns how many are left because its queue is
/// full (poll, then call again). A row that is refused for another reason sets `failure` and ends the call.
int32_t ckafka_topic_send(ckafka_topic *topic, ckafka_failure *failure);

/// One message with headers and a timestamp; the slow way, for dead letters and metadata columns.
struct ckafka_message {
    int32_t partition; // -1: by key
    int64_t timestamp; // milliseconds; 0: now
    const uint8_t *value; // NULL: null
    size_t value_length;
    const uint8_t *key;
    size_t key_length;
    const char *const *header_names;
    const uint8_t *const *header_values;
    const int64_t *header_lengths; // negative: null
    size_t header_count;
};

/// False with `failure` set when the message was not accepted (`_QUEUE_FULL`: poll, then again).
bool ckafka_topic_send_one(ckafka_topic *topic, const ckafka_message *message, ckafka_failure *failure);

/// Waits until everything is delivered or failed, or the time is over.
bool ckafka_client_flush(ckafka_client *producer, int32_t timeout_ms, ckafka_failure *failure);
/// Drops everything that is not delivered.
void ckafka_client_purge(ckafka_client *producer);

bool ckafka_transactions_init(ckafka_client *producer, int32_t timeout_ms, ckafka_failure *failure);
bool ckafka_transaction_begin(ckafka_client *producer, ckafka_failure *failure);
/// Sends offsets into the transaction with the member's present generation. `member` NULL is refused.
bool ckafka_transaction_send_offsets(ckafka_client *producer, ckafka_client *member, ckafka_positions positions,
                                     int32_t timeout_ms, ckafka_failure *failure);
bool ckafka_transaction_commit(ckafka_client *producer, int32_t timeout_ms, ckafka_failure *failure);
bool ckafka_transaction_abort(ckafka_client *producer, int32_t timeout_ms, ckafka_failure *failure);

// MARK: records

/// CRC-32C of bytes.
uint32_t ckafka_crc32c(const uint8_t *bytes, size_t length);
/// The hash by which Kafka's own producer finds the partition of a key: its lower 31 bits modulo their number.
uint32_t ckafka_murmur2(const uint8_t *bytes, size_t length);
/// What librdkafka says is the partition of a key, for comparison.
int32_t ckafka_librdkafka_partition(const ckafka_topic *topic, const uint8_t *key, size_t length, int32_t partitions);
/// Writes a record as it lies in a batch; `message.partition` and `message.timestamp` do not matter. Returns its size, 0 when
/// there is not enough room.
size_t ckafka_record_write(uint8_t *at, size_t room, const ckafka_message *message, int64_t time_delta,
                           int32_t offset_delta);

/// Rows laid out by partition: those of partition p are order[starts[p] ..< starts[p + 1]], as they came.
typedef struct ckafka_layout {
    int32_t *order;  // room for every row
    int32_t *starts; // room for every partition and one more
} ckafka_layout;

void ckafka_rows_layout(ckafka_rows rows, ckafka_layout layout);

/// A batch of records that is being written: `at` grows up to `end`.
typedef struct ckafka_writing {
    uint8_t *at;
    uint8_t *end;
    int32_t count; // records in it
    int64_t time_delta; // of the rows to come, to the batch's timestamp
} ckafka_writing;

/// Appends rows order[0 ..< count] until one does not fit; returns how many were taken.
int32_t ckafka_rows_write(ckafka_rows rows, const int32_t *order, int32_t count, ckafka_writing *writing);

// MARK: administration

/// A topic's partitions with their leaders, calling `each` for every one; `leader` is -1 and `host` NULL where there is none now.
bool ckafka_leaders(ckafka_client *client, const char *topic, int32_t timeout_ms,
                    void (*each)(void *context, int32_t partition, int32_t leader, const char *host, int32_t port),
                    void *context, ckafka_failure *failure);
/// The cluster's brokers, calling `each` for every one.
bool ckafka_brokers(ckafka_client *client, int32_t timeout_ms,
                    void (*each)(void *context, int32_t broker, const char *host, int32_t port), void *context,
                    ckafka_failure *failure);

/// Partition count of a topic; -1 with `failure` set when it does not exist or cannot be seen.
int32_t ckafka_partition_count(ckafka_client *client, const char *topic, int32_t timeout_ms, ckafka_failure *failure);
/// Topics of the cluster, calling `each` for every one.
bool ckafka_topics(ckafka_client *client, int32_t timeout_ms,
                   void (*each)(void *context, const char *name, int32_t partitions), void *context,
                   ckafka_failure *failure);
/// Replaces each offset, taken as a timestamp in milliseconds, by the first offset at or after it; -1 asks for the
/// end (last stable offset when read_committed), -2 for the beginning. An answer of -1: no such record yet.
bool ckafka_offsets_for_times(ckafka_client *client, ckafka_positions positions, int32_t timeout_ms,
                              ckafka_failure *failure);
/// The offsets that the client's group committed (stable ones), -1 where none; `each` gets the metadata.
bool ckafka_committed(ckafka_client *client, ckafka_positions positions, int32_t timeout_ms,
                      void (*each)(void *context, size_t index, int64_t offset, const char *metadata, size_t length),
                      void *context, ckafka_failure *failure);
/// Commits offsets for the client's group without waiting for the answer, for a group that has no member.
bool ckafka_commit_offsets(ckafka_client *client, ckafka_positions positions, ckafka_failure *failure);
/// Creates a topic; `configs` are topic properties. An existing topic fails with TOPIC_ALREADY_EXISTS.
bool ckafka_create_topic(ckafka_client *client, const char *topic, int32_t partitions, int32_t replication,
                         ckafka_properties configs, int32_t timeout_ms, ckafka_failure *failure);
/// Deletes a topic; one that is not there fails with UNKNOWN_TOPIC_OR_PART.
bool ckafka_delete_topic(ckafka_client *client, const char *topic, int32_t timeout_ms, ckafka_failure *failure);
/// One property of a topic as the broker holds it, copied into `value`.
bool ckafka_topic_config(ckafka_client *client, const char *topic, const char *name, char *value, size_t size,
                         int32_t timeout_ms, ckafka_failure *failure);

#if defined(__cplusplus)
}
#endif
#endif
