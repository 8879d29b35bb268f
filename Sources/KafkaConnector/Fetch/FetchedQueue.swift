internal import Synchronization

/// What was fetched of one partition and is not read yet. Filled by the fetching thread, emptied by a worker.
final class FetchedQueue: Sendable {
    /// A part of an answer: whole batches of one partition.
    struct Segment: Sendable {
        var frame: FrameBuffer
        /// Of the frame's bytes.
        var range: Range<Int>
        /// As the batches say, before any is left out.
        var recordCount: Int
        /// Transactions whose records are not to be read, by their first offset.
        var aborted: [AbortedTransaction]

        /// The batches of a range that are whole, and the offset behind them; nil where not even the first is.
        static func wholeBatches(
            of frame: FrameBuffer, _ range: Range<Int>, _ aborted: [AbortedTransaction]
        ) -> (segment: Segment, nextOffset: Int64)? {
            var segment = Segment(
                frame: frame, range: range.lowerBound..<range.lowerBound, recordCount: 0, aborted: aborted)
            var next: Int64 = 0
            while let header = BatchHeader(
                UnsafeRawBufferPointer(rebasing: frame.bytes[segment.range.upperBound..<range.upperBound]))
            {
                segment.range = range.lowerBound..<segment.range.upperBound + header.byteCount
                segment.recordCount += Int(max(header.recordCount, 0))
                next = max(next, header.lastOffset + 1)
            }
            return segment.range.isEmpty ? nil : (segment, next)
        }
    }

    /// Of a producer, from an offset on.
    struct AbortedTransaction: Sendable {
        var producer: Int64
        var firstOffset: Int64
    }

    enum Item: Sendable {
        case segment(Segment)
        /// Everything before the offset was read, and there is no more now.
        case end(offset: Int64)
        /// A code of Kafka's protocol or of librdkafka.
        case failure(code: Int32)
    }

    private struct State {
        var items: [Item] = []
        var first = 0
        var byteCount = 0
        var recordCount = 0
        /// The fetching thread has passed over the partition because it was full.
        var isAwaited = false
    }

    private let state = Mutex(State())
    /// What is fetched before the partition waits.
    private let maximumByteCount: Int
    private let wakeReader: @Sendable () -> Void
    private let wakeFetcher: @Sendable () -> Void

    init(
        maximumByteCount: Int, wakeReader: @escaping @Sendable () -> Void, wakeFetcher: @escaping @Sendable () -> Void
    ) {
        self.maximumByteCount = maximumByteCount
        self.wakeReader = wakeReader
        self.wakeFetcher = wakeFetcher
    }

    /// What is here and not read to the end of its segment.
    var held: (recordCount: Int, byteCount: Int) { state.withLock { ($0.recordCount, $0.byteCount) } }

    /// Whether more may be fetched; when false, the fetching thread is woken as soon as half of what is here is read.
    func hasRoom() -> Bool {
        state.withLock { state in
            state.isAwaited = state.byteCount >= maximumByteCount
            return !state.isAwaited
        }
    }

    func push(_ item: Item) {
        let wasEmpty = state.withLock { state in
            let wasEmpty = state.first == state.items.count
            state.items.append(item)
            if case .segment(let segment) = item {
                state.byteCount += segment.range.count
                state.recordCount += segment.recordCount
            }
            return wasEmpty
        }
        if wasEmpty { wakeReader() }
    }

    func pop() -> Item? {
        state.withLock { state in
            guard state.first < state.items.count else { return nil }
            let item = state.items[state.first]
            // Keeps no frame longer than its reader does.
            state.items[state.first] = .end(offset: -1)
            state.first += 1
            if state.first == state.items.count {
                state.items.removeAll(keepingCapacity: true)
                state.first = 0
            }
            return item
        }
    }

    /// A segment is read to its end.
    func release(_ segment: Segment) {
        let wakes = state.withLock { state in
            state.byteCount -= segment.range.count
            state.recordCount -= segment.recordCount
            guard state.isAwaited, state.byteCount <= maximumByteCount / 2 else { return false }
            state.isAwaited = false
            return true
        }
        if wakes { wakeFetcher() }
    }
}
