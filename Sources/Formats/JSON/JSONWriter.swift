package import Columnar

/// Writes the rows of a batch as JSON objects, one message each.
///
/// Names come in the order of the fields, those of one object together. Numbers that JSON does not have are written as
/// the strings "NaN", "Infinity" and "-Infinity", as Flink does; the scanner reads them back. STRING columns are taken
/// to hold valid UTF-8.
package final class JSONWriter: RowEncoder {
    let plan: JSONWritePlan
    let steps: UnsafeMutablePointer<JSONWriteStep>
    let base64: UnsafeMutablePointer<UInt8>
    /// For the digits of a DECIMAL.
    let digits: UnsafeMutablePointer<UInt8>
    /// The day that was written last.
    let lastDay: UnsafeMutablePointer<DayText>
    /// Between date and time.
    let dateSeparator: UInt8
    let writesEpochMilliseconds: Bool
    let writesPlainDecimals: Bool
    private let ignoresNulls: Bool

    package init(schema: Schema, fields: [WriteField], options: JSONOptions) throws(FormatsError) {
        plan = try JSONWritePlan(schema: schema, fields: fields)
        steps = plan.steps
        base64 = Base64Text.makeTables()
        digits = .allocate(capacity: 64)
        digits.initialize(repeating: 0, count: 64)
        lastDay = .allocate(capacity: 1)
        lastDay.initialize(to: DayText())
        dateSeparator = options.timestampStandard == .sql ? 0x20 : 0x54
        writesEpochMilliseconds = options.timestampEncoding == .epochMilliseconds
        writesPlainDecimals = options.encodeDecimalAsPlainNumber
        ignoresNulls = options.encodeIgnoreNullFields
    }

    deinit {
        base64.deallocate()
        digits.deallocate()
        lastDay.deallocate()
    }

    package func encode(_ batch: RecordBatch, into buffer: MessageBuffer, tombstones: Tombstones) {
        for index in 0..<plan.stepCount {
            let column = batch.columns[steps[index].column]
            steps[index].storage = column.storage
            steps[index].validity = column.validity
            steps[index].isAllValid = column.isAllValid(batch.rowCount)
            if let arena = column.arena { steps[index].arenaBase = UnsafePointer(arena.base) }
        }
        // The row kinds matter only where deletes are to become tombstones.
        let rowKinds = tombstones == .forDeletes ? batch.rowKinds?.values : nil
        if let selection = batch.selection {
            for position in 0..<selection.count {
                encodeRow(Int(selection.indices[position]), rowKinds, buffer)
            }
        } else {
            for row in 0..<batch.rowCount { encodeRow(row, rowKinds, buffer) }
        }
    }

    @inline(__always)
    private func encodeRow(_ row: Int, _ rowKinds: UnsafeMutablePointer<UInt8>?, _ buffer: MessageBuffer) {
        let start = buffer.reserve(plan.fixedByteCount)
        if let rowKinds, rowKinds[row] == RowKind.delete.rawValue {
            buffer.commitMessage(end: start)
        } else if ignoresNulls {
            buffer.commitMessage(end: writeWithoutNulls(row, start, buffer))
        } else {
            buffer.commitMessage(end: writeWhole(row, start, buffer))
        }
    }

    @inline(__always)
    private func writeWhole(
        _ row: Int, _ start: UnsafeMutablePointer<UInt8>, _ buffer: MessageBuffer
    ) -> UnsafeMutablePointer<UInt8> {
        var p = start
        for index in 0..<plan.stepCount {
            let step = steps + index
            p = writeLiteral(step.pointee.literal, step.pointee.literalByteCount, p)
            if step.pointee.isAllValid || isValid(step, row) {
                p = writeValue(step, row, p, buffer)
            } else {
                UnsafeMutableRawPointer(p).storeBytes(of: UInt32(0x6c6c_756e).littleEndian, as: UInt32.self)
                p += 4
            }
        }
        return writeLiteral(plan.closing, plan.closingByteCount, p)
    }

    @inline(never)
    private func writeWithoutNulls(
        _ row: Int, _ start: UnsafeMutablePointer<UInt8>, _ buffer: MessageBuffer
    ) -> UnsafeMutablePointer<UInt8> {
        var p = start
        p[0] = 0x7b
        p += 1
        var index = 0
        while index < plan.elementCount {
            let element = plan.elements + index
            if element.pointee.kind == .close {
                p[0] = 0x7d
                p += 1
                index += 1
                continue
            }
            if !hasValue(row, element.pointee.step..<element.pointee.endStep) {
                index = element.pointee.endElement
                continue
            }
            // No value ends in an opening brace, so one here was just written by an object.
            if p[-1] != 0x7b {
                p[0] = 0x2c
                p += 1
            }
            p = writeLiteral(element.pointee.literal, element.pointee.literalByteCount, p)
            if element.pointee.kind == .value { p = writeValue(steps + element.pointee.step, row, p, buffer) }
            index += 1
        }
        p[0] = 0x7d
        return p + 1
    }

    @inline(__always)
    private func hasValue(_ row: Int, _ range: Range<Int>) -> Bool {
        for index in range where isValid(steps + index, row) { return true }
        return false
    }

    @inline(__always)
    private func isValid(_ step: UnsafeMutablePointer<JSONWriteStep>, _ row: Int) -> Bool {
        step.pointee.validity[row >> 6] & (1 << UInt64(row & 63)) != 0
    }

    @inline(__always)
    private func writeLiteral(
        _ literal: UnsafePointer<UInt8>, _ count: Int, _ p: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var position = 0
        repeat {
            UnsafeMutableRawPointer(p + position).storeBytes(
                of: UnsafeRawPointer(literal + position).loadUnaligned(as: SIMD16<UInt8>.self),
                as: SIMD16<UInt8>.self)
            position &+= 16
        } while position < count
        return p + count
    }
}
