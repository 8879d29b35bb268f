// Exercises transactions with librdkafka: commit, abort, offsets in a transaction, fencing.
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char errstr[512];
static void check(rd_kafka_error_t *error, const char *what) {
    if (!error) return;
    fprintf(stderr, "%s: %s\n", what, rd_kafka_error_string(error));
    exit(1);
}
static rd_kafka_conf_t *conf_with(const char **pairs) {
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (; pairs[0]; pairs += 2)
        if (rd_kafka_conf_set(conf, pairs[0], pairs[1], errstr, sizeof errstr) != RD_KAFKA_CONF_OK) {
            fprintf(stderr, "%s\n", errstr);
            exit(1);
        }
    return conf;
}
static rd_kafka_t *producer(const char *servers, const char *id) {
    const char *pairs[] = {"bootstrap.servers", servers, "transactional.id", id, NULL};
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf_with(pairs), errstr, sizeof errstr);
    check(rd_kafka_init_transactions(rk, 10000), "init_transactions");
    return rk;
}
static void produce(rd_kafka_t *rk, const char *topic, const char *format, int count) {
    for (int i = 0; i < count; i++) {
        char value[64];
        snprintf(value, sizeof value, format, i);
        rd_kafka_resp_err_t err = rd_kafka_producev(
            rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_VALUE(value, strlen(value)),
            RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
        if (err) { fprintf(stderr, "produce: %s\n", rd_kafka_err2str(err)); exit(1); }
    }
}
int main(int argc, char **argv) {
    const char *servers = argv[1], *topic = argv[2];
    printf("librdkafka %s\n", rd_kafka_version_str());
    rd_kafka_t *first = producer(servers, "c-client");
    check(rd_kafka_begin_transaction(first), "begin");
    produce(first, topic, "committed-%d", 1000);
    check(rd_kafka_commit_transaction(first, 10000), "commit");
    check(rd_kafka_begin_transaction(first), "begin");
    produce(first, topic, "aborted-%d", 1000);
    rd_kafka_flush(first, 10000);
    check(rd_kafka_abort_transaction(first, 10000), "abort");

    const char *pairs[] = {"bootstrap.servers", servers, "group.id", "c-group", "auto.offset.reset", "earliest",
                           "isolation.level", "read_committed", "enable.auto.commit", "false", "enable.partition.eof", "true", "check.crcs", "true", NULL};
    rd_kafka_t *consumer = rd_kafka_new(RD_KAFKA_CONSUMER, conf_with(pairs), errstr, sizeof errstr);
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(consumer, topics);
    int seen = 0, wrong = 0, ended = 0;
    for (int i = 0; i < 200 && !ended; i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        for (; message; message = rd_kafka_consumer_poll(consumer, 100)) {
            if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ended = 1;
            else if (message->err) { fprintf(stderr, "consume: %s\n", rd_kafka_message_errstr(message)); return 1; }
            else if (message->len < 9 || memcmp(message->payload, "committed", 9)) wrong++;
            else seen++;
            rd_kafka_message_destroy(message);
            if (ended) break;
        }
    }
    printf("committed %d, aborted seen %d\n", seen, wrong);
    check(rd_kafka_begin_transaction(first), "begin");
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets, topic, 0)->offset = 1001;
    rd_kafka_consumer_group_metadata_t *metadata = rd_kafka_consumer_group_metadata(consumer);
    check(rd_kafka_send_offsets_to_transaction(first, offsets, metadata, 10000), "send_offsets");
    check(rd_kafka_commit_transaction(first, 10000), "commit");
    rd_kafka_resp_err_t err = rd_kafka_committed(consumer, offsets, 10000);
    printf("committed offset %ld (%s)\n", (long)offsets->elems[0].offset, rd_kafka_err2str(err));
    long committed = offsets->elems[0].offset;

    rd_kafka_t *second = producer(servers, "c-client");
    check(rd_kafka_begin_transaction(first), "begin");
    produce(first, topic, "zombie-%d", 1);
    rd_kafka_error_t *error = rd_kafka_commit_transaction(first, 10000);
    int fenced = error && rd_kafka_error_is_fatal(error);
    printf("zombie: %s\n", error ? rd_kafka_error_string(error) : "committed");
    rd_kafka_consumer_close(consumer);
    rd_kafka_destroy(consumer);
    rd_kafka_destroy(second);
    rd_kafka_destroy(first);
    return seen == 1000 && wrong == 0 && committed == 1001 && fenced ? 0 : 1;
}
