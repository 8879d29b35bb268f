/// Something small enough to be measured everywhere, in one thread.
struct QuickFigure {
    var name: String
    /// Rows or records of one call of `body`.
    var operations: Int
    var body: () throws -> Void

    /// A figure with what it took.
    struct Result: Codable {
        var name: String
        /// Nanoseconds per operation, each divided by the nanoseconds of a calibration step just before it.
        var ratios: [Double]
        var nanoseconds: [Double]
        /// Calls of malloc and its like per operation; nil where they cannot be counted.
        var allocations: Double?

        /// The least: what the work takes when nothing disturbs it.
        var ratio: Double { ratios.min() ?? 0 }
    }

    func measure(_ calibration: Calibration, options: MeasurementOptions) throws -> Result {
        for _ in 0..<options.warmUp { try body() }
        var result = Result(name: name, ratios: [], nanoseconds: [])
        for _ in 0..<options.repetitions {
            let step = calibration.nanosecondsPerStep(steps: 1 << 19)
            let start = Measurement.nanoseconds(.thread)
            try body()
            let cost = Double(Measurement.nanoseconds(.thread) - start) / Double(operations)
            result.ratios.append(cost / step)
            result.nanoseconds.append(cost)
        }
        result.allocations = try Allocations.count(body).map { Double($0) / Double(operations) }
        return result
    }
}
