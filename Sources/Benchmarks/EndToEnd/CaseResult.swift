internal import JobService
internal import KernelBenchmarks

/// What one case of the matrix cost, and whether its rows were right.
struct CaseResult {
    let job: JobCase
    let events: Int
    let expected: Answer
    /// CPU microseconds of the job's process per event, one a repetition; the others likewise.
    private(set) var cpu: [Double] = []
    /// Of runs that were watched over HTTP.
    private(set) var watchedCPU: [Double] = []
    /// Events a second from the start of the process to its end.
    private(set) var rate: [Double] = []
    private(set) var peakMegabytes: [Double] = []
    private(set) var pauses: [PauseFigures] = []
    private(set) var problem: String?
    var allocationsPerEvent: Double?

    init(_ job: JobCase, events: Int, expected: Answer) {
        self.job = job
        self.events = events
        self.expected = expected
    }

    mutating func add(_ outcome: JobSystem.Outcome) {
        cpu.append(outcome.usage.cpuSeconds * 1e6 / Double(events))
        rate.append(Double(events) / outcome.usage.wallSeconds)
        peakMegabytes.append(Double(outcome.usage.peakByteCount) / 1e6)
        if let figures = outcome.status.checkpointPauses { pauses.append(figures) }
    }

    mutating func addWatched(_ outcome: JobSystem.Outcome) {
        watchedCPU.append(outcome.usage.cpuSeconds * 1e6 / Double(events))
    }

    /// What being watched adds, in percent of the medians; nil where nothing was.
    var watchedPercent: Double? {
        guard !watchedCPU.isEmpty, !cpu.isEmpty else { return nil }
        return (Measurement.median(watchedCPU) / Measurement.median(cpu) - 1) * 100
    }

    /// - Parameter rowCount: what the job says its sinks took, for one that keeps nothing.
    mutating func check(_ answer: Answer?, rowCount: Int) {
        if let answer {
            if answer != expected { problem = "\(answer) instead of \(expected)" }
        } else if rowCount != expected.count {
            problem = "\(rowCount) rows instead of \(expected.count)"
        }
    }

    var isRight: Bool { problem == nil }

    var proof: String {
        if let problem { return "WRONG: \(problem)" }
        return job.target == .blackhole ? "\(expected.count) rows" : "\(expected)"
    }

    /// The median over the repetitions, in milliseconds; nil where a run had fewer than two checkpoints.
    var pause: (p50: Double, p99: Double)? {
        guard !pauses.isEmpty else { return nil }
        return (Measurement.median(pauses.map(\.p50)), Measurement.median(pauses.map(\.p99)))
    }
}
