package import Dataflow

/// The search for the one record that makes a job fail when the error does not say which it is.
///
/// The sources are limited to some records beyond what is committed. What passes is committed and cleared of suspicion; what fails is
/// divided until one record is left. A pure value: events in, the next limits out; no I/O, no clock. It is kept in the checkpoint store,
/// so that the search goes on where the record ends the process.
package struct QuarantineSearch: Hashable, Sendable, Codable {
    /// A split of one source vertex: two tables may read one topic.
    package struct Place: Hashable, Sendable, Codable, Comparable {
        package var source: String
        package var split: SplitID

        package init(source: String, split: SplitID) {
            self.source = source
            self.split = split
        }

        package static func < (left: Place, right: Place) -> Bool {
            (left.source, left.split) < (right.source, right.split)
        }
    }

    /// One record.
    package struct Suspect: Hashable, Sendable, Codable {
        package var place: Place
        package var offset: Int64

        package init(place: Place, offset: Int64) {
            self.place = place
            self.offset = offset
        }
    }

    /// What is to be done next.
    package enum Step: Hashable, Sendable {
        /// Run with `bounds`.
        case run
        /// This record makes the job fail.
        case found(Suspect)
        /// Nothing fails any more, or nothing that a record is to blame for.
        case over
    }

    /// Records of the first attempt.
    package static let firstWidth: Int64 = 1 << 20
    /// A single record must have failed so often in a row before it is blamed: a process may end for other reasons.
    package static let requiredFailures = 3
    /// Into how many parts records are divided that have failed: a death of the process costs more than an error, a part that passes less.
    package static let partsAfterError: Int64 = 2
    package static let partsAfterDeath: Int64 = 16
    /// Attempts that came to a stand before their limits.
    package static let maximumStalls = 32

    /// Where the next attempt starts: what is committed.
    package private(set) var base: [Place: Int64]
    /// Where it ends: offsets that are not read any more.
    package private(set) var bounds: [Place: Int64] = [:]
    /// Records that are put aside when they come by, with what they are blamed for.
    package private(set) var excluded: [Place: [Int64: String]] = [:]
    /// The record looked for lies before it, as far as is known.
    private var ceiling: [Place: Int64]
    /// The limits of the first attempt that failed: there may be further records to blame before them.
    private var outer: [Place: Int64]?
    /// Records of an attempt at present.
    private var stride = QuarantineSearch.firstWidth
    private var parts = QuarantineSearch.partsAfterError
    private var failures = 0
    private var stalls = 0

    /// - Parameters:
    ///   - base: the next offset to read of every split.
    ///   - ends: the first offset that no record has; splits that are missing may have any number.
    package init(base: [Place: Int64], ends: [Place: Int64] = [:]) {
        self.base = base
        ceiling = Dictionary(uniqueKeysWithValues: base.map { ($0, max($1, ends[$0] ?? .max)) })
        bounds = prefix(stride)
    }

    /// How many offsets the next attempt may read.
    package var suspectCount: Int64 { distance(to: bounds) }

    /// An attempt failed.
    ///
    /// - Parameter byDeath: whether its process died.
    package mutating func failed(byDeath: Bool) -> Step {
        let count = suspectCount
        // Without a new record no record is to blame.
        guard count > 0 else { return .over }
        if outer == nil { outer = bounds }
        if count == 1, let suspect = onlySuspect {
            failures += 1
            if failures < Self.requiredFailures { return .run }
            // What was put aside cannot be the reason.
            return excluded[suspect.place]?[suspect.offset] == nil ? .found(suspect) : .over
        }
        parts = byDeath ? Self.partsAfterDeath : Self.partsAfterError
        ceiling = bounds
        stride = max(1, count / parts)
        bounds = prefix(stride)
        return .run
    }

    /// A checkpoint was committed.
    ///
    /// - Parameter positions: the next offset to read of every split.
    package mutating func committed(_ positions: [Place: Int64]) -> Step {
        for (place, offset) in positions {
            guard let before = base[place], offset > before else { continue }
            base[place] = offset
            failures = 0
        }
        return suspectCount == 0 ? next() : .run
    }

    /// An attempt reads nothing more and has not reached its limits: the end of the logs, or splits that wait for others.
    package mutating func stalled() -> Step {
        stalls += 1
        guard stalls < Self.maximumStalls else { return .over }
        // What could be read has passed; the rest of these splits does not exist, or waits for others.
        for (place, offset) in base where offset < (bounds[place] ?? offset) {
            ceiling[place] = offset
            outer?[place] = offset
        }
        failures = 0
        return next()
    }

    /// Everything up to `bounds` has passed.
    private mutating func next() -> Step {
        // Nothing has failed since the search began: it was not a record.
        guard let outer else { return .over }
        let remaining = distance(to: ceiling)
        if remaining == 0 {
            // The record was put aside, or does no harm any more; all that is left of the first failure is tried at once.
            stride = distance(to: outer)
            guard stride > 0 else { return .over }
            ceiling = outer
            bounds = prefix(stride)
            return .run
        }
        if remaining <= stride { stride = max(1, remaining / parts) }
        bounds = prefix(stride)
        return .run
    }

    /// Puts a record aside from now on.
    package mutating func exclude(_ suspect: Suspect, because reason: String) {
        excluded[suspect.place, default: [:]][suspect.offset] = reason
        failures = 0
    }

    /// What a source is told.
    package func restriction(of source: String) -> SourceRestriction {
        var restriction = SourceRestriction()
        for (place, bound) in bounds where place.source == source { restriction.bounds[place.split] = bound }
        for (place, reasons) in excluded where place.source == source { restriction.excluded[place.split] = reasons }
        return restriction
    }

    /// The one record of the next attempt, where it is one.
    private var onlySuspect: Suspect? {
        base.first { place, offset in (bounds[place] ?? offset) > offset }.map {
            Suspect(place: $0.key, offset: $0.value)
        }
    }

    private func distance(to limits: [Place: Int64]) -> Int64 {
        base.reduce(0) { sum, entry in sum + max((limits[entry.key] ?? entry.value) - entry.value, 0) }
    }

    /// Limits for `count` records in turns from all splits, so that none runs ahead of the others; none beyond the ceiling.
    private func prefix(_ count: Int64) -> [Place: Int64] {
        var limits = base
        var left = count
        var open = base.keys.sorted()
        while left > 0 {
            open.removeAll { room(in: $0, limits) == 0 }
            guard !open.isEmpty else { break }
            let share = left / Int64(open.count)
            for place in open where left > 0 {
                let taken = min(max(share, 1), room(in: place, limits), left)
                limits[place, default: 0] += taken
                left -= taken
            }
        }
        return limits
    }

    private func room(in place: Place, _ limits: [Place: Int64]) -> Int64 {
        max((ceiling[place] ?? 0) - (limits[place] ?? 0), 0)
    }
}
