import DevBroker
import Foundation
import NIOCore
import Synchronization
import Testing

/// What a fault script does to requests on real connections.
@Suite(.timeLimit(.minutes(3))) struct FaultTests {
    private func withBroker(_ script: String, _ body: (BrokerServer) async throws -> Void) async throws {
        let directory = try Client.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let server = try await BrokerServer.start(
            directory: directory, topics: [.init(name: "t", partitionCount: 1)],
            faults: .init(try FaultScript(parsing: script), crash: {}))
        let result: Result<Void, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        try await server.stop()
        try result.get()
    }

    private func endOffset(_ server: BrokerServer) throws -> Int64 {
        let answer = try RawConnection(port: server.port).call(Ask.endOffset())
        return try #require(answer.topics.first?.partitions.first).offset
    }

    private func write(_ connection: RawConnection) throws -> ProduceResponse.Partition {
        try #require(try connection.call(Ask.produce(["a"])).topics.first?.partitions.first)
    }

    @Test(arguments: [("drop", 0), ("drop after", 1), ("close", 0), ("close after", 1)] as [(String, Int64)])
    func answersAreLost(action: String, endOffset expected: Int64) async throws {
        try await withBroker("Produce request 1 -> \(action)") { server in
            let connection = try RawConnection(port: server.port, patience: 300)
            try connection.send(Ask.produce(["a"]))
            #expect(action.hasPrefix("drop") ? connection.isSilent : connection.isClosed)
            #expect(try endOffset(server) == expected)
            #expect(try write(RawConnection(port: server.port)).errorCode == .none)
            #expect(try await server.currentFaults().hitCount(line: 1) == 1)
        }
    }

    @Test func whatComesAfterADroppedRequestIsNotAnsweredEither() async throws {
        try await withBroker("Produce request 1 -> drop after") { server in
            let connection = try RawConnection(port: server.port, patience: 300)
            try connection.send(Ask.produce(["a"]))
            try connection.send(Ask.endOffset())
            #expect(connection.isSilent)
        }
    }

    @Test(arguments: [("delay 3s", 1), ("delay reply 3s", 0)] as [(String, Int64)])
    func requestsAndAnswersAreLate(action: String, baseOffset: Int64) async throws {
        try await withBroker("Produce request 1 -> \(action)") { server in
            let (late, other) = (try RawConnection(port: server.port), try RawConnection(port: server.port))
            let start = ContinuousClock.now
            try late.send(Ask.produce(["late"]))
            // The broker has seen the first one when it answers this one.
            while try await server.currentFaults().hitCount(line: 1) == 0 {}
            let offsetOfOther = try write(other).baseOffset
            // On a machine that is busy elsewhere the delay may be over first.
            if baseOffset == 0 || ContinuousClock.now - start < .milliseconds(2900) {
                #expect(offsetOfOther == 1 - baseOffset)
            }
            let answer = try late.answer(to: ProduceRequest.self)
            #expect(answer.topics.first?.partitions.first?.baseOffset == 1 - offsetOfOther)
            #expect(ContinuousClock.now - start >= .milliseconds(2900))
        }
    }

    @Test func lateRequestsAreAppliedWhenTheirConnectionIsGone() async throws {
        try await withBroker("Produce request 1 -> delay 200ms") { server in
            var connection: RawConnection? = try RawConnection(port: server.port)
            try connection?.send(Ask.produce(["a"]))
            while try await server.currentFaults().hitCount(line: 1) == 0 {}
            connection = nil
            while try endOffset(server) == 0 {}
        }
    }

    @Test func requestsAreAppliedTwice() async throws {
        try await withBroker("Produce request 1 -> duplicate\nProduce request 2 -> duplicate after 100ms") { server in
            let connection = try RawConnection(port: server.port)
            #expect(try write(connection).baseOffset == 0)
            #expect(try endOffset(server) == 2)
            #expect(try write(connection).baseOffset == 2)
            while try endOffset(server) < 4 {}
        }
    }

    @Test func errorsAreAnsweredWithAndWithoutApplying() async throws {
        let script = "Produce request 1 -> error NOT_ENOUGH_REPLICAS\nProduce request 2 -> error 7 after"
        try await withBroker(script) { server in
            let connection = try RawConnection(port: server.port)
            #expect(try write(connection).errorCode == .notEnoughReplicas)
            #expect(try endOffset(server) == 0)
            #expect(try write(connection).errorCode == .requestTimedOut)
            #expect(try endOffset(server) == 1)
            #expect(try write(connection).errorCode == .none)
        }
    }

    /// Every request in every version is refused by an answer that its client can read and that names the error.
    @Test func everyRequestCanBeRefused() async throws {
        // A number whose bytes stand nowhere else.
        let error: Int16 = 0x7373
        try await withBroker("any -> error \(error)") { server in
            for frame in try EveryMessage().requestFrames {
                var rest = frame
                let header = try Frame.readHeader(&rest)
                let api = try #require(header.api)
                if api == .produce, try Frame.readBody(ProduceRequest.self, rest, version: header.version).acks == 0 {
                    continue
                }
                let connection = try RawConnection(port: server.port)
                try connection.send(frame: frame)
                guard case .frame(let answer) = connection.receive() else {
                    Issue.record("\(api) version \(header.version) was not answered")
                    continue
                }
                #expect(answer.getInteger(at: 0, as: Int32.self) == header.correlationId)
                #expect(
                    (4..<answer.readableBytes - 1).contains { answer.getInteger(at: $0, as: Int16.self) == error },
                    "\(api) version \(header.version)")
            }
        }
    }

    /// KAFKA-17754: the end of a transaction that arrives within the next one ends that.
    @Test func aHeldEndOfTransactionEndsTheNextOne() async throws {
        try await withBroker("EndTxn request 1 -> hold until AddPartitionsToTxn, close") { server in
            let first = try RawConnection(port: server.port)
            let producer = try first.call(Ask.producer("id"))
            _ = try first.call(Ask.partition(in: "id", producer))
            try first.send(Ask.end("id", producer))
            #expect(first.isClosed)
            let second = try RawConnection(port: server.port)
            #expect(try second.call(Ask.end("id", producer)).errorCode == .none)
            _ = try second.call(Ask.partition(in: "id", producer))
            let state = try second.call(Ask.state(of: "id")).transactionStates.first?.transactionState
            #expect(state == "CompleteCommit")
        }
    }

    @Test func heldRequestsAreLetGoByTheNextScript() async throws {
        try await withBroker("Produce request 1 -> hold until Heartbeat 5") { server in
            let connection = try RawConnection(port: server.port, patience: 200)
            try connection.send(Ask.produce(["a"]))
            #expect(connection.isSilent)
            #expect(try endOffset(server) == 0)
            try await server.setFaults(FaultScript())
            #expect(try endOffset(server) == 1)
        }
    }

    @Test func answersAreCutOff() async throws {
        try await withBroker("ListOffsets request 1 -> truncate 7") { server in
            let connection = try RawConnection(port: server.port)
            try connection.send(Ask.endOffset())
            guard case .closed(afterBytes: 7) = connection.receive(100) else {
                Issue.record("not 7 bytes and the end")
                return
            }
        }
    }

    @Test func throttledClientsAreToldAndNotRead() async throws {
        try await withBroker("ListOffsets request 1 -> throttle 300ms") { server in
            let connection = try RawConnection(port: server.port)
            let start = ContinuousClock.now
            #expect(try connection.call(Ask.endOffset()).throttleTimeMilliseconds == 300)
            #expect(try connection.call(Ask.endOffset()).throttleTimeMilliseconds == 0)
            #expect(ContinuousClock.now - start >= .milliseconds(290))
        }
    }

    @Test func nobodyIsAnsweredDuringAPause() async throws {
        try await withBroker("ListOffsets request 1 -> pause 300ms") { server in
            let (first, second) = (try RawConnection(port: server.port), try RawConnection(port: server.port))
            let start = ContinuousClock.now
            try first.send(Ask.endOffset())
            while try await server.currentFaults().hitCount(line: 1) == 0 {}
            #expect(try write(second).errorCode == .none)
            #expect(ContinuousClock.now - start >= .milliseconds(290))
            _ = try first.answer(to: ListOffsetsRequest.self)
        }
    }

    @Test(arguments: [("crash", 0), ("crash after", 1)] as [(String, Int64)])
    func theBrokerCrashes(action: String, endOffset: Int64) async throws {
        let directory = try Client.temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let hasCrashed = Atomic(false)
        let server = try await BrokerServer.start(
            directory: directory, topics: [.init(name: "t", partitionCount: 1)],
            faults: .init(
                try FaultScript(parsing: "Produce request 1 -> \(action)"),
                crash: { hasCrashed.store(true, ordering: .releasing) }))
        let connection = try RawConnection(port: server.port, patience: 200)
        try connection.send(Ask.produce(["a"]))
        #expect(connection.isSilent)
        let wasCalled = hasCrashed.load(ordering: .acquiring)
        #expect(wasCalled)
        try await server.stop()
        let next = try await BrokerServer.start(directory: directory)
        #expect(try self.endOffset(next) == endOffset)
        try await next.stop()
    }

    @Test func eventsHappenAtTheirTimes() async throws {
        try await withBroker("at 100ms every 200ms -> disconnect") { server in
            let connection = try RawConnection(port: server.port)
            #expect(connection.isClosed)
        }
    }

    @Test(arguments: ["length -5", "length 2147483647", "correlation", "versions", "bytes 40"])
    func answersAreWrong(what: String) async throws {
        try await withBroker("ApiVersions request 1 -> corrupt \(what)") { server in
            let connection = try RawConnection(port: server.port, patience: 300)
            let whole = try RawConnection(port: server.port)
            try connection.send(ApiVersionsRequest(), version: 0)
            guard case .frame(let wrong) = connection.receive(200) else {
                Issue.record("no answer")
                return
            }
            try whole.send(ApiVersionsRequest(), version: 0)
            guard case .frame(let right) = whole.receive(200) else {
                Issue.record("no right answer")
                return
            }
            #expect(wrong != right)
        }
    }

    @Test(arguments: ["checksum", "codec", "magic", "batch-length -1", "record-count 2147483647", "batch-end"])
    func fetchedBatchesAreWrong(what: String) async throws {
        try await withBroker("Fetch request 2 -> corrupt \(what)") { server in
            let connection = try RawConnection(port: server.port)
            _ = try write(connection)
            let right = try #require(try connection.call(Ask.fetch()).topics.first?.partitions.first?.records)
            let wrong = try #require(try connection.call(Ask.fetch()).topics.first?.partitions.first?.records)
            #expect(right != wrong)
            let isReadable = (try? RecordBatch(reading: wrong)) != nil
            // Only a client that checks them sees a wrong checksum or format.
            #expect(isReadable == (what == "checksum"))
        }
    }
}
