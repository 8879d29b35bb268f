internal import CKafka
internal import Dataflow
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What a client tells beside its calls.
struct ClientEvents: Sendable {
    /// A line of librdkafka's log: syslog level (0 worst, 7 debug), facility, text. From any thread.
    var log: @Sendable (Int32, String, String) -> Void
    /// Trouble that librdkafka mends by itself, or that is final (`isFatal`). From the thread that polls.
    var error: @Sendable (KafkaConnectorError, _ isFatal: Bool) -> Void
    /// What the client counts, as JSON that is valid during the call. From the thread that polls.
    var statistics: @Sendable (UnsafeRawBufferPointer) -> Void = { _ in }
    /// What connections beside the client's count, now and then; from their thread.
    var observe: @Sendable (ClientStatistics) -> Void = { _ in }
    /// Whether trouble with certificates and logins is told in words that say what to do (`ConnectionTrouble`), for which a broker may be
    /// connected to once more, for some seconds at most.
    var areExplained = true

    static let ignored = ClientEvents(log: { _, _, _ in }, error: { _, _ in }, areExplained: false)
}

/// Owns one librdkafka client: its threads and connections end with the last reference.
///
/// Safe because a librdkafka client may be called from any thread, and `pointer` never changes.
final class ClientHandle: @unchecked Sendable {
    let pointer: OpaquePointer
    /// Kept for the callbacks' context; outlives the client because `deinit` destroys that first.
    private let events: EventBox
    /// For explaining troubles.
    let settings: ConnectionTrouble.Settings

    /// The last trouble that does not pass by itself, if it is recent and no question was answered since.
    var trouble: ConnectionTrouble? { events.trouble.withLock { $0.at(monotonicNanoseconds()) } }

    /// Whether all brokers were away at some time since a question was answered.
    var hasLostAllBrokers: Bool { events.trouble.withLock { $0.hasLostAllBrokers } }

    func forgetTrouble() { events.trouble.withLock { $0.forget() } }

    enum Kind: Sendable {
        /// Reads assigned partitions.
        case reader
        /// Joins a group.
        case member
        case producer
        /// Only asks questions.
        case administration
    }

    init(
        _ kind: Kind, properties: [KafkaProperties.Entry], events: ClientEvents
    ) throws(KafkaConnectorError) {
        let settings = ConnectionTrouble.Settings(properties)
        let box = EventBox(events, settings)
        self.settings = settings
        let hooks = ckafka_hooks(
            context: Unmanaged.passUnretained(box).toOpaque(),
            log: { context, level, facility, message in
                guard let context, let facility, let message else { return }
                let box = Unmanaged<EventBox>.fromOpaque(context).takeUnretainedValue()
                box.events.log(level, String(cString: facility), String(cString: message))
            },
            error: { context, code, isFatal, reason in
                guard let context else { return }
                let text = reason.map { String(cString: $0) } ?? "Kafka reported an error"
                Unmanaged<EventBox>.fromOpaque(context).takeUnretainedValue()
                    .take(KafkaConnectorError(code: code, text: text), said: text, isFatal: isFatal)
            },
            statistics: { context, json, length in
                guard let context, let json else { return }
                let box = Unmanaged<EventBox>.fromOpaque(context).takeUnretainedValue()
                box.events.statistics(UnsafeRawBufferPointer(start: json, count: length))
            })
        let made = try checkingFailure { failure in
            withCStrings(properties.map(\.name)) { names in
                withCStrings(properties.map(\.value)) { values in
                    ckafka_client_new(
                        kind.value, ckafka_properties(names: names, values: values, count: properties.count), hooks,
                        &failure)
                }
            }
        }
        guard let made else { throw KafkaConnectorError(.internal, "librdkafka made no client and gave no reason") }
        pointer = made
        self.events = box
    }

    deinit {
        ckafka_client_destroy(pointer)
    }

    /// Serves callbacks; waits up to `timeoutMilliseconds` for the first.
    func poll(timeoutMilliseconds: Int32 = 0) {
        _ = ckafka_client_poll(pointer, timeoutMilliseconds)
    }

    var counters: ckafka_counters {
        var counters = ckafka_counters()
        ckafka_client_counters(pointer, &counters)
        return counters
    }
}

extension ClientHandle.Kind {
    fileprivate var value: ckafka_kind {
        switch self {
        case .reader, .administration: CKAFKA_READER
        case .member: CKAFKA_MEMBER
        case .producer: CKAFKA_PRODUCER
        }
    }
}

private final class EventBox: Sendable {
    let events: ClientEvents
    let settings: ConnectionTrouble.Settings
    let trouble = Mutex(LastTrouble())

    init(_ events: ClientEvents, _ settings: ConnectionTrouble.Settings) {
        self.events = events
        self.settings = settings
    }

    /// - Parameter said: librdkafka's words.
    func take(_ error: KafkaConnectorError, said: String, isFatal: Bool) {
        let name = error.kafkaCode ?? ""
        trouble.withLock { $0.note(code: name, said: said, now: monotonicNanoseconds()) }
        // Connections are closed all the time: a client for questions hears of them because of what they may mean.
        if said.contains(": Disconnected (") || said.contains(": Disconnected: verify") { return }
        guard events.areExplained, let trouble = ConnectionTrouble(code: name, said: said) else {
            return events.error(error, isFatal)
        }
        events.error(trouble.wording(error, settings), isFatal)
    }
}

/// Lends `strings` as an array of C strings.
func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) throws -> Result
) rethrows -> Result {
    var pointers: [UnsafePointer<CChar>?] = strings.map { string in UnsafePointer(strdup(string)) }
    defer { for pointer in pointers { free(UnsafeMutablePointer(mutating: pointer)) } }
    return try pointers.withUnsafeMutableBufferPointer { try body(UnsafePointer($0.baseAddress)) }
}

/// Topic-partitions with offsets, lent to the C layer; `offsets` may be written by it.
func withPositions<Result>(
    _ positions: [KafkaPosition], _ body: (ckafka_positions) throws -> Result
) rethrows -> (result: Result, offsets: [Int64]) {
    var offsets = positions.map(\.offset)
    let partitions = positions.map(\.partition)
    let metadata = positions.map { $0.metadata }
    let result = try withCStrings(positions.map(\.topic)) { topics in
        try withCStrings(metadata) { texts in
            try partitions.withUnsafeBufferPointer { partitions in
                try offsets.withUnsafeMutableBufferPointer { offsets in
                    try body(
                        ckafka_positions(
                            topics: topics, partitions: partitions.baseAddress, offsets: offsets.baseAddress,
                            metadata: texts, count: positions.count))
                }
            }
        }
    }
    return (result, offsets)
}
