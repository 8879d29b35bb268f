/// The units of one writer that wait for the session's thread, and where its epochs end.
struct WriterQueue: Sendable {
    /// Units that may wait or be under way before the writer must hold back.
    static let capacity = 2

    /// Called when the writer may write again.
    let wakeUp: @Sendable () -> Void
    private(set) var units: [(unit: RowUnit, ordinal: Int)] = []
    /// Emptied units, for use again.
    var spares: [RowUnit] = []
    /// Units handed over and not yet executed.
    private(set) var outstandingCount = 0
    /// Epochs the writer has ended since the last fence or abort: the number of the one it writes now.
    private(set) var ordinal = 0
    /// The numbers of the epochs that ended and were not committed.
    private var ends: [(epoch: Int64, ordinal: Int)] = []
    /// Units of later epochs wait for the commit.
    private(set) var limit = 0
    private(set) var isOpen = true
    /// Whether the writer was told to hold back.
    var isHeldBack = false

    init(wakeUp: @escaping @Sendable () -> Void) {
        self.wakeUp = wakeUp
    }

    var hasRoom: Bool { outstandingCount < Self.capacity }

    mutating func append(_ unit: RowUnit) {
        units.append((unit, ordinal))
        outstandingCount += 1
    }

    mutating func endEpoch(_ epoch: Int64) {
        ends.append((epoch, ordinal))
        ordinal += 1
    }

    /// Takes the first unit that may be executed now.
    mutating func takeUnit() -> RowUnit? {
        guard let first = units.first, first.ordinal <= limit else { return nil }
        return units.removeFirst().unit
    }

    /// A unit that was taken has been executed or given up.
    mutating func finish(_ unit: RowUnit) {
        outstandingCount -= 1
        if isOpen && spares.count < Self.capacity { spares.append(unit) }
    }

    /// Lets the units of an epoch that has ended be executed. False while it has not ended.
    mutating func allow(_ epoch: Int64) -> Bool {
        if !isOpen && ends.isEmpty { return true }
        guard let end = ends.first(where: { $0.epoch == epoch }) else { return !isOpen }
        limit = max(limit, end.ordinal)
        return true
    }

    /// Whether no unit waits that may be executed.
    var isDrained: Bool { !(units.first.map { $0.ordinal <= limit } ?? false) }

    /// The epoch was committed: units of the next one may be executed.
    mutating func commit(_ epoch: Int64) {
        guard let end = ends.last(where: { $0.epoch <= epoch }) else { return }
        limit = max(limit, end.ordinal + 1)
        ends.removeAll { $0.epoch <= epoch }
    }

    /// Takes nothing from its writer any more.
    mutating func close() {
        isOpen = false
        spares.removeAll()
    }

    /// Drops everything that waits.
    mutating func reset() {
        outstandingCount -= units.count
        units.removeAll()
        ends.removeAll()
        ordinal = 0
        limit = 0
    }
}
