internal import Columnar
internal import Dataflow

/// What one source subtask knows of its splits: which to read next, their watermarks, who is idle. Pure value; times
/// are nanoseconds of the monotonic clock.
///
/// A split is idle when it has been read to its end *and* has been silent for the idle timeout. An idle split that has
/// been silent for as long as rows may be late (the strategy's delay, if that is longer) is complete: its watermark
/// rises to the greatest time seen, so that the last rows of a quiet stream are answered. It takes part again, and
/// never moves back, when a row comes.
///
/// That nothing has come is no silence: the process may have stood still, the network swallow what is on its way. Silence lasts as long
/// as the split is known to have held nothing more (`SourceReader.lastKnownEmpty`).
struct SourceProgress: Sendable {
    struct Split: Sendable {
        let id: SplitID
        fileprivate(set) var generator: WatermarkGenerator?
        /// Worth a read: something may be there.
        fileprivate(set) var mayHaveMore = true
        fileprivate(set) var isAtEnd = false
        fileprivate(set) var hasFinished = false
        fileprivate(set) var isIdle = false
        /// When something last came.
        fileprivate(set) var lastActivity: UInt64
        /// Its time has come, but it is not yet known whether it holds more: whoever finds out wakes the task.
        fileprivate(set) var awaitsProof = false
        /// Whether anything has come since the start.
        fileprivate(set) var hasFoundSomething = false
    }

    private(set) var splits: [Split]
    private let strategy: WatermarkStrategy?
    private var combiner: WatermarkCombiner
    private let idleNanoseconds: UInt64
    private let drainNanoseconds: UInt64
    private var cursor = 0

    init(splits states: [SplitState], strategy: WatermarkStrategy?, now: UInt64) {
        self.strategy = strategy
        splits = states.map { state in
            Split(
                id: state.id, generator: strategy.map { WatermarkGenerator($0, restored: state) }, lastActivity: now)
        }
        combiner = WatermarkCombiner(channelCount: states.count)
        idleNanoseconds = UInt64(max(strategy?.idleTimeoutMilliseconds ?? 0, 0)) * 1_000_000
        let delay = strategy?.delayMicroseconds ?? 0
        let (delayNanoseconds, overflow) = delay.multipliedReportingOverflow(by: 1000)
        drainNanoseconds = max(idleNanoseconds, overflow ? UInt64.max / 2 : UInt64(max(delayNanoseconds, 0)))
    }

    var watermark: Timestamp { combiner.watermark }
    var status: WatermarkStatus { combiner.status }
    /// Also true of a subtask that has no splits.
    var hasFinished: Bool { splits.allSatisfy(\.hasFinished) }

    /// What to hand on before anything is read: restored watermarks; idle at once where there is no strategy.
    mutating func start() -> WatermarkCombiner.Change {
        var change = WatermarkCombiner.Change()
        for (number, split) in splits.enumerated() {
            if let generator = split.generator {
                change.merge(combiner.update(number, watermark: generator.watermark))
            } else {
                change.merge(combiner.update(number, status: .idle))
            }
        }
        return change
    }

    /// The least watermark of the splits that others must not run away from; `Int64.max` where there is none.
    var slowest: Int64 {
        var least = Int64.max
        for split in splits where !split.isIdle && !split.hasFinished {
            if let generator = split.generator { least = min(least, generator.watermark.microseconds) }
        }
        return least
    }

    /// The wake-up said that something may have come to any split.
    mutating func markNews() {
        for number in splits.indices where !splits[number].hasFinished { splits[number].mayHaveMore = true }
    }

    /// What a split is doing, while the least watermark of all sources is `minimum`.
    func activity(_ number: Int, minimum: Int64) -> SplitActivity {
        let split = splits[number]
        if split.hasFinished { return .finished }
        if split.mayHaveMore && threshold(split) > minimum { return .ahead }
        if split.mayHaveMore { return .reading }
        if split.isIdle { return .idle }
        return split.isAtEnd ? .atEnd : .waiting
    }

    /// The least watermark of all sources from which on the split may be read.
    private func threshold(_ split: Split) -> Int64 {
        guard let generator = split.generator, let drift = strategy?.maximumDriftMicroseconds else { return .min }
        return SourceAlignment.threshold(generator.watermark.microseconds, drift: drift)
    }

    /// The next split to read, in turn; nil where none may be read.
    ///
    /// - Parameters:
    ///   - minimum: the least watermark of all sources (`SourceAlignment.minimum`).
    ///   - awaited: the minimum for which the nearest split that is too far ahead waits; untouched where there is none.
    mutating func next(minimum: Int64, awaited: inout Int64) -> Int? {
        for step in 0..<splits.count {
            let number = (cursor + step) % splits.count
            let split = splits[number]
            guard split.mayHaveMore && !split.hasFinished else { continue }
            let threshold = threshold(split)
            if threshold > minimum {
                awaited = min(awaited, threshold)
                continue
            }
            cursor = number + 1
            return number
        }
        return nil
    }

    /// Rows of the split are about to be handed on: it takes part again.
    mutating func willDeliver(_ number: Int) -> WatermarkCombiner.Change {
        guard splits[number].isIdle else { return .init() }
        splits[number].isIdle = false
        return combiner.update(number, status: .active)
    }

    /// The latest event time that says where a stream stands; nil for no limit.
    ///
    /// - Parameter wallClock: read only where a limit is set.
    func timeLimit(wallClock: () -> Timestamp) -> Timestamp? {
        guard let ahead = strategy?.maximumAheadMicroseconds else { return nil }
        let (limit, overflow) = wallClock().microseconds.addingReportingOverflow(ahead)
        return overflow ? nil : Timestamp(microseconds: limit)
    }

    /// Rows of the split have been handed on, `time` being the greatest within the limit.
    mutating func observe(_ number: Int, _ time: Timestamp) {
        splits[number].generator?.observe(time)
    }

    /// A read of the split is over, its rows handed on and observed.
    ///
    /// - Parameter lastKnownEmpty: called where the split has been silent for long enough, with the time up to which that must be known.
    mutating func didRead(
        _ number: Int, foundSomething: Bool, status: SourceRead.Status, now: UInt64,
        lastKnownEmpty: (_ wanted: UInt64) -> UInt64?
    ) -> WatermarkCombiner.Change {
        var change = WatermarkCombiner.Change()
        splits[number].awaitsProof = false
        if foundSomething {
            splits[number].lastActivity = now
            splits[number].hasFoundSomething = true
        }
        splits[number].isAtEnd = status == .atEnd
        splits[number].mayHaveMore = status == .more
        if status == .finished {
            splits[number].hasFinished = true
            return combiner.end(number)
        }
        guard let generator = splits[number].generator else { return change }
        if generator.watermark > .min { change.merge(combiner.update(number, watermark: generator.watermark)) }
        if status == .atEnd && !foundSomething, let deadline = deadline(splits[number]), deadline <= now {
            let known = min(lastKnownEmpty(deadline) ?? 0, now)
            splits[number].awaitsProof = known < deadline
            if known >= deadline { change.merge(settle(number, known)) }
        }
        return change
    }

    /// The earliest time at which a silent split becomes idle or complete: it must be read again then to see that it is
    /// still silent.
    var nextDeadline: UInt64? {
        var earliest: UInt64?
        // One that is worth a read already waits for room or for the slower sources, not for the clock.
        for split in splits where !split.mayHaveMore {
            guard let deadline = deadline(split) else { continue }
            earliest = min(earliest ?? deadline, deadline)
        }
        return earliest
    }

    /// Makes the splits whose time has come worth a read.
    mutating func markDue(now: UInt64) {
        for number in splits.indices {
            if let deadline = deadline(splits[number]), deadline <= now { splits[number].mayHaveMore = true }
        }
    }

    private func deadline(_ split: Split) -> UInt64? {
        guard split.isAtEnd, !split.hasFinished, !split.awaitsProof, let generator = split.generator else { return nil }
        if !split.isIdle { return split.lastActivity + idleNanoseconds }
        return generator.canDrain ? split.lastActivity + drainNanoseconds : nil
    }

    /// The split is known to have held nothing more at `time`.
    private mutating func settle(_ number: Int, _ time: UInt64) -> WatermarkCombiner.Change {
        var change = WatermarkCombiner.Change()
        let silence = time - splits[number].lastActivity
        if silence >= drainNanoseconds, splits[number].generator?.canDrain == true {
            splits[number].generator?.drain()
            if let watermark = splits[number].generator?.watermark {
                change.merge(combiner.update(number, watermark: watermark))
            }
        }
        if silence >= idleNanoseconds && !splits[number].isIdle {
            splits[number].isIdle = true
            change.merge(combiner.update(number, status: .idle))
        }
        return change
    }
}

extension WatermarkCombiner.Change {
    /// Adds what changed later.
    mutating func merge(_ later: WatermarkCombiner.Change) {
        watermark = later.watermark ?? watermark
        status = later.status ?? status
    }
}

extension SourceProgress.Split {
    /// When something last came, by the wall clock; nil before that.
    func lastRecordTime(_ now: (wall: Int64, monotonic: UInt64)) -> Timestamp? {
        guard hasFoundSomething else { return nil }
        let silence = now.monotonic > lastActivity ? now.monotonic - lastActivity : 0
        return Timestamp(microseconds: now.wall - Int64(silence / 1000))
    }
}
