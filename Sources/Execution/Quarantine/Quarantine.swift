internal import Columnar
internal import Dataflow
internal import Foundation
internal import StateBackends

/// Counts how often an epoch has failed, in the checkpoint store so that a death of the process counts too, and leads the search for the
/// record that is to blame. Belongs to the coordinator's thread.
///
/// Names: `attempt-<epoch>-<lineage>-<number>` says that processing of the epoch was begun; `quarantine-<lineage>-<number>` holds the
/// search, and a line with its checksum. Both are gone once the epoch is committed.
struct Quarantine {
    /// Attempts of one epoch before the search begins.
    static let attemptsBeforeSearch = 3

    private let repository: CheckpointRepository
    private let log: @Sendable (LogEvent) -> Void
    /// By vertex uid; empty where some source of the job cannot be restricted.
    private var policies: [String: RowErrorAction] = [:]
    private var search: QuarantineSearch?
    /// Of the process's last search that led to nothing: there is no second one.
    private var hasGivenUp = false
    private var lineage = ""
    private var attemptFiles: [String] = []
    /// Attempts of the epoch at hand, as far as this process knows.
    private var attemptCount = 0
    /// Whether an attempt processes rows.
    private var hasBegun = false
    /// What the attempt is to be noted as; nil in a search, which is kept instead.
    private var note: (prefix: String, number: Int)?
    /// Positions of the checkpoint under way.
    private var staged: [String: [SplitState]] = [:]
    /// Whether the attempt is to begin anew, with other limits.
    private(set) var wantsRestart = false
    /// Of the logs, when the attempt was begun.
    private var ends: [QuarantineSearch.Place: Int64] = [:]
    private var searchFile: String?
    private var fileNumber = 0
    /// The error of the last attempt; nil where the process died.
    private var lastError: (any Error)?

    init(repository: CheckpointRepository, log: @escaping @Sendable (LogEvent) -> Void) {
        self.repository = repository
        self.log = log
    }

    var isSearching: Bool { search != nil }

    // MARK: Starting

    /// Says what the sources of an attempt at the epoch after `epoch` may read. It counts from `begin()` on: an attempt that ends before,
    /// for a checkpoint that cannot be read say, has no record to blame.
    ///
    /// - Parameters:
    ///   - lineage: of the checkpoint that is restored; nil where there is none.
    ///   - sources: where each starts and ends.
    ///   - policies: what each source does with bad records; nil where it cannot leave one out.
    /// - Throws: the record that was found, under the policy `fail`.
    mutating func prepare(
        after epoch: Int64, lineage: String?, sources: StartedSources, policies: [String: RowErrorAction?]
    ) throws -> [String: SourceRestriction] {
        self.lineage = lineage.map(CheckpointNames.short) ?? "new"
        wantsRestart = false
        hasBegun = false
        note = nil
        let known = policies.compactMapValues { $0 }
        self.policies = known.count == policies.count ? known : [:]
        guard !self.policies.isEmpty else { return [:] }
        let base = Self.places(sources.splits)
        ends = [:]
        for (source, offsets) in sources.ends {
            for (split, offset) in offsets { ends[.init(source: source, split: split)] = offset }
        }
        do {
            if search == nil { try recall(base, epoch: epoch) }
        } catch let error as CheckpointStoreError {
            log(LogEvent(.warning, "Attempts cannot be counted now", ["error": error.description]))
        }
        guard var search else { return [:] }
        if search.base != base {
            // Elsewhere than the search was: a commit that it did not see, or another starting point.
            if search.committed(base) == .over || search.base != base {
                search = QuarantineSearch(base: base, ends: ends)
            }
        }
        self.search = search
        return Dictionary(uniqueKeysWithValues: self.policies.keys.map { ($0, search.restriction(of: $0)) })
    }

    /// Notes that the attempt is about to process rows: whatever ends it from now on, a death of the process too, may be a record's doing.
    mutating func begin() {
        guard !policies.isEmpty else { return }
        hasBegun = true
        if let search {
            keep(search)
            log(
                LogEvent(
                    .notice, "Searching for the record that makes the job fail",
                    [
                        "records": String(search.suspectCount),
                        "error": lastError.map { "\($0)" } ?? "the process ended",
                    ]))
        } else if let note {
            attemptCount += 1
            do {
                try keep(note.prefix, note.number)
            } catch {
                log(LogEvent(.warning, "Attempts cannot be counted now", ["error": error.description]))
            }
        }
    }

    /// Looks into the store for earlier attempts; begins a search where there were too many.
    private mutating func recall(_ base: [QuarantineSearch.Place: Int64], epoch: Int64) throws {
        let names = try repository.store.list()
        let searches = names.filter { $0.hasPrefix("quarantine-\(lineage)-") }
        if let newest = searches.last {
            fileNumber = Int(newest.split(separator: "-").last ?? "") ?? 0
            searchFile = newest
            if let found = try kept(in: newest) { return try takeUp(found, base) }
        }
        let prefix = "attempt-\(epoch + 1)-\(lineage)-"
        let attempts = names.filter { $0.hasPrefix(prefix) }
        attemptFiles = names.filter { $0.hasPrefix("attempt-") }
        attemptCount = max(attemptCount, attempts.count)
        if attemptCount >= Self.attemptsBeforeSearch && !hasGivenUp {
            search = QuarantineSearch(base: base, ends: ends)
            return
        }
        note = (prefix, (attempts.compactMap { Int($0.dropFirst(prefix.count)) }.max() ?? 0) + 1)
    }

    /// Notes an attempt; one that another instance notes at the same time stands for both.
    private mutating func keep(_ prefix: String, _ number: Int) throws(CheckpointStoreError) {
        let name = "\(prefix)\(number)"
        do {
            _ = try repository.store.put(name, [])
        } catch {
            guard error.code == .alreadyExists else { throw error }
            log(LogEvent(.debug, "Another instance begins the same epoch", ["file": name]))
        }
        attemptFiles.append(name)
    }

    /// The search that a file holds; nil where another instance has ended it meanwhile.
    private func kept(in name: String) throws(CheckpointStoreError) -> QuarantineSearch? {
        do {
            let found = decoded(try repository.store.get(name, expecting: nil))
            if found == nil {
                log(LogEvent(.warning, "The search for a bad record is damaged and begins anew", ["file": name]))
            }
            return found
        } catch {
            guard error.code == .missing else { throw error }
            return nil
        }
    }

    /// Goes on with the search of an earlier process.
    private mutating func takeUp(_ found: QuarantineSearch, _ base: [QuarantineSearch.Place: Int64]) throws {
        var found = found
        // Whoever kept it has died in the attempt that it describes, unless that was committed.
        let step: QuarantineSearch.Step = found.base == base ? found.failed(byDeath: true) : .run
        search = found
        if step == .over { giveUp() } else { try advance(step) }
    }

    private static func places(_ splits: [String: [SplitState]]) -> [QuarantineSearch.Place: Int64] {
        var places: [QuarantineSearch.Place: Int64] = [:]
        for (source, states) in splits {
            for state in states { places[.init(source: source, split: state.id)] = state.nextOffset }
        }
        return places
    }

    // MARK: What came of it

    /// An attempt has failed.
    ///
    /// - Returns: whether to try once more although the error says that it does not help.
    /// - Throws: the record that was found, under the policy `fail`.
    mutating func failed(_ error: any Error) throws -> Bool {
        guard hasBegun, !policies.isEmpty else { return false }
        hasBegun = false
        guard Self.isSuspicious(error) else {
            exonerate()
            return false
        }
        lastError = error
        guard let before = search else { return !hasGivenUp }
        var search = before
        let step = search.failed(byDeath: false)
        self.search = search
        if step == .over {
            giveUp()
            return false
        }
        try advance(step)
        return true
    }

    /// A checkpoint with these positions is about to be committed.
    mutating func stage(_ splits: [String: [SplitState]]) {
        if isSearching { staged = splits }
    }

    /// The checkpoint is committed.
    mutating func committed() {
        forgetAttempts()
        guard var search else {
            hasGivenUp = false
            return
        }
        let limits = search.bounds
        let step = search.committed(Self.places(staged))
        self.search = search
        if step == .over { giveUp() }
        wantsRestart = step == .over || search.bounds != limits
    }

    /// Nothing has been read for a while.
    mutating func stalled() {
        guard var search else { return }
        let step = search.stalled()
        self.search = search
        if step == .over { giveUp() }
        wantsRestart = true
    }

    /// The job has ended as it should.
    mutating func ended() {
        if isSearching { forgetSearch() }
        exonerate()
    }

    /// The attempt ended for a reason that no record is to blame for.
    private mutating func exonerate() {
        guard let last = attemptFiles.popLast() else { return }
        attemptCount = max(attemptCount - 1, 0)
        try? repository.store.delete([last])
    }

    private mutating func advance(_ step: QuarantineSearch.Step) throws {
        guard case .found(let suspect) = step else { return }
        let place = suspect.place
        let context = ErrorContext(
            operatorName: place.source, topic: place.split.topic, partition: place.split.partition,
            offset: suspect.offset)
        let cause = lastError.map { "\($0)" } ?? "the process ended each time"
        let policy = policies[place.source] ?? .fail
        // An error that has a policy of its own was not to be passed over.
        let isDecided = (lastError as? any MillraceError).map { $0.origin == .user } ?? false
        if policy == .fail || isDecided {
            let hint =
                isDecided ? "" : "; to go on without it, set 'scan.on-error' to 'skip' or 'dead-letter' for its table"
            forgetSearch()
            throw DataflowError(
                .invalidData, "the record at this place makes the job fail\(hint): \(cause)", context: context,
                cause: lastError)
        }
        log(
            LogEvent(
                .error, "A record makes the job fail and is put aside",
                ["record": "\(place.split)@\(suspect.offset)", "error": cause]
            ).at(context))
        search?.exclude(suspect, because: cause)
    }

    /// Whether a record may be to blame that the error does not name.
    static func isSuspicious(_ error: any Error) -> Bool {
        guard let error = error as? any MillraceError else { return !(error is Refusal) }
        if error.isRetriable || error.context.offset != nil { return false }
        var cause: (any Error)? = error
        while let execution = cause as? ExecutionError, let inner = execution.cause { cause = inner }
        guard let known = cause as? DataflowError else { return error.origin == .internal }
        switch known.code {
        case .invalidData, .internal, .rowUnknown: return true
        case .invalidConfiguration, .unavailable, .fenced, .refused, .limitExceeded: return false
        }
    }

    // MARK: Files

    /// Writes the search down before the attempt that it describes.
    private mutating func keep(_ search: QuarantineSearch) {
        do {
            let data = try JSONEncoder().encode(search)
            let digest = data.withUnsafeBytes { repository.store.digest(of: [$0]) }
            let buffer = SnapshotBuffer(capacity: data.count)
            (data + Data("\n\(digest)".utf8)).withUnsafeBytes { buffer.append($0) }
            fileNumber += 1
            let digits = String(fileNumber)
            let name = "quarantine-\(lineage)-\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)"
            _ = try repository.store.put(name, [buffer])
            if let searchFile { try repository.store.delete([searchFile]) }
            searchFile = name
        } catch {
            log(LogEvent(.warning, "The search for a bad record cannot be kept now", ["error": "\(error)"]))
        }
    }

    /// What a file holds whose last line is the checksum of the others; nil for any other: a wrong number would blame a good record.
    private func decoded(_ buffer: SnapshotBuffer) -> QuarantineSearch? {
        let content = withExtendedLifetime(buffer) { Data(buffer.bytes) }
        guard let end = content.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
        let body = content[..<end]
        let digest = body.withUnsafeBytes { repository.store.digest(of: [$0]) }
        guard content[content.index(after: end)...].elementsEqual(digest.utf8) else { return nil }
        return try? JSONDecoder().decode(QuarantineSearch.self, from: body)
    }

    private mutating func forgetAttempts() {
        attemptCount = 0
        guard !attemptFiles.isEmpty else { return }
        try? repository.store.delete(attemptFiles)
        attemptFiles = []
    }

    private mutating func forgetSearch() {
        search = nil
        if let searchFile { try? repository.store.delete([searchFile]) }
        searchFile = nil
        forgetAttempts()
    }

    private mutating func giveUp() {
        log(LogEvent(.notice, "The search for a bad record is over"))
        hasGivenUp = true
        forgetSearch()
    }
}
