#if canImport(Glibc)
    package import Glibc
#elseif canImport(Musl)
    package import Musl
#else
    package import Darwin
#endif

/// One figure with its repetitions.
package struct Measurement: Sendable, Codable {
    /// Whose CPU time counts.
    package enum Clock: Sendable {
        /// The thread that calls `run`.
        case thread
        /// All threads of this process.
        case process
        /// None: time as it passes.
        case wall
    }

    package var name: String
    /// What one sample counts, for example `ns/record`.
    package var unit: String
    /// In the order they were taken.
    package var samples: [Double]
    /// Allocations per operation, where they were counted.
    package var allocations: Double?

    package init(name: String, unit: String, samples: [Double], allocations: Double? = nil) {
        precondition(!samples.isEmpty, "\(name) was not measured")
        self.name = name
        self.unit = unit
        self.samples = samples
        self.allocations = allocations
    }

    package var median: Double { Self.median(samples) }
    package var minimum: Double { samples.min() ?? 0 }
    package var maximum: Double { samples.max() ?? 0 }

    /// Greatest less least sample, in percent of the median.
    package var spread: Double { median == 0 ? 0 : (maximum - minimum) / median * 100 }

    package static func median(_ values: [Double]) -> Double { quantile(values, 0.5) }

    /// Linear between the two nearest values; 0 for none.
    package static func quantile(_ values: [Double], _ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        let sorted = values.sorted()
        let place = share * Double(sorted.count - 1)
        let low = Int(place)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
    }

    /// Runs `body` to warm up, then `repetitions` times, and divides each time by `operations`.
    ///
    /// Allocations are counted in a round of their own, since counting takes time.
    ///
    /// - Returns: nanoseconds per operation.
    package static func run(
        _ name: String, operations: Int, unit: String = "ns/record", options: MeasurementOptions,
        clock: Clock = .thread, body: () throws -> Void
    ) rethrows -> Measurement {
        for _ in 0..<options.warmUp { try body() }
        var samples: [Double] = []
        for _ in 0..<options.repetitions {
            let start = nanoseconds(clock)
            try body()
            samples.append(Double(nanoseconds(clock) - start) / Double(operations))
        }
        let count = try Allocations.count(body)
        return Measurement(
            name: name, unit: unit, samples: samples, allocations: count.map { Double($0) / Double(operations) })
    }

    /// The same where each repetition needs something made that is not measured.
    ///
    /// - Parameter prepare: makes it, and returns what is measured.
    package static func runPrepared(
        _ name: String, operations: Int, unit: String = "ns/record", options: MeasurementOptions,
        prepare: () throws -> () throws -> Void
    ) throws -> Measurement {
        for _ in 0..<options.warmUp { try prepare()() }
        var samples: [Double] = []
        for _ in 0..<options.repetitions {
            let body = try prepare()
            let start = nanoseconds(.thread)
            try body()
            samples.append(Double(nanoseconds(.thread) - start) / Double(operations))
        }
        let last = try prepare()
        let count = try Allocations.count(last)
        return Measurement(
            name: name, unit: unit, samples: samples, allocations: count.map { Double($0) / Double(operations) })
    }

    /// The reading of a clock; only differences have a meaning.
    package static func nanoseconds(_ clock: Clock) -> Int64 {
        switch clock {
        case .thread: nanoseconds(CLOCK_THREAD_CPUTIME_ID)
        case .process: nanoseconds(CLOCK_PROCESS_CPUTIME_ID)
        case .wall: nanoseconds(CLOCK_MONOTONIC)
        }
    }

    /// CPU time of another process so far, all its threads; nil when it is not there.
    package static func nanoseconds(of process: pid_t) -> Int64? {
        var clock = clockid_t()
        return clock_getcpuclockid(process, &clock) == 0 ? nanoseconds(clock) : nil
    }

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
