internal import Columnar

/// Casts between DATE, TIMESTAMP and TIMESTAMP_LTZ.
extension ProgramBuilder {
    func castTime(
        _ argument: Operand, _ source: ExpressionType, _ target: ExpressionType, _ failure: FailureMode
    ) -> Operand? {
        switch (source, target) {
        case (.date, .value(.timestamp)): return emitChecked(DateToTimestamp(), argument, target.storage, failure)
        case (.date, .value(.timestampLTZ)):
            let local = emitChecked(DateToTimestamp(), argument, .timestamp(precision: 6), failure)
            return emitZoned(local, target, .toInstant)
        case (.value(.timestamp), .date): return emitUnary(TimestampToDate(), argument, .date)
        case (.value(.timestampLTZ), .date):
            return emitUnary(TimestampToDate(), emitZoned(argument, .timestamp(6), .toLocal), .date)
        case (.value(.timestamp(let from)), .value(.timestamp(let to))),
            (.value(.timestampLTZ(let from)), .value(.timestampLTZ(let to))):
            return precise(argument, from, to, target)
        case (.value(.timestamp(let from)), .value(.timestampLTZ(let to))):
            return emitZoned(precise(argument, from, to, .timestamp(to)), target, .toInstant)
        case (.value(.timestampLTZ(let from)), .value(.timestamp(let to))):
            return emitZoned(precise(argument, from, to, .timestampLTZ(to)), target, .toLocal)
        default: return nil
        }
    }

    private func precise(_ argument: Operand, _ from: Int, _ to: Int, _ target: ExpressionType) -> Operand {
        if from == to { return argument }
        if to > from { return retyped(argument, target.storage) }
        return emitUnary(TruncateToMilliseconds(), argument, target.storage)
    }

    enum ZoneDirection {
        case toLocal, toInstant
    }

    /// Between points in time and what the clocks of the session's zone show.
    func emitZoned(_ argument: Operand, _ target: ExpressionType, _ direction: ZoneDirection) -> Operand {
        let output = temporary(target.storage)
        return emit(output, reading: [argument]) { frame, rows in
            let (source, result) = (frame[argument], frame[output])
            let zone = frame.context.timeZone
            Validity.copy(source, rows, into: result)
            if zone.isUTC {
                result.int64s.update(from: source.int64s, count: rows.count)
                return
            }
            rows.forEachValid(source) { row in
                result.int64s[row] =
                    direction == .toLocal
                    ? zone.local(source.int64s[row]) : zone.instant(ofLocal: source.int64s[row])
            }
        }
    }
}

/// Midnight; dates beyond about 290,000 years from now have none.
struct DateToTimestamp: CheckedUnaryOperation {
    @inline(__always)
    func apply(_ value: Int32) -> Int64 { Int64(value) &* Calendar.microsecondsPerDay }
    @inline(__always)
    func suspicion(_ value: Int32, _ result: Int64) -> Int64 {
        Int64(value).magnitude > 106_000_000 ? -1 : 0
    }
    func failure(_ value: Int32) -> ExpressionError.Code? {
        Int64(value).magnitude > 106_000_000 ? .numericOutOfRange : nil
    }
}

struct TimestampToDate: UnaryOperation {
    @inline(__always)
    func apply(_ value: Int64) -> Int32 {
        Int32(truncatingIfNeeded: Calendar.floorDivide(value, Calendar.microsecondsPerDay))
    }
}

struct TruncateToMilliseconds: UnaryOperation {
    @inline(__always)
    func apply(_ value: Int64) -> Int64 { Calendar.floorDivide(value, 1000) &* 1000 }
}
