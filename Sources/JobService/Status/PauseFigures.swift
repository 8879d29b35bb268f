package import Execution

/// How long workers stood still for checkpoints, in milliseconds, over the last thousand checkpoints of each.
package struct PauseFigures: Codable, Sendable, Hashable {
    package var count: Int
    package var p50: Double
    package var p99: Double
    package var maximum: Double

    /// Nil before the second checkpoint.
    package init?(_ workers: [WorkerStatus]) {
        let pauses = workers.flatMap(\.checkpointPauseNanoseconds).sorted()
        guard !pauses.isEmpty else { return nil }
        func quantile(_ share: Double) -> Double {
            Double(pauses[min(pauses.count - 1, Int(Double(pauses.count) * share))]) / 1e6
        }
        count = pauses.count
        p50 = quantile(0.5)
        p99 = quantile(0.99)
        maximum = quantile(1)
    }
}
