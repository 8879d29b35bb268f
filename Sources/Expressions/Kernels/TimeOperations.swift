struct TimeField: UnaryOperation {
    let unit: TimeUnit

    @inline(__always)
    func apply(_ value: Int64) -> Int64 { Calendar.field(value, unit) }
}

/// A local time plus a number of months times a factor.
struct MonthsAdd: CheckedBinaryOperation {
    let factor: Int64

    @inline(__always)
    private func compute(_ time: Int64, _ amount: Int64) -> Int64? {
        let (months, overflow) = amount.multipliedReportingOverflow(by: factor)
        return overflow ? nil : Calendar.addingMonths(toLocal: time, months)
    }

    func apply(_ time: Int64, _ amount: Int64) -> Int64 { compute(time, amount) ?? 0 }
    @inline(__always)
    func suspicion(_ time: Int64, _ amount: Int64, _ result: Int64) -> Int64 { result == 0 ? -1 : 0 }
    func failure(_ time: Int64, _ amount: Int64) -> ExpressionError.Code? {
        compute(time, amount) == nil ? .arithmeticOverflow : nil
    }
}

/// A time plus a number of spans of equal length.
struct ScaledAdd: CheckedBinaryOperation {
    let factor: Int64

    @inline(__always)
    private func compute(_ time: Int64, _ amount: Int64) -> (Int64, Bool) {
        let span = amount.multipliedReportingOverflow(by: factor)
        let sum = time.addingReportingOverflow(span.partialValue)
        return (sum.partialValue, span.overflow || sum.overflow)
    }

    @inline(__always)
    func apply(_ time: Int64, _ amount: Int64) -> Int64 { compute(time, amount).0 }
    @inline(__always)
    func suspicion(_ time: Int64, _ amount: Int64, _ result: Int64) -> Int64 { compute(time, amount).1 ? -1 : 0 }
    func failure(_ time: Int64, _ amount: Int64) -> ExpressionError.Code? {
        compute(time, amount).1 ? .arithmeticOverflow : nil
    }
}

/// A date plus days, which are given in `unit`ths of a day.
struct DaysAdd: CheckedBinaryOperation {
    let unit: Int64
    let factor: Int64

    @inline(__always)
    private func compute(_ date: Int32, _ amount: Int64) -> Int32? {
        let days = (amount / unit).multipliedReportingOverflow(by: factor)
        let sum = Int64(date).addingReportingOverflow(days.partialValue)
        return days.overflow || sum.overflow ? nil : Int32(exactly: sum.partialValue)
    }

    @inline(__always)
    func apply(_ date: Int32, _ amount: Int64) -> Int32 { compute(date, amount) ?? 0 }
    @inline(__always)
    func suspicion(_ date: Int32, _ amount: Int64, _ result: Int32) -> Int32 { result == 0 ? -1 : 0 }
    func failure(_ date: Int32, _ amount: Int64) -> ExpressionError.Code? {
        compute(date, amount) == nil ? .arithmeticOverflow : nil
    }
}

struct UnitsBetween: CheckedBinaryOperation {
    let length: Int64

    @inline(__always)
    private func compute(_ start: Int64, _ end: Int64) -> Int32? {
        let (distance, overflow) = end.subtractingReportingOverflow(start)
        return overflow ? nil : Int32(exactly: distance / length)
    }

    @inline(__always)
    func apply(_ start: Int64, _ end: Int64) -> Int32 { compute(start, end) ?? .min }
    @inline(__always)
    func suspicion(_ start: Int64, _ end: Int64, _ result: Int32) -> Int32 { result == .min ? -1 : 0 }
    func failure(_ start: Int64, _ end: Int64) -> ExpressionError.Code? {
        compute(start, end) == nil ? .numericOutOfRange : nil
    }
}

struct MonthsBetween: CheckedBinaryOperation {
    let length: Int64

    func apply(_ start: Int64, _ end: Int64) -> Int32 {
        Int32(truncatingIfNeeded: Calendar.months(from: start, to: end) / length)
    }
    @inline(__always)
    func suspicion(_ start: Int64, _ end: Int64, _ result: Int32) -> Int32 { 0 }
    func failure(_ start: Int64, _ end: Int64) -> ExpressionError.Code? { nil }
}

struct RoundTime: CheckedUnaryOperation {
    let unit: TimeUnit
    let isCeiling: Bool

    @inline(__always)
    private func compute(_ value: Int64) -> Int64? {
        isCeiling ? Calendar.ceiling(value, unit) : Calendar.floor(value, unit)
    }

    func apply(_ value: Int64) -> Int64 { compute(value) ?? 0 }
    @inline(__always)
    func suspicion(_ value: Int64, _ result: Int64) -> Int64 { result == 0 ? -1 : 0 }
    func failure(_ value: Int64) -> ExpressionError.Code? { compute(value) == nil ? .numericOutOfRange : nil }
}
