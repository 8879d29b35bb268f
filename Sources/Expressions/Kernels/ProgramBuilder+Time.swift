internal import Columnar

/// The clock, fields of times, and arithmetic on them.
extension ProgramBuilder {
    func compileTime(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError) -> Operand? {
        switch call.function {
        case .currentTimestamp, .processingTime, .localTimestamp, .currentDate: return emitClock(call)
        case .extract(let unit): return try compileExtract(unit, call.arguments[0])
        case .addInterval, .subtractInterval: return try compileInterval(call, expression)
        case .timestampAdd(let unit): return try compileTimestampAdd(unit, call, expression)
        case .timestampDifference(let unit): return try compileDifference(unit, call, expression)
        case .floorTime(let unit): return try compileRounding(unit, call, expression, isCeiling: false)
        case .ceilingTime(let unit): return try compileRounding(unit, call, expression, isCeiling: true)
        default: return try compileTimeText(call, expression)
        }
    }

    private func emitClock(_ call: FunctionCall) -> Operand {
        let function = call.function
        let output = temporary(call.type.storage)
        return emit(output, reading: []) { frame, rows in
            let target = frame[output]
            Validity.setAll(rows, target)
            let now = Calendar.floorDivide(frame.context.now, 1000) &* 1000
            let local = frame.context.timeZone.local(now)
            switch function {
            case .currentDate:
                target.int32s.update(repeating: Int32(truncatingIfNeeded: Calendar.day(local)), count: rows.count)
            case .localTimestamp: target.int64s.update(repeating: local, count: rows.count)
            default: target.int64s.update(repeating: now, count: rows.count)
            }
        }
    }

    /// The argument as a local time in microseconds, whatever temporal type it has.
    func compileLocal(_ argument: ScalarExpression) throws(ExpressionError) -> Operand {
        let operand = try compile(argument)
        switch argument.type {
        case .date:
            return emitChecked(DateToTimestamp(), operand, .timestamp(precision: 6), .report(argument))
        case .value(.timestampLTZ): return emitZoned(operand, .timestamp(6), .toLocal)
        default: return operand
        }
    }

    /// A local time in the type of a result, which is a date or a timestamp.
    func emitFromLocal(_ operand: Operand, _ type: ExpressionType) -> Operand {
        switch type {
        case .date: emitUnary(TimestampToDate(), operand, .date)
        case .value(.timestampLTZ): emitZoned(operand, type, .toInstant)
        default: operand
        }
    }

    private func compileExtract(_ unit: TimeUnit, _ argument: ScalarExpression) throws(ExpressionError) -> Operand {
        // The epoch of a point in time does not depend on the zone.
        let isInstant = unit == .epoch && argument.type != .date
        let operand = isInstant ? try compile(argument) : try compileLocal(argument)
        return emitUnary(TimeField(unit: unit), operand, .bigint)
    }

    private func compileInterval(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError)
        -> Operand
    {
        let sign: Int64 = call.function == .subtractInterval ? -1 : 1
        let (time, interval) = (call.arguments[0], call.arguments[1])
        if interval.type == .intervalMonths {
            let local = try compileLocal(time)
            let sum = emitChecked(
                MonthsAdd(factor: sign), (local, try compile(interval)), localType(call.type), .report(expression))
            return emitFromLocal(sum, call.type)
        }
        let mode = FailureMode.report(expression)
        let pair = (try compile(time), try compile(interval))
        if call.type == .date {
            let factor = sign
            return emitChecked(DaysAdd(unit: Calendar.microsecondsPerDay, factor: factor), pair, .date, mode)
        }
        return sign > 0
            ? emitChecked(IntegerAdd<Int64>(), pair, call.type.storage, mode)
            : emitChecked(IntegerSubtract<Int64>(), pair, call.type.storage, mode)
    }

    /// The type of an intermediate local time that becomes `type`.
    private func localType(_ type: ExpressionType) -> LogicalType {
        if case .value(.timestamp) = type { return type.storage }
        return .timestamp(precision: 6)
    }

    private func compileTimestampAdd(
        _ unit: TimeUnit, _ call: FunctionCall, _ expression: ScalarExpression
    ) throws(ExpressionError) -> Operand {
        let mode = FailureMode.report(expression)
        let amount = try compile(call.arguments[0])
        if let months = unit.months {
            let local = try compileLocal(call.arguments[1])
            let sum = emitChecked(MonthsAdd(factor: months), (local, amount), localType(call.type), mode)
            return emitFromLocal(sum, call.type)
        }
        let length = unit.microseconds ?? 1
        let time = try compile(call.arguments[1])
        if call.type == .date {
            let days = length / Calendar.microsecondsPerDay
            return emitChecked(DaysAdd(unit: 1, factor: days), (time, amount), .date, mode)
        }
        return emitChecked(ScaledAdd(factor: length), (time, amount), call.type.storage, mode)
    }

    private func compileDifference(
        _ unit: TimeUnit, _ call: FunctionCall, _ expression: ScalarExpression
    ) throws(ExpressionError) -> Operand {
        let mode = FailureMode.report(expression)
        if let months = unit.months {
            let pair = (try compileLocal(call.arguments[0]), try compileLocal(call.arguments[1]))
            return emitChecked(MonthsBetween(length: months), pair, .int, mode)
        }
        let pair = (try compile(call.arguments[0]), try compile(call.arguments[1]))
        return emitChecked(UnitsBetween(length: unit.microseconds ?? 1), pair, .int, mode)
    }

    private func compileRounding(
        _ unit: TimeUnit, _ call: FunctionCall, _ expression: ScalarExpression, isCeiling: Bool
    ) throws(ExpressionError) -> Operand {
        let local = try compileLocal(call.arguments[0])
        let rounded = emitChecked(
            RoundTime(unit: unit, isCeiling: isCeiling), local, localType(call.type), .report(expression))
        return emitFromLocal(rounded, call.type)
    }
}
