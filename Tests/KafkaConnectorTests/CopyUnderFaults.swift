import DevBroker
import TestKit
import Testing

@testable import KafkaConnector

/// Copies rows from one topic to another under a fault script and compares what committed readers see.
enum CopyUnderFaults {
    /// What of a script must have happened for a test to say something.
    enum Meeting {
        case everyLine
        case firstLine
        case anything
    }

    /// What the job did on the way.
    struct Outcome: Sendable {
        var failures: [String]
        var log: [String]
    }

    @discardableResult
    static func run(_ script: String, count: Int = 300, _ meeting: Meeting = .everyLine) async throws -> Outcome {
        var done: Outcome?
        try await TestCluster.runWithFaults("") { cluster, broker in
            let (input, output) = (try cluster.createTopic("in"), try cluster.createTopic("out"))
            try cluster.produce((0..<count).map { TestRecord(nil, #"{"id":\#($0)}"#) }, to: input)
            try await broker.setFaults(FaultScript(parsing: script))
            let outcome = try await OwnThread.run {
                let job = MiniJob(cluster, input: input, output: output)
                try job.run(until: Int64(count))
                return Outcome(failures: job.failures, log: job.log)
            }
            let faults = try await broker.currentFaults()
            try await broker.setFaults(FaultScript())
            let found = try cluster.read(output)[0].compactMap(\.value)
            #expect(found == (0..<count).map { #"{"id":\#($0)}"# }, "\(script)\n\(outcome.failures)")
            let needed =
                meeting == .everyLine ? faults.rules : Array(faults.rules.prefix(meeting == .firstLine ? 1 : 0))
            for rule in needed {
                #expect(rule.hitCount > 0, "line \(rule.line) was not met: \(rule.text)")
            }
            done = outcome
        }
        return try #require(done)
    }
}
