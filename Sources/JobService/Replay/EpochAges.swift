internal import PostgresConnector

/// Which epoch wrote a row of PostgreSQL, by the age of the transaction that wrote it.
///
/// The transactions of one job's epochs do not overlap, and each marker is written last in its own: so the rows of an epoch are those
/// whose transaction lies between the epoch's first and its marker's.
struct EpochAges {
    /// Oldest first, so with falling ages.
    let markers: [EpochMarker]

    init(_ markers: [EpochMarker]) {
        self.markers = markers.sorted { $0.number < $1.number }
    }

    /// The marker of a row of that age; nil for one that no epoch of the history wrote.
    func marker(age: Int64) -> EpochMarker? {
        // The last marker that began no later than the row's transaction.
        var (low, high) = (0, markers.count)
        while low < high {
            let middle = (low + high) / 2
            if markers[middle].ageOfFirst >= age { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let candidate = markers[low - 1]
        return age >= candidate.ageOfLast ? candidate : nil
    }

    /// Whether a row was written where markers are missing: its epoch may have been the job's.
    func isInGap(_ age: Int64, lastNumber: Int64?) -> Bool {
        guard let later = markers.firstIndex(where: { $0.ageOfFirst < age }) else {
            return lastNumber == nil && markers.last.map { age < $0.ageOfLast } ?? true
        }
        return later > 0 && markers[later].number > markers[later - 1].number + 1
    }

    /// Whether a row is older than everything that the history tells of.
    func isOlder(_ age: Int64) -> Bool { markers.first.map { age > $0.ageOfFirst } ?? true }
}
