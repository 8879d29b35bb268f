import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.*;
import org.apache.kafka.common.config.*;
import org.apache.kafka.common.serialization.*;

/** Exercises the broker with the Java clients: administration, transactions, groups, fencing. */
public final class ClientCheck {
    private static final String TOPIC = "java-check";

    public static void main(String[] args) throws Exception {
        String servers = args[0];
        administration(servers);
        transactions(servers);
        System.out.println("ok");
    }

    private static Map<String, Object> base(String servers) {
        Map<String, Object> map = new HashMap<>();
        map.put("bootstrap.servers", servers);
        return map;
    }

    private static void administration(String servers) throws Exception {
        try (Admin admin = Admin.create(base(servers))) {
            admin.createTopics(List.of(new NewTopic(TOPIC, 3, (short) 1).configs(Map.of("cleanup.policy", "compact"))))
                .all().get();
            expect(3, admin.describeTopics(List.of(TOPIC)).allTopicNames().get().get(TOPIC).partitions().size());
            admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(4))).all().get();
            ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, TOPIC);
            admin.incrementalAlterConfigs(Map.of(resource,
                List.of(new AlterConfigOp(new ConfigEntry("cleanup.policy", "delete"), AlterConfigOp.OpType.SET))))
                .all().get();
            expect("delete", admin.describeConfigs(List.of(resource)).all().get().get(resource)
                .get("cleanup.policy").value());
            expect(1, admin.describeCluster().nodes().get().size());
            try {
                admin.createTopics(List.of(new NewTopic(TOPIC, 1, (short) 1))).all().get();
                throw new AssertionError("created twice");
            } catch (java.util.concurrent.ExecutionException error) {
                expect("TopicExistsException", error.getCause().getClass().getSimpleName());
            }
        }
    }

    private static KafkaProducer<String, String> producer(String servers) {
        Map<String, Object> map = base(servers);
        map.put("transactional.id", "java-check");
        map.put("compression.type", "lz4");
        KafkaProducer<String, String> producer =
            new KafkaProducer<>(map, new StringSerializer(), new StringSerializer());
        producer.initTransactions();
        return producer;
    }

    private static void send(KafkaProducer<String, String> producer, String prefix) {
        for (int i = 0; i < 400; i++) {
            producer.send(new ProducerRecord<>(TOPIC, i % 4, "k" + i, prefix + i));
        }
    }

    private static void transactions(String servers) throws Exception {
        KafkaProducer<String, String> first = producer(servers);
        first.beginTransaction();
        send(first, "committed");
        first.commitTransaction();
        first.beginTransaction();
        send(first, "aborted");
        first.flush();
        first.abortTransaction();

        Map<String, Object> map = base(servers);
        map.put("group.id", "java-check");
        map.put("isolation.level", "read_committed");
        map.put("auto.offset.reset", "earliest");
        map.put("enable.auto.commit", false);
        try (KafkaConsumer<String, String> consumer =
                new KafkaConsumer<>(map, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(TOPIC));
            int seen = 0;
            long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
            while (seen < 400 && System.nanoTime() < deadline) {
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(100))) {
                    if (!record.value().startsWith("committed")) throw new AssertionError(record.value());
                    seen++;
                }
            }
            expect(400, seen);
            expect(0, consumer.poll(Duration.ofMillis(300)).count());
            TopicPartition partition = new TopicPartition(TOPIC, 0);
            first.beginTransaction();
            first.sendOffsetsToTransaction(
                Map.of(partition, new OffsetAndMetadata(42, "note")), consumer.groupMetadata());
            first.commitTransaction();
            OffsetAndMetadata committed = consumer.committed(Set.of(partition)).get(partition);
            expect(42L, committed.offset());
            expect("note", committed.metadata());
            try (Admin admin = Admin.create(base(servers))) {
                expect(1, admin.describeConsumerGroups(List.of("java-check")).all().get()
                    .get("java-check").members().size());
                expect(true, admin.listTransactions().all().get().stream()
                    .anyMatch(listing -> listing.transactionalId().equals("java-check")));
                admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(10))).all().get();
                expect(10L, admin.listOffsets(Map.of(partition, OffsetSpec.earliest())).partitionResult(partition)
                    .get().offset());
                admin.describeProducers(List.of(partition)).all().get();
                expect("java-check", admin.listGroups().all().get().stream()
                    .map(listing -> listing.groupId()).filter("java-check"::equals).findFirst().orElse("none"));
            }
        }

        KafkaProducer<String, String> second = producer(servers);
        try {
            first.beginTransaction();
            send(first, "zombie");
            first.commitTransaction();
            throw new AssertionError("the zombie committed");
        } catch (KafkaException error) {
            System.out.println("fenced: " + error.getClass().getSimpleName());
        }
        first.close(Duration.ZERO);
        second.close();
        try (Admin admin = Admin.create(base(servers))) {
            admin.deleteConsumerGroups(List.of("java-check")).all().get();
            admin.deleteTopics(List.of(TOPIC)).all().get();
        }
    }

    private static void expect(Object expected, Object found) {
        if (!expected.equals(found)) throw new AssertionError("expected " + expected + ", found " + found);
    }
}
