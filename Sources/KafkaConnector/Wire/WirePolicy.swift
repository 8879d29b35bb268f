/// Which clients may leave librdkafka's connections for this module's own.
enum WirePolicy {
    /// Properties whose effect only librdkafka has, with the value that asks for nothing.
    private static let foreign: [String: String] = [
        "client.rack": "", "broker.address.family": "any", "debug": "", "socket.send.buffer.bytes": "0",
        "socket.receive.buffer.bytes": "0", "test.mock.num.brokers": "0",
    ]

    /// Whether nothing is asked for that only librdkafka has: TLS, logins, the nearest replica.
    static func admits(_ values: [String: String]) -> Bool {
        guard (values["security.protocol"] ?? "plaintext").lowercased() == "plaintext" else { return false }
        return foreign.allSatisfy { name, none in values[name] == nil || values[name] == none }
    }

    /// How often a client wants to be told what was done, as of librdkafka; 0 there: never.
    static func observationNanoseconds(_ values: [String: String]) -> UInt64 {
        let milliseconds = values["statistics.interval.ms"].flatMap { UInt64($0) } ?? 10_000
        return milliseconds == 0 ? .max / 4 : milliseconds * 1_000_000
    }
}
