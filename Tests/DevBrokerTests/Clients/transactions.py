"""Exercises the broker with confluent-kafka: transactions, fencing, offsets, groups, administration."""

import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

SERVERS = sys.argv[1]


def check(condition, what):
    if not condition:
        raise SystemExit("wrong: " + what)


def producer(**more):
    made = Producer({"bootstrap.servers": SERVERS, "transactional.id": "py", **more})
    made.init_transactions(10)
    return made


def consumer(**more):
    return Consumer({
        "bootstrap.servers": SERVERS, "group.id": "py", "auto.offset.reset": "earliest",
        "isolation.level": "read_committed", "enable.auto.commit": False, "enable.partition.eof": True,
        "session.timeout.ms": 6000, "heartbeat.interval.ms": 200, **more})


def read_all(member, partitions):
    values, ended, limit = [], set(), time.time() + 30
    while len(ended) < partitions and time.time() < limit:
        message = member.poll(0.2)
        if message is None:
            continue
        if message.error():
            ended.add((message.topic(), message.partition()))
        else:
            values.append(message.value().decode())
    check(len(ended) == partitions, "partitions not read to their end")
    return values


def until(members, condition, what):
    limit = time.time() + 30
    while time.time() < limit:
        for member in members:
            member.poll(0.05)
        if condition():
            return
    raise SystemExit("wrong: " + what)


def transactions():
    first = producer()
    for codec_round, commit in enumerate([True, False, True]):
        first.begin_transaction()
        for number in range(300):
            first.produce("py", f"{'committed' if commit else 'aborted'}-{codec_round}-{number}", partition=number % 3)
        first.flush()
        first.commit_transaction(10) if commit else first.abort_transaction(10)
    member = consumer()
    member.subscribe(["py"])
    values = read_all(member, 3)
    check(len(values) == 600, f"{len(values)} values")
    check(all(value.startswith("committed") for value in values), "aborted values were read")
    check(len(set(values)) == 600, "values were read twice")

    first.begin_transaction()
    first.send_offsets_to_transaction([TopicPartition("py", 0, 42)], member.consumer_group_metadata())
    first.commit_transaction(10)
    check(member.committed([TopicPartition("py", 0)], 10)[0].offset == 42, "offset of the transaction")

    second = producer()
    try:
        first.begin_transaction()
        first.produce("py", "zombie", partition=0)
        first.commit_transaction(10)
        raise SystemExit("wrong: the zombie committed")
    except KafkaException as error:
        check(error.args[0].fatal(), "the zombie's error is fatal")
    second.begin_transaction()
    second.produce("py", "late", partition=0)
    second.flush()
    member.close()
    second.abort_transaction(10)


def pending_offsets():
    pending = producer(**{"transactional.id": "py-pending", "transaction.timeout.ms": 2000,
                          "message.timeout.ms": 1900})
    member = consumer(**{"group.id": "py-pending"})
    member.subscribe(["py"])
    read_all(member, 3)
    pending.begin_transaction()
    pending.send_offsets_to_transaction([TopicPartition("py", 1, 7)], member.consumer_group_metadata())
    try:
        member.committed([TopicPartition("py", 1)], 0.5)
        raise SystemExit("wrong: pending offsets were told")
    except KafkaException:
        pass
    started = time.time()
    found = member.committed([TopicPartition("py", 1)], 10)[0].offset
    check(found < 0 and time.time() - started < 5, "the timeout frees pending offsets")
    member.close()


def groups(strategy):
    admin = AdminClient({"bootstrap.servers": SERVERS})
    topic = "py-" + strategy
    admin.create_topics([NewTopic(topic, 4, 1)])[topic].result(10)
    options = {"group.id": topic, "partition.assignment.strategy": strategy}
    members = [consumer(**options, **{"group.instance.id": f"i{index}"}) for index in range(2)]
    for member in members:
        member.subscribe([topic])
    sizes = lambda: sorted(len(member.assignment()) for member in members)
    until(members, lambda: sizes() == [2, 2], "two members share four partitions")
    assigned = {(part.topic, part.partition) for member in members for part in member.assignment()}
    check(len(assigned) == 4, "no partition is shared")
    third = consumer(**options)
    third.subscribe([topic])
    members.append(third)
    until(members, lambda: sizes() == [1, 1, 2], "three members share four partitions")
    members.pop().close()
    until(members, lambda: sizes() == [2, 2], "two members share again")
    for member in members:
        member.close()
    admin.delete_topics([topic])[topic].result(10)


administration = AdminClient({"bootstrap.servers": SERVERS})
administration.create_topics([NewTopic("py", 3, 1)])["py"].result(10)
transactions()
pending_offsets()
for assignor in ["range", "roundrobin", "cooperative-sticky"]:
    groups(assignor)
print("ok")
