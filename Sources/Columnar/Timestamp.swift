/// A point in event time: microseconds since 1970-01-01T00:00:00Z.
@usableFromInline
package struct Timestamp: Hashable, Comparable, Sendable {
    @usableFromInline
    package var microseconds: Int64

    @inlinable
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Saturates at the ends of the range.
    @inlinable
    package init(milliseconds: Int64) {
        let (value, overflow) = milliseconds.multipliedReportingOverflow(by: 1000)
        microseconds = overflow ? (milliseconds < 0 ? .min : .max) : value
    }

    /// Before every event.
    @usableFromInline
    package static let min = Timestamp(microseconds: .min)
    /// After every event.
    @usableFromInline
    package static let max = Timestamp(microseconds: .max)

    @inlinable
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// This time moved back by `microseconds` (not negative), not below `min`; `max` stays `max`.
    @inlinable
    package func movedBack(byMicroseconds distance: Int64) -> Timestamp {
        if self == .max { return self }
        let (value, overflow) = microseconds.subtractingReportingOverflow(distance)
        return Timestamp(microseconds: overflow ? .min : value)
    }
}
