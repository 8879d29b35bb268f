#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// One figure with its repetitions.
struct Measurement: Sendable {
    /// Whose CPU time counts.
    enum Clock: Sendable {
        /// The thread that calls `run`.
        case thread
        /// All threads of this process.
        case process
        /// None: time as it passes.
        case wall
    }

    var name: String
    /// What one sample counts, for example `ns/record`.
    var unit: String
    /// In the order they were taken.
    var samples: [Double]

    init(name: String, unit: String, samples: [Double]) {
        precondition(!samples.isEmpty, "\(name) was not measured")
        self.name = name
        self.unit = unit
        self.samples = samples
    }

    var median: Double {
        let sorted = samples.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    var minimum: Double { samples.min() ?? 0 }
    var maximum: Double { samples.max() ?? 0 }

    /// Runs `body` once to warm up, then `repetitions` times, and divides each time by `operations`.
    ///
    /// - Returns: nanoseconds per operation.
    static func run(
        _ name: String, operations: Int, unit: String = "ns/record", options: MeasurementOptions,
        clock: Clock = .thread, body: () throws -> Void
    ) rethrows -> Measurement {
        try body()
        var samples: [Double] = []
        for _ in 0..<options.repetitions {
            let start = nanoseconds(clock)
            try body()
            samples.append(Double(nanoseconds(clock) - start) / Double(operations))
        }
        return Measurement(name: name, unit: unit, samples: samples)
    }

    /// The reading of a clock; only differences have a meaning.
    static func nanoseconds(_ clock: Clock) -> Int64 {
        var time = timespec()
        switch clock {
        case .thread: clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        case .process: clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        case .wall: clock_gettime(CLOCK_MONOTONIC, &time)
        }
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
