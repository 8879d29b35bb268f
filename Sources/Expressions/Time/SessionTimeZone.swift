internal import Foundation

/// An IANA zone or a fixed offset as a table of transitions, made once; conversions allocate nothing.
///
/// Zone rules are known from 1900 to 2200; outside, the nearest offset holds.
package final class SessionTimeZone: Sendable, Hashable {
    package let identifier: String
    /// Microseconds since 1970 at which an offset begins, ascending; the first is `Int64.min`.
    private let starts: [Int64]
    /// Microseconds east of UTC from each start on.
    private let offsets: [Int64]

    package static let utc = SessionTimeZone(identifier: "UTC", fixedOffset: 0)

    /// - Parameter identifier: as in IANA's database (`Europe/Paris`), or `UTC`, `Z`, `GMT+02:00`, `UTC-3`, `+05:30`.
    /// - Throws: `unknownTimeZone`.
    package convenience init(_ identifier: String) throws(ExpressionError) {
        if let offset = Self.fixedOffset(identifier) {
            self.init(identifier: identifier, fixedOffset: offset)
            return
        }
        guard Foundation.TimeZone.knownTimeZoneIdentifiers.contains(identifier) || identifier.contains("/"),
            let zone = Foundation.TimeZone(identifier: identifier)
        else {
            throw ExpressionError(
                .unknownTimeZone,
                "'\(identifier)' is no time zone; use an IANA name such as Europe/Paris, UTC or an offset such as +02:00"
            )
        }
        self.init(identifier: identifier, zone)
    }

    private init(identifier: String, fixedOffset: Int64) {
        self.identifier = identifier
        starts = [.min]
        offsets = [fixedOffset]
    }

    private init(identifier: String, _ zone: Foundation.TimeZone) {
        self.identifier = identifier
        // 1900-01-01 and 2200-01-01.
        var date = Date(timeIntervalSince1970: -2_208_988_800)
        let end = Date(timeIntervalSince1970: 7_258_118_400)
        var starts: [Int64] = [.min]
        var offsets = [Int64(zone.secondsFromGMT(for: date)) * 1_000_000]
        while let next = zone.nextDaylightSavingTimeTransition(after: date), next < end, next > date {
            date = next
            let offset = Int64(zone.secondsFromGMT(for: next)) * 1_000_000
            if offset != offsets[offsets.count - 1] {
                starts.append(Int64(next.timeIntervalSince1970.rounded()) * 1_000_000)
                offsets.append(offset)
            }
        }
        self.starts = starts
        self.offsets = offsets
    }

    /// Whether local time is UTC.
    package var isUTC: Bool { starts.count == 1 && offsets[0] == 0 }

    /// Microseconds east of UTC at a point in time.
    package func offset(at microseconds: Int64) -> Int64 {
        offsets[index(at: microseconds)]
    }

    /// The local date and time at a point in time, as microseconds since 1970-01-01 00:00:00.
    package func local(_ microseconds: Int64) -> Int64 {
        microseconds &+ offset(at: microseconds)
    }

    /// The point in time at which clocks show `local`: the earlier of two; in a gap, as if the clock had not been put forward yet.
    package func instant(ofLocal local: Int64) -> Int64 {
        // Offsets are less than a day, so the one in force is that of the day before or one that began since.
        var index = index(
            at: local.addingReportingOverflow(-Calendar.microsecondsPerDay).overflow
                ? .min : local - Calendar.microsecondsPerDay)
        while index + 1 < starts.count, local &- max(offsets[index], offsets[index + 1]) >= starts[index + 1] {
            index += 1
        }
        return local &- offsets[index]
    }

    private func index(at microseconds: Int64) -> Int {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= microseconds { low = middle } else { high = middle }
        }
        return low
    }

    /// Microseconds of `Z`, `UTC`, `GMT` and offsets, with or without UTC or GMT before them.
    private static func fixedOffset(_ identifier: String) -> Int64? {
        var text = Substring(identifier)
        for prefix in ["UTC", "GMT", "UT", "Z"] where text.hasPrefix(prefix) {
            text.removeFirst(prefix.count)
            if text.isEmpty { return 0 }
            break
        }
        guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
        let parts = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let hours = Int64(parts[0]), (0...18).contains(hours), parts[0].count <= 2,
            let minutes = parts.count == 2 ? Int64(parts[1]) : 0, (0...59).contains(minutes)
        else { return nil }
        return (sign == "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000_000
    }

    package static func == (left: SessionTimeZone, right: SessionTimeZone) -> Bool {
        left.starts == right.starts && left.offsets == right.offsets
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(offsets.count)
        hasher.combine(offsets[0])
    }
}
