internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Runs simulated histories of the exactly-once protocol.
///
/// The protocol is the service's own `CommitProtocol`; the systems around it are models; everything else follows from the seed.
package struct Simulation: Sendable {
    /// A history in which a promise was broken.
    package struct Failure: Sendable {
        package var seed: UInt64
        package var variant: SimulationVariant
        package var violation: Violation
    }

    /// What a number of histories gave.
    package struct Result: Sendable {
        package var historyCount = 0
        package var coverage = SimulationCoverage()
        /// In the order of their seeds.
        package var failures: [Failure] = []
    }

    package var variants: [SimulationVariant]
    package var mutant: Mutant?
    /// Failures after which no more histories are begun.
    package var maximumFailureCount: Int

    package init(
        variants: [SimulationVariant] = SimulationVariant.allCases, mutant: Mutant? = nil, maximumFailureCount: Int = 1
    ) {
        self.variants = variants
        self.mutant = mutant
        self.maximumFailureCount = maximumFailureCount
    }

    /// Histories of the seeds from `seed` on; variants take turns.
    package func run(historyCount: Int, seed: UInt64) -> Result {
        var result = Result()
        for number in 0..<historyCount {
            let variant = variants[Int((seed &+ UInt64(number)) % UInt64(variants.count))]
            var history = History(seed: seed &+ UInt64(number), variant: variant, mutant: mutant)
            history.run()
            result.historyCount += 1
            result.coverage.merge(history.coverage)
            if let violation = history.violation {
                result.failures.append(Failure(seed: seed &+ UInt64(number), variant: variant, violation: violation))
                if result.failures.count >= maximumFailureCount { break }
            }
        }
        return result
    }

    /// The same over several threads.
    package func run(historyCount: Int, seed: UInt64, threadCount: Int) -> Result {
        if threadCount <= 1 { return run(historyCount: historyCount, seed: seed) }
        let chunkSize = max(1, min(1000, historyCount / (threadCount * 4)))
        let progress = Progress()
        Threads.run(threadCount) { [self] in
            while true {
                let start = progress.next.add(chunkSize, ordering: .relaxed).oldValue
                if start >= historyCount { return }
                if progress.total.withLock({ $0.failures.count >= maximumFailureCount }) { return }
                let part = run(historyCount: min(chunkSize, historyCount - start), seed: seed &+ UInt64(start))
                progress.total.withLock { total in
                    total.historyCount += part.historyCount
                    total.coverage.merge(part.coverage)
                    total.failures += part.failures
                }
            }
        }
        return progress.total.withLock { result in
            result.failures.sort { $0.seed < $1.seed }
            return result
        }
    }

    /// Shared by the threads of a run.
    private final class Progress: Sendable {
        let next = Atomic<Int>(0)
        let total = Mutex(Result())
    }

    /// What happened in the history of a seed, line by line, and how it ended.
    package static func trace(
        seed: UInt64, variant: SimulationVariant, mutant: Mutant? = nil
    ) -> (lines: [String], violation: Violation?) {
        let trace = History.Trace()
        var history = History(seed: seed, variant: variant, mutant: mutant, trace: trace)
        history.run()
        return (trace.lines, history.violation)
    }

    /// The same history with as few faults as still break a promise.
    ///
    /// - Returns: with `leftOutCount`, how many of its faults it does without.
    package static func shortestTrace(
        seed: UInt64, variant: SimulationVariant, mutant: Mutant? = nil
    ) -> (lines: [String], violation: Violation?, leftOutCount: Int) {
        var suppressed: Set<Int32> = []
        var first = History(seed: seed, variant: variant, mutant: mutant)
        first.run()
        guard first.violation != nil else {
            let whole = trace(seed: seed, variant: variant, mutant: mutant)
            return (whole.lines, whole.violation, 0)
        }
        var number: Int32 = 1
        var count = first.faultCount
        while number <= count {
            var candidate = suppressed
            candidate.insert(number)
            var history = History(seed: seed, variant: variant, mutant: mutant, suppressed: candidate)
            history.run()
            if history.violation != nil {
                suppressed = candidate
                count = history.faultCount
            }
            number += 1
        }
        let trace = History.Trace()
        var shortest = History(
            seed: seed, variant: variant, mutant: mutant, suppressed: suppressed, trace: trace)
        shortest.run()
        return (trace.lines, shortest.violation, suppressed.count)
    }
}
