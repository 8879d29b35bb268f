internal import Columnar

/// Casts to and from STRING.
extension ProgramBuilder {
    /// Calls `write` for each row that is not null, with room for `ByteWriter.maximumByteCount` bytes; it returns how many it wrote.
    @inline(__always)
    private func emitText(
        _ argument: Operand, _ write: @escaping (Frame, Column, Rows, Column, Arena) -> Void
    ) -> Operand {
        let output = temporary(.string)
        return emit(output, reading: [argument]) { frame, rows in
            let (source, target) = (frame[argument], frame[output])
            guard let arena = target.arena else { return }
            arena.removeAll()
            Validity.copy(source, rows, into: target)
            write(frame, source, rows, target, arena)
        }
    }

    func castToString(_ argument: Operand, _ source: ExpressionType) -> Operand {
        switch source {
        case .bigint:
            return emitText(argument) { _, source, rows, target, arena in
                let values = source.int64s
                Self.write(source, rows, target, arena) { ByteWriter.integer(values[$0], into: $1) }
            }
        case .int:
            return emitText(argument) { _, source, rows, target, arena in
                let values = source.int32s
                Self.write(source, rows, target, arena) { ByteWriter.integer(Int64(values[$0]), into: $1) }
            }
        case .double:
            return emitText(argument) { _, source, rows, target, arena in
                let values = source.doubles
                Self.write(source, rows, target, arena) { ByteWriter.double(values[$0], into: $1) }
            }
        case .date:
            return emitText(argument) { _, source, rows, target, arena in
                let values = source.int32s
                Self.write(source, rows, target, arena) { ByteWriter.date(Int64(values[$0]), into: $1) }
            }
        case .boolean: return booleanToString(argument)
        case .value(.decimal(_, let scale)): return decimalToString(argument, source.storage.physical, scale)
        case .value(.timestamp(let precision)):
            return emitText(argument) { _, source, rows, target, arena in
                let values = source.int64s
                Self.write(source, rows, target, arena) {
                    ByteWriter.timestamp(values[$0], precision: precision, into: $1)
                }
            }
        case .value(.timestampLTZ(let precision)):
            return emitText(argument) { frame, source, rows, target, arena in
                let values = source.int64s
                let zone = frame.context.timeZone
                Self.write(source, rows, target, arena) {
                    ByteWriter.timestamp(zone.local(values[$0]), precision: precision, into: $1)
                }
            }
        default: return bytesToString(argument)
        }
    }

    private func decimalToString(_ argument: Operand, _ physical: PhysicalType, _ scale: Int) -> Operand {
        emitText(argument) { _, source, rows, target, arena in
            if physical == .int64 {
                let values = source.int64s
                Self.write(source, rows, target, arena) {
                    ByteWriter.decimal(Int128(values[$0]), scale: scale, into: $1)
                }
            } else {
                let values = source.int128s
                Self.write(source, rows, target, arena) { ByteWriter.decimal(values[$0], scale: scale, into: $1) }
            }
        }
    }

    @inline(__always)
    private static func write(
        _ source: Column, _ rows: Rows, _ target: Column, _ arena: Arena,
        _ body: (Int, UnsafeMutablePointer<UInt8>) -> Int
    ) {
        rows.forEachValid(source) { row in
            target.slices[row] = arena.commit(body(row, arena.reserve(ByteWriter.maximumByteCount)))
        }
    }

    private func booleanToString(_ argument: Operand) -> Operand {
        emitText(argument) { _, source, rows, target, arena in
            let texts = (arena.append(Array("FALSE".utf8), 5), arena.append(Array("TRUE".utf8), 4))
            rows.forEachValid(source) { row in
                target.slices[row] = source.bools[row] == 0 ? texts.0 : texts.1
            }
        }
    }

    /// Bytes that are no UTF-8 become U+FFFD.
    private func bytesToString(_ argument: Operand) -> Operand {
        emitText(argument) { _, source, rows, target, arena in
            rows.forEachValid(source) { row in
                let bytes = source.bytes(row)
                if UTF8Text.isValid(bytes) {
                    target.slices[row] = arena.append(bytes)
                } else {
                    let repaired = Array(String(decoding: bytes, as: UTF8.self).utf8)
                    target.slices[row] = repaired.withUnsafeBytes { arena.append($0) }
                }
            }
        }
    }

    func castFromString(_ argument: Operand, _ target: ExpressionType, _ failure: FailureMode) -> Operand {
        switch target {
        case .boolean:
            return emitParse(argument, target, failure) { _, text, column, row in
                guard let value = NumberParser.boolean(text) else { return .castFailure }
                column.bools[row] = value ? 1 : 0
                return nil
            }
        case .int:
            return emitParse(argument, target, failure) { _, text, column, row in
                guard case .value(let value) = NumberParser.integer(text), let narrow = Int32(exactly: value) else {
                    if case .malformed = NumberParser.integer(text) { return .castFailure }
                    return .numericOutOfRange
                }
                column.int32s[row] = narrow
                return nil
            }
        case .bigint:
            return emitParse(argument, target, failure) { _, text, column, row in
                switch NumberParser.integer(text) {
                case .value(let value): column.int64s[row] = value
                case .malformed: return .castFailure
                case .outOfRange: return .numericOutOfRange
                }
                return nil
            }
        case .double:
            return emitParse(argument, target, failure) { _, text, column, row in
                guard let value = NumberParser.double(text) else { return .castFailure }
                column.doubles[row] = value
                return nil
            }
        case .value(.decimal(let precision, let scale)):
            return decimalFromString(argument, target, precision, scale, failure)
        case .bytes: return retyped(argument, .bytes)
        default: return timeFromString(argument, target, failure)
        }
    }

    private func decimalFromString(
        _ argument: Operand, _ target: ExpressionType, _ precision: Int, _ scale: Int, _ failure: FailureMode
    ) -> Operand {
        let limit = DecimalMath.powers[precision]
        let isSmall = target.storage.physical == .int64
        return emitParse(argument, target, failure) { _, text, column, row in
            guard let value = NumberParser.decimal(text, scale: scale, limit: limit) else {
                return NumberParser.isNumber(text) ? .numericOutOfRange : .castFailure
            }
            if isSmall { column.int64s[row] = Int64(truncatingIfNeeded: value) } else { column.int128s[row] = value }
            return nil
        }
    }

    private func timeFromString(
        _ argument: Operand, _ target: ExpressionType, _ failure: FailureMode
    ) -> Operand {
        let unit: Int64 = target == .timestamp(3) || target == .timestampLTZ(3) ? 1000 : 1
        switch target {
        case .date:
            return emitParse(argument, target, failure) { _, text, column, row in
                guard let days = TimeParser.date(text) else { return .castFailure }
                column.int32s[row] = days
                return nil
            }
        case .value(.timestamp):
            return emitParse(argument, target, failure) { _, text, column, row in
                guard let moment = TimeParser.timestamp(text), moment.offset == nil else { return .castFailure }
                column.int64s[row] = Calendar.floorDivide(moment.local, unit) &* unit
                return nil
            }
        default:
            return emitParse(argument, target, failure) { frame, text, column, row in
                guard let moment = TimeParser.timestamp(text) else { return .castFailure }
                let instant =
                    moment.offset.map { moment.local - $0 } ?? frame.context.timeZone.instant(ofLocal: moment.local)
                column.int64s[row] = Calendar.floorDivide(instant, unit) &* unit
                return nil
            }
        }
    }

    /// Calls `parse` with the trimmed text of each row that is not null; where it returns a code, the row fails.
    @inline(__always)
    private func emitParse(
        _ argument: Operand, _ type: ExpressionType, _ failure: FailureMode,
        _ parse: @escaping (Frame, UnsafeRawBufferPointer, Column, Int) -> ExpressionError.Code?
    ) -> Operand {
        let output = temporary(type.storage)
        return emit(output, reading: [argument]) { frame, rows in
            let (source, target) = (frame[argument], frame[output])
            Validity.copy(source, rows, into: target)
            rows.forEachValid(source) { row in
                guard let code = parse(frame, NumberParser.trim(source.bytes(row)), target, row) else { return }
                target.setNull(row)
                if case .report(let expression) = failure { frame.fail(row, code, expression) }
            }
        }
    }

    /// The same values in a column of another type of the same layout.
    func retyped(_ argument: Operand, _ type: LogicalType) -> Operand {
        if type.isVariableLength {
            let output = view(of: argument)
            return emit(output, reading: [argument]) { frame, rows in
                let source = frame[argument]
                let target = Column(type: type, capacity: rows.count, arena: source.arena)
                ColumnCopy.all(source, target, rows)
                frame[output] = target
            }
        }
        let output = temporary(type)
        return emit(output, reading: [argument]) { frame, rows in
            ColumnCopy.all(frame[argument], frame[output], rows)
        }
    }
}
