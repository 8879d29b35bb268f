internal import CoreMetrics
internal import Synchronization

/// The number behind one counter or gauge.
final class ValueSeries: CounterHandler, FloatingPointCounterHandler, MeterHandler, RecorderHandler {
    private let storage = Mutex(0.0)

    init() {}

    var value: Double { storage.withLock { $0 } }

    func increment(by amount: Int64) { storage.withLock { $0 += Double(amount) } }
    func increment(by amount: Double) { storage.withLock { $0 += amount } }
    func decrement(by amount: Double) { storage.withLock { $0 -= amount } }
    func set(_ value: Int64) { storage.withLock { $0 = Double(value) } }
    func set(_ value: Double) { storage.withLock { $0 = value } }
    func record(_ value: Int64) { set(value) }
    func record(_ value: Double) { set(value) }
    func reset() { storage.withLock { $0 = 0 } }
}

/// The buckets behind one histogram.
final class HistogramSeries: RecorderHandler, TimerHandler {
    struct Content: Sendable {
        /// One more than there are bounds: the last one takes what is above all of them. Not cumulative.
        var counts: [Int]
        var sum = 0.0
    }

    let bounds: [Double]
    private let storage: Mutex<Content>

    init(bounds: [Double]) {
        self.bounds = bounds
        storage = Mutex(Content(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    var content: Content { storage.withLock { $0 } }

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) { record(value, times: 1) }

    func record(_ value: Double, times: Int) {
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        storage.withLock { content in
            content.counts[index] += times
            content.sum += value * Double(times)
        }
    }

    /// Timers are told in seconds.
    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
}
