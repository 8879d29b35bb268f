import DevBroker
import Testing

/// What keeps a producer that was replaced, or was silent for too long, from writing.
@Suite(.timeLimit(.minutes(2))) struct FencingTests {
    @Test(arguments: ProtocolVersions.allCases)
    func aNewProducerFencesTheOneBefore(_ versions: ProtocolVersions) async throws {
        try await Cluster.run(versions) { cluster in
            let partition = try cluster.createPartition()
            var old = try TransactionalProducer(cluster, cluster.name("t"))
            try old.send("old", to: partition)
            var new = try TransactionalProducer(cluster, old.id)
            #expect(new.identity.id == old.identity.id)
            #expect(new.identity.epoch > old.identity.epoch)
            // The transaction that was open is aborted before the new producer gets its answer.
            let aborted = try cluster.awaitStable(partition, 2)
            #expect(try aborted.committedValues() == [])
            #expect(try aborted.batches().last?.markerCommits == false)

            let fenced: ErrorCode = versions == .newest ? .producerFenced : .invalidProducerEpoch
            #expect(try old.add(partition) == fenced)
            #expect(try old.end(commit: true) == fenced)
            #expect(try old.add(group: cluster.name("g")) == fenced)
            #expect(try old.write("zombie", to: partition).errorCode == .invalidProducerEpoch)
            try new.send("new", to: partition)
            #expect(try old.write("zombie", to: partition).errorCode == .invalidProducerEpoch)
            #expect(try new.end(commit: true) == .none)
            #expect(try cluster.awaitStable(partition, 4).committedValues() == ["new"])
        }
    }

    @Test func aNewProducerFencesAnIdleOne() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            var old = try TransactionalProducer(cluster, cluster.name("t"))
            try old.send("kept", to: partition)
            #expect(try old.end(commit: true) == .none)
            let new = try TransactionalProducer(cluster, old.id)
            #expect(new.identity == ProducerIdentity(id: old.identity.id, epoch: old.identity.epoch + 1))
            #expect(try old.add(partition) == .producerFenced)
            #expect(try old.write("zombie", to: partition).errorCode == .invalidProducerEpoch)
            #expect(try cluster.awaitStable(partition, 2).committedValues() == ["kept"])
        }
    }

    @Test func fencedProducersCommitNoOffsets() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let group = cluster.name("g")
            let old = try TransactionalProducer(cluster, cluster.name("t"))
            #expect(try old.add(group: group) == .none)
            #expect(try old.commit(5, of: partition, group: group) == .none)
            let new = try TransactionalProducer(cluster, old.id)
            #expect(try cluster.stableCommitted(partition, group: group).offset == -1)
            #expect(try old.commit(6, of: partition, group: group) == .invalidProducerEpoch)
            #expect(try new.add(group: group) == .none)
            #expect(try old.commit(6, of: partition, group: group) == .invalidProducerEpoch)
            #expect(try new.commit(7, of: partition, group: group) == .none)
            #expect(try new.end(commit: true) == .none)
            #expect(try cluster.stableCommitted(partition, group: group).offset == 7)
        }
    }

    @Test func transactionsThatStayOpenForTooLongAreAborted() async throws {
        try await Cluster.run { cluster in
            let partition = try cluster.createPartition()
            let id = cluster.name("t")
            var producer = try TransactionalProducer(cluster, id, timeoutMilliseconds: 500)
            try producer.send("late", to: partition)
            let answer = try cluster.awaitStable(partition, 2)
            #expect(try answer.committedValues() == [])
            #expect(try answer.batches().last?.markerCommits == false)
            #expect(try producer.end(commit: true) == .producerFenced)
            #expect(try producer.add(partition) == .producerFenced)
            #expect(try producer.write("later", to: partition).errorCode == .invalidProducerEpoch)
            var next = try TransactionalProducer(cluster, id)
            #expect(next.identity.epoch > producer.identity.epoch)
            try next.send("in time", to: partition)
            #expect(try next.end(commit: true) == .none)
            #expect(try cluster.awaitStable(partition, 4).committedValues() == ["in time"])
        }
    }

    @Test func timeoutsHaveLimits() async throws {
        try await Cluster.run { cluster throws in
            let id = cluster.name("t")
            // A day is more than a broker's `transaction.max.timeout.ms` in its default.
            #expect(
                try cluster.initProducer(id, timeoutMilliseconds: 86_400_000).errorCode == .invalidTransactionTimeout)
            #expect(try cluster.initProducer(id, timeoutMilliseconds: 0).errorCode == .invalidTransactionTimeout)
            #expect(try cluster.initProducer("").errorCode == .invalidRequest)
        }
    }

    /// KIP-360.
    @Test func aProducerMayAskForItsNextEpoch() async throws {
        try await Cluster.run { cluster in
            let first = try TransactionalProducer(cluster, cluster.name("t"))
            let next = try cluster.initProducer(first.id, expected: first.identity)
            #expect(next.errorCode == .none)
            #expect(next.producerId == first.identity.id)
            #expect(next.producerEpoch == first.identity.epoch + 1)
            // The answer may have been lost: asking again gives the same.
            let again = try cluster.initProducer(first.id, expected: first.identity)
            #expect(again.errorCode == .none)
            #expect(again.producerEpoch == next.producerEpoch)
            let other = try TransactionalProducer(cluster, first.id)
            #expect(other.identity.epoch == next.producerEpoch + 1)
            #expect(try cluster.initProducer(first.id, expected: first.identity).errorCode == .producerFenced)
        }
    }
}
