#include "internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int32_t ckafka_partition_count(ckafka_client *client, const char *topic, int32_t timeout_ms, ckafka_failure *failure) {
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client->handle, topic, NULL);
    if (!handle) {
        ckafka_take_code(failure, rd_kafka_last_error(), topic);
        return -1;
    }
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(client->handle, 0, handle, &metadata, timeout_ms);
    int32_t partitions = -1;
    if (!code) {
        if (metadata->topic_cnt != 1) {
            code = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        } else if (metadata->topics[0].err) {
            code = metadata->topics[0].err;
        } else {
            partitions = metadata->topics[0].partition_cnt;
        }
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_destroy(handle);
    ckafka_take_code(failure, code, topic);
    return partitions;
}

// The address of a broker in the metadata; NULL where it is not in it.
static const rd_kafka_metadata_broker_t *broker_of(const struct rd_kafka_metadata *metadata, int32_t id) {
    for (int i = 0; i < metadata->broker_cnt; i++) {
        if (metadata->brokers[i].id == id) return &metadata->brokers[i];
    }
    return NULL;
}

bool ckafka_leaders(ckafka_client *client, const char *topic, int32_t timeout_ms,
                    void (*each)(void *context, int32_t partition, int32_t leader, const char *host, int32_t port),
                    void *context, ckafka_failure *failure) {
    rd_kafka_topic_t *handle = rd_kafka_topic_new(client->handle, topic, NULL);
    if (!handle) return ckafka_take_code(failure, rd_kafka_last_error(), topic);
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(client->handle, 0, handle, &metadata, timeout_ms);
    if (!code) {
        code = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        for (int i = 0; !code && i < metadata->topics[0].partition_cnt; i++) {
            const struct rd_kafka_metadata_partition *partition = &metadata->topics[0].partitions[i];
            const rd_kafka_metadata_broker_t *leader = broker_of(metadata, partition->leader);
            each(context, partition->id, leader ? leader->id : -1, leader ? leader->host : NULL,
                 leader ? leader->port : 0);
        }
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_destroy(handle);
    return ckafka_take_code(failure, code, topic);
}

bool ckafka_brokers(ckafka_client *client, int32_t timeout_ms,
                    void (*each)(void *context, int32_t broker, const char *host, int32_t port), void *context,
                    ckafka_failure *failure) {
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(client->handle, 0, NULL, &metadata, timeout_ms);
    if (code) return ckafka_take_code(failure, code, "metadata");
    for (int i = 0; i < metadata->broker_cnt; i++) {
        each(context, metadata->brokers[i].id, metadata->brokers[i].host, metadata->brokers[i].port);
    }
    rd_kafka_metadata_destroy(metadata);
    return true;
}

bool ckafka_topics(ckafka_client *client, int32_t timeout_ms,
                   void (*each)(void *context, const char *name, int32_t partitions), void *context,
                   ckafka_failure *failure) {
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_resp_err_t code = rd_kafka_metadata(client->handle, 1, NULL, &metadata, timeout_ms);
    if (code) return ckafka_take_code(failure, code, "metadata");
    for (int i = 0; i < metadata->topic_cnt; i++) {
        each(context, metadata->topics[i].topic, metadata->topics[i].partition_cnt);
    }
    rd_kafka_metadata_destroy(metadata);
    return true;
}

// The first error of any partition of the list.
static bool take_list(ckafka_failure *failure, rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t *list,
                      const char *what) {
    char text[384];
    snprintf(text, sizeof(text), "%s", what);
    for (int i = 0; !code && i < list->cnt; i++) {
        code = list->elems[i].err;
        if (code) snprintf(text, sizeof(text), "%s %s-%d", what, list->elems[i].topic, list->elems[i].partition);
    }
    return ckafka_take_code(failure, code, text);
}

bool ckafka_offsets_for_times(ckafka_client *client, ckafka_positions positions, int32_t timeout_ms,
                              ckafka_failure *failure) {
    rd_kafka_topic_partition_list_t *list = ckafka_list(positions);
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(client->handle, list, timeout_ms);
    bool good = take_list(failure, code, list, "list offsets");
    for (size_t i = 0; good && i < positions.count; i++) {
        const rd_kafka_topic_partition_t *found =
            rd_kafka_topic_partition_list_find(list, positions.topics[i], positions.partitions[i]);
        positions.offsets[i] = found ? found->offset : -1;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return good;
}

bool ckafka_committed(ckafka_client *client, ckafka_positions positions, int32_t timeout_ms,
                      void (*each)(void *context, size_t index, int64_t offset, const char *metadata, size_t length),
                      void *context, ckafka_failure *failure) {
    rd_kafka_topic_partition_list_t *list = ckafka_list(positions);
    rd_kafka_resp_err_t code = rd_kafka_committed(client->handle, list, timeout_ms);
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
        // What ended the client, such as a successor of the same group.instance.id, says more than that it has ended.
        char text[512];
        rd_kafka_resp_err_t cause = rd_kafka_fatal_error(client->handle, text, sizeof(text));
        if (cause != RD_KAFKA_RESP_ERR_NO_ERROR) code = cause;
    }
    bool good = take_list(failure, code, list, "committed offsets");
    for (size_t i = 0; good && i < positions.count; i++) {
        const rd_kafka_topic_partition_t *found =
            rd_kafka_topic_partition_list_find(list, positions.topics[i], positions.partitions[i]);
        int64_t offset = found && found->offset >= 0 ? found->offset : -1;
        each(context, i, offset, found ? found->metadata : NULL, found ? found->metadata_size : 0);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return good;
}

bool ckafka_commit_offsets(ckafka_client *client, ckafka_positions positions, ckafka_failure *failure) {
    rd_kafka_topic_partition_list_t *list = ckafka_list(positions);
    rd_kafka_resp_err_t code = rd_kafka_commit(client->handle, list, 1);
    rd_kafka_topic_partition_list_destroy(list);
    return ckafka_take_code(failure, code, "commit of offsets");
}

// MARK: requests that answer over a queue

static rd_kafka_event_t *wait_for(rd_kafka_queue_t *queue, int32_t timeout_ms, const char *what,
                                  ckafka_failure *failure) {
    // The request's own timeout comes first; this one only keeps a lost answer from waiting for ever.
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms + 5000);
    if (!event) {
        ckafka_take_code(failure, RD_KAFKA_RESP_ERR__TIMED_OUT, what);
    } else if (rd_kafka_event_error(event)) {
        ckafka_take_code(failure, rd_kafka_event_error(event), what);
        rd_kafka_event_destroy(event);
        event = NULL;
    }
    return event;
}

static rd_kafka_AdminOptions_t *options_for(ckafka_client *client, rd_kafka_admin_op_t operation, int32_t timeout_ms) {
    char text[256];
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client->handle, operation);
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, text, sizeof(text));
    return options;
}

bool ckafka_create_topic(ckafka_client *client, const char *topic, int32_t partitions, int32_t replication,
                         ckafka_properties configs, int32_t timeout_ms, ckafka_failure *failure) {
    char text[512];
    rd_kafka_NewTopic_t *request = rd_kafka_NewTopic_new(topic, partitions, replication, text, sizeof(text));
    if (!request) {
        ckafka_fail(failure, RD_KAFKA_RESP_ERR__INVALID_ARG, text);
        return false;
    }
    for (size_t i = 0; i < configs.count; i++) {
        rd_kafka_NewTopic_set_config(request, configs.names[i], configs.values[i]);
    }
    rd_kafka_AdminOptions_t *options = options_for(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout_ms);
    rd_kafka_AdminOptions_set_operation_timeout(options, timeout_ms, text, sizeof(text));
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->handle);
    rd_kafka_CreateTopics(client->handle, &request, 1, options, queue);
    rd_kafka_event_t *event = wait_for(queue, timeout_ms, topic, failure);
    bool good = false;
    if (event) {
        size_t count = 0;
        const rd_kafka_topic_result_t **results =
            rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
        good = ckafka_take_code(failure, count ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL,
                                topic);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(request);
    return good;
}

bool ckafka_delete_topic(ckafka_client *client, const char *topic, int32_t timeout_ms, ckafka_failure *failure) {
    char text[512];
    rd_kafka_DeleteTopic_t *request = rd_kafka_DeleteTopic_new(topic);
    rd_kafka_AdminOptions_t *options = options_for(client, RD_KAFKA_ADMIN_OP_DELETETOPICS, timeout_ms);
    rd_kafka_AdminOptions_set_operation_timeout(options, timeout_ms, text, sizeof(text));
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->handle);
    rd_kafka_DeleteTopics(client->handle, &request, 1, options, queue);
    rd_kafka_event_t *event = wait_for(queue, timeout_ms, topic, failure);
    bool good = false;
    if (event) {
        size_t count = 0;
        const rd_kafka_topic_result_t **results =
            rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
        good = ckafka_take_code(failure, count ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL,
                                topic);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_DeleteTopic_destroy(request);
    return good;
}

static bool copy_config(const rd_kafka_ConfigResource_t *resource, const char *name, char *value, size_t size) {
    size_t count = 0;
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (size_t i = 0; i < count; i++) {
        const char *found = rd_kafka_ConfigEntry_value(entries[i]);
        if (strcmp(rd_kafka_ConfigEntry_name(entries[i]), name) == 0 && found) {
            snprintf(value, size, "%s", found);
            return true;
        }
    }
    return false;
}

bool ckafka_topic_config(ckafka_client *client, const char *topic, const char *name, char *value, size_t size,
                         int32_t timeout_ms, ckafka_failure *failure) {
    rd_kafka_ConfigResource_t *request = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_AdminOptions_t *options = options_for(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout_ms);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->handle);
    rd_kafka_DescribeConfigs(client->handle, &request, 1, options, queue);
    rd_kafka_event_t *event = wait_for(queue, timeout_ms, topic, failure);
    bool good = false;
    if (event) {
        size_t count = 0;
        const rd_kafka_ConfigResource_t **results =
            rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
        rd_kafka_resp_err_t code = count ? rd_kafka_ConfigResource_error(results[0]) : RD_KAFKA_RESP_ERR__FAIL;
        good = !code && copy_config(results[0], name, value, size);
        if (!good) ckafka_take_code(failure, code ? code : RD_KAFKA_RESP_ERR__FAIL, topic);
        rd_kafka_event_destroy(event);
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ConfigResource_destroy(request);
    return good;
}
