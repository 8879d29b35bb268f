#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// MARK: failures

static char *copy_text(const char *text) { return text ? strdup(text) : NULL; }

void ckafka_fail(ckafka_failure *failure, int32_t code, const char *text) {
    if (!failure) return;
    ckafka_failure_clear(failure);
    failure->code = code;
    failure->text = copy_text(text);
}

void ckafka_failure_clear(ckafka_failure *failure) {
    free(failure->text);
    memset(failure, 0, sizeof(*failure));
}

const char *ckafka_code_name(int32_t code) { return rd_kafka_err2name((rd_kafka_resp_err_t)code); }

bool ckafka_take_error(ckafka_failure *failure, rd_kafka_error_t *error) {
    if (!error) return true;
    if (failure) {
        ckafka_fail(failure, rd_kafka_error_code(error), rd_kafka_error_string(error));
        failure->fatal = rd_kafka_error_is_fatal(error);
        failure->retriable = rd_kafka_error_is_retriable(error);
        failure->requires_abort = rd_kafka_error_txn_requires_abort(error);
    }
    rd_kafka_error_destroy(error);
    return false;
}

bool ckafka_take_code(ckafka_failure *failure, rd_kafka_resp_err_t code, const char *what) {
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return true;
    char text[512];
    snprintf(text, sizeof(text), "%s: %s", what, rd_kafka_err2str(code));
    ckafka_fail(failure, code, text);
    switch (code) {
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR__FENCED:
        failure->fatal = true;
        break;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__RETRY:
    case RD_KAFKA_RESP_ERR__QUEUE_FULL:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
        failure->retriable = true;
        break;
    default:
        break;
    }
    return false;
}

// MARK: callbacks

static void on_log(const rd_kafka_t *handle, int level, const char *facility, const char *message) {
    ckafka_client *client = rd_kafka_opaque(handle);
    if (client && client->hooks.log) client->hooks.log(client->hooks.context, level, facility, message);
}

static void on_error(rd_kafka_t *handle, int code, const char *reason, void *opaque) {
    ckafka_client *client = opaque;
    bool fatal = false;
    char text[512];
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        // The generic code hides the one that tells what happened.
        code = rd_kafka_fatal_error(handle, text, sizeof(text));
        reason = text;
        fatal = true;
    }
    if (client->hooks.error) client->hooks.error(client->hooks.context, code, fatal, reason);
}

static int on_statistics(rd_kafka_t *handle, char *json, size_t length, void *opaque) {
    (void)handle;
    ckafka_client *client = opaque;
    client->hooks.statistics(client->hooks.context, json, length);
    // librdkafka frees the text.
    return 0;
}

// With delivery.report.only.error a delivered message never comes here.
static void on_delivery(rd_kafka_t *handle, const rd_kafka_message_t *message, void *opaque) {
    (void)handle;
    ckafka_client *client = opaque;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (message->err == RD_KAFKA_RESP_ERR__PURGE_QUEUE || message->err == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
        atomic_fetch_add(&client->purged_deliveries, 1);
        return;
    }
    atomic_fetch_add(&client->failed_deliveries, 1);
    int32_t none = 0;
    atomic_compare_exchange_strong(&client->first_failure, &none, (int32_t)message->err);
}

static void on_rebalance(rd_kafka_t *handle, rd_kafka_resp_err_t event, rd_kafka_topic_partition_list_t *partitions,
                         void *opaque) {
    ckafka_client *client = opaque;
    bool assigned = event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
    bool lost = !assigned && rd_kafka_assignment_lost(handle);
    // Told before the assignment is acknowledged: the group goes on only when the owner has let go.
    if (client->changed) client->changed(client->changed_context, assigned, lost, partitions ? partitions->cnt : 0);
    if (assigned) {
        // The member holds its partitions in the group's eyes but reads by another client: it fetches nothing.
        rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(0);
        rd_kafka_assign(handle, none);
        rd_kafka_topic_partition_list_destroy(none);
    } else {
        rd_kafka_assign(handle, NULL);
    }
}

static const int16_t end_txn = 26;

static rd_kafka_resp_err_t on_request(rd_kafka_t *handle, int socket, const char *broker, int32_t broker_id,
                                      int16_t api, int16_t version, int32_t correlation, size_t size, void *opaque) {
    (void)handle, (void)socket, (void)broker, (void)broker_id, (void)version, (void)correlation, (void)size;
    ckafka_client *client = opaque;
    if (api == end_txn) atomic_fetch_add(&client->end_txn_sent, 1);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_response(rd_kafka_t *handle, int socket, const char *broker, int32_t broker_id,
                                       int16_t api, int16_t version, int32_t correlation, size_t size, int64_t rtt,
                                       rd_kafka_resp_err_t error, void *opaque) {
    (void)handle, (void)socket, (void)broker, (void)broker_id, (void)version, (void)correlation, (void)size;
    (void)rtt;
    ckafka_client *client = opaque;
    // Called once or twice for each answer, so only failures can be told.
    if (api == end_txn && error != RD_KAFKA_RESP_ERR_NO_ERROR) atomic_fetch_add(&client->end_txn_failed, 1);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_state(rd_kafka_t *handle, int32_t broker_id, const char *protocol, const char *name,
                                    int port, const char *state, void *opaque) {
    (void)handle, (void)broker_id, (void)protocol, (void)name, (void)port;
    ckafka_client *client = opaque;
    if (strcmp(state, "DOWN") == 0) atomic_fetch_add(&client->disconnects, 1);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t *handle, const rd_kafka_conf_t *conf, void *opaque, char *errstr,
                                  size_t errstr_size) {
    (void)conf, (void)errstr, (void)errstr_size;
    ckafka_client *client = opaque;
    rd_kafka_resp_err_t error = rd_kafka_interceptor_add_on_broker_state_change(handle, "millrace", on_state, opaque);
    if (client->kind != CKAFKA_PRODUCER) return error;
    if (!error) error = rd_kafka_interceptor_add_on_request_sent(handle, "millrace", on_request, opaque);
    if (!error) error = rd_kafka_interceptor_add_on_response_received(handle, "millrace", on_response, opaque);
    return error;
}

// MARK: client

static rd_kafka_conf_t *make_conf(ckafka_client *client, ckafka_properties properties, ckafka_failure *failure) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[512];
    for (size_t i = 0; i < properties.count; i++) {
        if (rd_kafka_conf_set(conf, properties.names[i], properties.values[i], text, sizeof(text)) !=
            RD_KAFKA_CONF_OK) {
            ckafka_fail(failure, RD_KAFKA_RESP_ERR__INVALID_ARG, text);
            rd_kafka_conf_destroy(conf);
            return NULL;
        }
    }
    rd_kafka_conf_set_opaque(conf, client);
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    if (client->hooks.statistics) rd_kafka_conf_set_stats_cb(conf, on_statistics);
    if (client->kind == CKAFKA_PRODUCER) rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_interceptor_add_on_new(conf, "millrace", on_new, client);
    if (client->kind == CKAFKA_MEMBER) rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    return conf;
}

ckafka_client *ckafka_client_new(ckafka_kind kind, ckafka_properties properties, ckafka_hooks hooks,
                                 ckafka_failure *failure) {
    ckafka_client *client = calloc(1, sizeof(*client));
    client->kind = kind;
    client->hooks = hooks;
    rd_kafka_conf_t *conf = make_conf(client, properties, failure);
    if (!conf) {
        free(client);
        return NULL;
    }
    char text[512];
    rd_kafka_type_t type = kind == CKAFKA_PRODUCER ? RD_KAFKA_PRODUCER : RD_KAFKA_CONSUMER;
    client->handle = rd_kafka_new(type, conf, text, sizeof(text));
    if (!client->handle) {
        ckafka_fail(failure, RD_KAFKA_RESP_ERR__INVALID_ARG, text);
        // The configuration is left behind: rd_kafka_new has freed its interceptors, and destroying it would free them again.
        free(client);
        return NULL;
    }
    if (kind == CKAFKA_PRODUCER) {
        client->queue = rd_kafka_queue_get_main(client->handle);
    } else {
        rd_kafka_poll_set_consumer(client->handle);
        client->queue = rd_kafka_queue_get_consumer(client->handle);
    }
    return client;
}

void ckafka_client_destroy(ckafka_client *client) {
    rd_kafka_queue_destroy(client->queue);
    if (client->kind == CKAFKA_PRODUCER) {
        rd_kafka_purge(client->handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    }
    rd_kafka_destroy_flags(client->handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
    free(client);
}

void ckafka_client_counters(ckafka_client *client, ckafka_counters *counters) {
    counters->failed_deliveries = atomic_load(&client->failed_deliveries);
    counters->purged_deliveries = atomic_load(&client->purged_deliveries);
    counters->first_failure = atomic_load(&client->first_failure);
    counters->end_txn_sent = atomic_load(&client->end_txn_sent);
    counters->end_txn_failed = atomic_load(&client->end_txn_failed);
    counters->disconnects = atomic_load(&client->disconnects);
    counters->reads = atomic_load(&client->reads);
}

void ckafka_client_reset_first_failure(ckafka_client *client) { atomic_store(&client->first_failure, 0); }

int32_t ckafka_client_poll(ckafka_client *client, int32_t timeout_ms) {
    if (client->kind == CKAFKA_PRODUCER) return rd_kafka_poll(client->handle, timeout_ms);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(client->handle, timeout_ms);
    if (!message) return 0;
    // Nothing is fetched over the common queue: what comes is an error of the group or of a subscription. A consumer's
    // fatal errors come here and not to error_cb.
    on_error(client->handle, message->err, rd_kafka_message_errstr(message), client);
    rd_kafka_message_destroy(message);
    return 1;
}

void ckafka_client_wake(ckafka_client *client) { rd_kafka_queue_yield(client->queue); }

void ckafka_property_names(void (*each)(void *context, const char *name), void *context) {
    // Only the printed table names all properties, aliases and unset ones included.
    char *table = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&table, &size);
    if (!stream) return;
    rd_kafka_conf_properties_show(stream);
    fclose(stream);
    char *rest = NULL;
    for (char *line = strtok_r(table, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        size_t length = strspn(line, "abcdefghijklmnopqrstuvwxyz0123456789._");
        if (length > 0 && strchr(line, '|') && line[length] == ' ') {
            line[length] = '\0';
            each(context, line);
        }
    }
    free(table);
}

bool ckafka_property_check(const char *name, const char *value, ckafka_failure *failure) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    char text[512];
    bool good = rd_kafka_conf_set(conf, name, value, text, sizeof(text)) == RD_KAFKA_CONF_OK;
    if (!good) ckafka_fail(failure, RD_KAFKA_RESP_ERR__INVALID_ARG, text);
    rd_kafka_conf_destroy(conf);
    return good;
}

rd_kafka_topic_partition_list_t *ckafka_list(ckafka_positions positions) {
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)positions.count);
    for (size_t i = 0; i < positions.count; i++) {
        rd_kafka_topic_partition_t *entry =
            rd_kafka_topic_partition_list_add(list, positions.topics[i], positions.partitions[i]);
        entry->offset = positions.offsets[i];
        if (positions.metadata && positions.metadata[i]) {
            // librdkafka frees it with its own allocator, which is malloc's.
            entry->metadata = strdup(positions.metadata[i]);
            entry->metadata_size = strlen(positions.metadata[i]);
        }
    }
    return list;
}
