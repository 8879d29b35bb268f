internal import Foundation
internal import JobService
internal import KernelBenchmarks

/// What is seen of a soak while it runs.
struct SoakWatch {
    let system: SoakSystem
    private(set) var samples: [SoakSample] = []
    private(set) var faults: [(time: Double, fault: SoakFault)] = []
    var problems: [String] = []
    private let began = Measurement.nanoseconds(.wall)
    /// When the job's process was last started.
    private var started = 0.0

    init(_ system: SoakSystem) { self.system = system }

    /// Seconds since the beginning.
    var now: Double { Double(Measurement.nanoseconds(.wall) - began) / 1e9 }

    mutating func begin(_ fault: SoakFault) throws {
        faults.append((now, fault))
        try fault.begin(system)
        if fault == .killJob { started = now }
    }

    /// Looks at the job; starts it again where it has ended by itself, which is a problem.
    mutating func sample() throws {
        guard let job = system.job else { return }
        if let status = job.endedWith() {
            problems.append("the job ended by itself with \(status) after \(Int(now)) s:\n\(system.lastWords)")
            try system.startJob()
            started = now
            return
        }
        let lag = system.status.read().flatMap { report in
            report.processID == job.processID ? report.lag.map { Int($0) } : nil
        }
        let sample = SoakSample(
            time: now, age: now - started, process: job.processID, broker: system.broker.processID,
            checkpoints: system.checkpoints, lag: lag)
        if let sample { samples.append(sample) }
    }

    /// Samples of each process: a new one begins young.
    var lives: [[SoakSample]] {
        var lives: [[SoakSample]] = []
        for sample in samples {
            if let last = lives.last?.last, sample.age > last.age {
                lives[lives.count - 1].append(sample)
            } else {
                lives.append([sample])
            }
        }
        return lives
    }
}
