internal import JobService
internal import KernelBenchmarks

/// What one case of the matrix cost, and whether its rows were right.
struct CaseResult {
    let job: JobCase
    let events: Int
    let expected: Answer
    /// CPU microseconds of the job's process per event, one a repetition; the others likewise.
    private(set) var cpu: [Double] = []
    /// The parts of it in the process's own code and in the kernel.
    private(set) var userCPU: [Double] = []
    private(set) var systemCPU: [Double] = []
    /// Seconds from the start of the process to its end.
    private(set) var wallSeconds: [Double] = []
    /// Of runs that were watched over HTTP.
    private(set) var watchedCPU: [Double] = []
    /// Events a second from the start of the process to its end.
    private(set) var rate: [Double] = []
    private(set) var peakMegabytes: [Double] = []
    private(set) var pauses: [PauseFigures] = []
    private(set) var problem: String?
    var allocationsPerEvent: Double?
    var profile: CostProfile?

    init(_ job: JobCase, events: Int, expected: Answer) {
        self.job = job
        self.events = events
        self.expected = expected
    }

    mutating func add(_ outcome: JobSystem.Outcome) {
        add(outcome.usage)
        if let figures = outcome.status.checkpointPauses { pauses.append(figures) }
    }

    mutating func add(_ usage: MeasuredProcess.Usage) {
        cpu.append(usage.cpuSeconds * 1e6 / Double(events))
        userCPU.append(usage.userSeconds * 1e6 / Double(events))
        systemCPU.append(usage.systemSeconds * 1e6 / Double(events))
        wallSeconds.append(usage.wallSeconds)
        rate.append(Double(events) / usage.wallSeconds)
        peakMegabytes.append(Double(usage.peakByteCount) / 1e6)
    }

    mutating func addWatched(_ outcome: JobSystem.Outcome) {
        watchedCPU.append(outcome.usage.cpuSeconds * 1e6 / Double(events))
    }

    /// What being watched adds, in percent of the medians; nil where nothing was.
    var watchedPercent: Double? {
        guard !watchedCPU.isEmpty, !cpu.isEmpty else { return nil }
        return (Measurement.median(watchedCPU) / Measurement.median(cpu) - 1) * 100
    }

    /// Throughput per used core as a share of that of the same case with one worker, which is the inverse ratio of their CPU
    /// medians; nil where this case has one worker or `others` do not hold that one.
    func shareOfOneWorker(among others: [CaseResult]) -> Double? {
        guard job.parallelism > 1, !cpu.isEmpty else { return nil }
        var wanted = job
        wanted.parallelism = 1
        guard let one = others.first(where: { $0.job == wanted }), !one.cpu.isEmpty else { return nil }
        return Measurement.median(one.cpu) / Measurement.median(cpu)
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
