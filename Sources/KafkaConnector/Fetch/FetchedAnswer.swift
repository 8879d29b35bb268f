internal import Dataflow

/// What an answer to Fetch says of one partition.
struct FetchedAnswer {
    var split: SplitID
    /// Of Kafka's protocol; 0 where there is no error.
    var code: Int32
    var highWatermark: Int64
    /// Negative where the broker does not say.
    var lastStableOffset: Int64
    /// By their first offset.
    var aborted: [FetchedQueue.AbortedTransaction]
    /// Where its batches lie in the answer, the last of them perhaps cut off.
    var batches: Range<Int>

    /// Calls `body` with each partition's part.
    ///
    /// - Parameters:
    ///   - reader: at the answer's first field; afterwards behind what was read.
    ///   - version: of the request, from 4 on.
    ///   - throttle: called first, with the milliseconds that nothing is to be asked for.
    static func read(
        _ reader: inout WireReader, version: Int16, throttle: (Int32) -> Void, _ body: (FetchedAnswer) -> Void
    ) throws(WireReader.Damaged) {
        throttle(try reader.integer())
        if version >= 7 {
            // An error of the whole request, such as one of sessions, which are not used.
            guard try reader.integer(Int16.self) == 0 else { throw .init() }
            try reader.skip(4)
        }
        for _ in 0..<(try reader.count()) {
            let topic = try reader.text()
            for _ in 0..<(try reader.count()) { body(try FetchedAnswer(&reader, topic, version)) }
        }
    }

    private init(_ reader: inout WireReader, _ topic: String, _ version: Int16) throws(WireReader.Damaged) {
        split = SplitID(topic: topic, partition: try reader.integer())
        code = Int32(try reader.integer(Int16.self))
        highWatermark = try reader.integer()
        lastStableOffset = try reader.integer()
        if version >= 5 { try reader.skip(8) }
        aborted = []
        for _ in 0..<(try reader.count()) {
            aborted.append(.init(producer: try reader.integer(), firstOffset: try reader.integer()))
        }
        aborted.sort { $0.firstOffset < $1.firstOffset }
        if version >= 11 { try reader.skip(4) }
        batches = try reader.range()
    }
}
