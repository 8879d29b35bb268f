internal import Columnar

/// Times to and from text and numbers.
extension ProgramBuilder {
    func compileTimeText(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError) -> Operand? {
        switch call.function {
        case .dateFormat: return try compileDateFormat(call, expression)
        case .toTimestamp, .toDate: return try compileParse(call, zoneOfFirst: false)
        case .toTimestampLTZ(let precision):
            if call.arguments[0].type == .string { return try compileParse(call, zoneOfFirst: true) }
            return try compileEpoch(call, precision)
        case .unixTimestamp: return try compileUnixTimestamp(call)
        case .fromUnixTime: return try compileFromUnixTime(call, expression)
        case .convertTimeZone: return try compileConvert(call)
        default: return nil
        }
    }

    private func prepare(_ argument: ScalarExpression) throws(ExpressionError) -> Prepared<TimePattern> {
        try Prepared(argument) { (text) throws(ExpressionError) in try TimePattern(Array(text)) }
    }

    private func compileDateFormat(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError)
        -> Operand
    {
        let pattern = try prepare(call.arguments[1])
        let type = call.arguments[0].type
        let isInstant = if case .value(.timestampLTZ) = type { true } else { false }
        let time = type == .date ? try compileLocal(call.arguments[0]) : try compile(call.arguments[0])
        let format = try compile(call.arguments[1])
        return emitFormat((time, format), pattern, expression, isInstant: isInstant)
    }

    /// Writes each time by the pattern of its row; points in time as the clocks of the session's zone show them.
    private func emitFormat(
        _ operands: (time: Operand, format: Operand), _ pattern: Prepared<TimePattern>,
        _ expression: ScalarExpression, isInstant: Bool
    ) -> Operand {
        let output = temporary(.string)
        return emit(output, reading: [operands.time, operands.format]) { frame, rows in
            let (source, format, target) = (frame[operands.time], frame[operands.format], frame[output])
            guard let arena = target.arena else { return }
            arena.removeAll()
            let writer = ArenaWriter(arena)
            let zone = isInstant ? frame.context.timeZone : .utc
            Validity.and(source, format, rows, into: target)
            rows.forEachValid(target) { row in
                guard let pattern = pattern.of(format, row) else {
                    target.setNull(row)
                    frame.fail(row, .argumentOutOfRange, expression)
                    return
                }
                let offset = zone.offset(at: source.int64s[row])
                target.slices[row] = pattern.write(
                    source.int64s[row] &+ offset, offset: offset, zone: zone.identifier, into: writer)
            }
        }
    }

    /// TO_TIMESTAMP, TO_DATE and TO_TIMESTAMP_LTZ of a text, with a pattern and a zone perhaps; null where the text does not fit.
    private func compileParse(_ call: FunctionCall, zoneOfFirst isInstant: Bool) throws(ExpressionError) -> Operand {
        let text = try compile(call.arguments[0])
        let hasPattern = call.arguments.count > 1
        let pattern = hasPattern ? try prepare(call.arguments[1]) : nil
        let format = hasPattern ? try compile(call.arguments[1]) : text
        let zone = call.arguments.count > 2 ? try constantZone(call.arguments[2]) : nil
        let type = call.type
        let isDate = type == .date
        let output = temporary(type.storage)
        return emit(output, reading: [text, format]) { frame, rows in
            let (source, formats, target) = (frame[text], frame[format], frame[output])
            let zone = zone ?? frame.context.timeZone
            Validity.and(source, formats, rows, into: target)
            rows.forEachValid(target) { row in
                let bytes = NumberParser.trim(source.bytes(row))
                let moment: TimeParser.Moment? =
                    if let pattern {
                        pattern.of(formats, row)?.parse(bytes)
                    } else if isDate {
                        TimeParser.date(bytes).map { TimeParser.Moment(local: Int64($0) * Calendar.microsecondsPerDay) }
                    } else {
                        TimeParser.timestamp(bytes)
                    }
                guard let moment else { return target.setNull(row) }
                if isDate {
                    target.int32s[row] = Int32(truncatingIfNeeded: Calendar.day(moment.local))
                } else {
                    // An offset in the text counts; without one an instant is local to the zone.
                    let instant = moment.offset.map { moment.local - $0 }
                    let value = isInstant ? instant ?? zone.instant(ofLocal: moment.local) : instant ?? moment.local
                    target.int64s[row] = Calendar.floorDivide(value, 1000) &* 1000
                }
            }
        }
    }

    private func constantZone(_ argument: ScalarExpression) throws(ExpressionError) -> SessionTimeZone {
        guard case .string(let name)? = argument.folded().literal?.value else {
            throw ExpressionError(
                .invalidArgument, "a time zone must be a constant", expression: argument.description)
        }
        return try SessionTimeZone(name)
    }

    /// TO_TIMESTAMP_LTZ of a number of seconds (precision 0) or milliseconds (3); null where it is out of range.
    private func compileEpoch(_ call: FunctionCall, _ precision: Int) throws(ExpressionError) -> Operand {
        let factor: Int64 = precision == 0 ? 1_000_000 : 1000
        let operand = try compile(call.arguments[0])
        if call.arguments[0].type == .double {
            return emitChecked(ScaleDouble(factor: Double(factor)), operand, call.type.storage, .null)
        }
        return emitChecked(ScaleInteger(factor: factor), operand, call.type.storage, .null)
    }

    private func compileUnixTimestamp(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        guard let argument = call.arguments.first else {
            let output = temporary(.bigint)
            return emit(output, reading: []) { frame, rows in
                let target = frame[output]
                Validity.setAll(rows, target)
                let seconds = Calendar.floorDivide(frame.context.now, 1_000_000)
                target.int64s.update(repeating: seconds, count: rows.count)
            }
        }
        let time: Operand
        if argument.type == .string {
            time = try compileParse(
                FunctionCall(.toTimestampLTZ(precision: 3), call.arguments, .timestampLTZ(3)), zoneOfFirst: true)
        } else if case .value(.timestamp) = argument.type {
            time = emitZoned(try compile(argument), .timestampLTZ(6), .toInstant)
        } else {
            time = try compile(argument)
        }
        return emitUnary(TimeField(unit: .epoch), time, .bigint)
    }

    private func compileFromUnixTime(_ call: FunctionCall, _ expression: ScalarExpression) throws(ExpressionError)
        -> Operand
    {
        let seconds = try compile(call.arguments[0])
        let pattern =
            call.arguments.count > 1 ? call.arguments[1] : .literal(.string("yyyy-MM-dd HH:mm:ss"))
        let mode = FailureMode.report(expression)
        let time = emitChecked(ScaleInteger(factor: 1_000_000), seconds, .timestampLTZ(precision: 6), mode)
        return emitFormat((time, try compile(pattern)), try prepare(pattern), expression, isInstant: true)
    }

    /// CONVERT_TZ: what the clocks of the second zone show when those of the first show the time.
    private func compileConvert(_ call: FunctionCall) throws(ExpressionError) -> Operand {
        let text = try compile(call.arguments[0])
        let from = try constantZone(call.arguments[1])
        let to = try constantZone(call.arguments[2])
        let output = temporary(.string)
        return emit(output, reading: [text]) { frame, rows in
            let (source, target) = (frame[text], frame[output])
            guard let arena = target.arena else { return }
            arena.removeAll()
            Validity.copy(source, rows, into: target)
            rows.forEachValid(source) { row in
                guard let moment = TimeParser.timestamp(NumberParser.trim(source.bytes(row))) else {
                    return target.setNull(row)
                }
                let local = to.local(from.instant(ofLocal: moment.local))
                let memory = arena.reserve(ByteWriter.maximumByteCount)
                target.slices[row] = arena.commit(ByteWriter.timestamp(local, precision: 0, into: memory))
            }
        }
    }
}

struct ScaleInteger: CheckedUnaryOperation {
    let factor: Int64

    @inline(__always)
    func apply(_ value: Int64) -> Int64 { value &* factor }
    @inline(__always)
    func suspicion(_ value: Int64, _ result: Int64) -> Int64 {
        value.multipliedReportingOverflow(by: factor).overflow ? -1 : 0
    }
    func failure(_ value: Int64) -> ExpressionError.Code? {
        value.multipliedReportingOverflow(by: factor).overflow ? .numericOutOfRange : nil
    }
}

struct ScaleDouble: CheckedUnaryOperation {
    let factor: Double

    @inline(__always)
    private func fits(_ value: Double) -> Bool { (value * factor).magnitude < 9.2e18 }
    @inline(__always)
    func apply(_ value: Double) -> Int64 { fits(value) ? Int64((value * factor).rounded(.down)) / 1000 * 1000 : 0 }
    @inline(__always)
    func suspicion(_ value: Double, _ result: Int64) -> Int64 { fits(value) ? 0 : -1 }
    func failure(_ value: Double) -> ExpressionError.Code? { fits(value) ? nil : .numericOutOfRange }
}
