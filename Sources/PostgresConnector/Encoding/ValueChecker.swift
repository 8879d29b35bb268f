internal import Columnar
internal import Glibc

/// Measures the fields of one column and finds values that PostgreSQL would refuse.
struct ValueChecker {
    private let sizes: UnsafeMutablePointer<Int>
    private let reasons: UnsafeMutablePointer<UInt8>
    private let culprits: UnsafeMutablePointer<Int32>
    private let column: Int32
    /// Whether a text may be cut where only blanks are lost.
    private let allowsCutting: Bool

    typealias Rows = UnsafeBufferPointer<Int32>

    /// - Parameters:
    ///   - scratch: where sizes and refusals are noted.
    ///   - column: the column's number among the encoder's.
    ///   - isKey: whether it belongs to the key: what is sent must then be what the table keeps.
    init(_ scratch: RowScratch, column: Int, isKey: Bool) {
        allowsCutting = !isKey
        sizes = scratch.sizes
        reasons = scratch.reasons
        culprits = scratch.culprits
        self.column = Int32(truncatingIfNeeded: column)
    }

    @inline(__always)
    private func refuse(_ row: Int, _ reason: RefusalReason) {
        if reasons[row] != 0 { return }
        reasons[row] = reason.rawValue
        culprits[row] = column
    }

    func requireValues(_ source: Column, _ rows: Rows) {
        if source.isAllValid(source.capacity) { return }
        for row in rows where !source.isValid(Int(row)) { refuse(Int(row), .nullInNotNullColumn) }
    }

    /// Adds each field's length and its four bytes in front.
    func addSizes(_ source: Column, _ encoding: ColumnEncoding, _ rows: Rows) {
        if let byteCount = encoding.fixedByteCount {
            for row in rows {
                let row = Int(row)
                sizes[row] &+= source.isValid(row) ? 4 &+ byteCount : 4
            }
        } else if case .paddedText = encoding {
            for row in rows {
                let row = Int(row)
                sizes[row] &+= source.isValid(row) ? 4 &+ trimmedByteCount(source.bytes(row)) : 4
            }
        } else {
            let extra = encoding == .jsonb ? 5 : 4
            for row in rows {
                let row = Int(row)
                sizes[row] &+= source.isValid(row) ? extra &+ Int(source.slices[row].length) : 4
            }
        }
    }

    func checkRange(_ source: Column, _ encoding: ColumnEncoding, _ rows: Rows) {
        switch encoding {
        case .int32ToInt16:
            check(source, rows, .numberOutOfRange) { Int16(exactly: source.int32s[$0]) != nil }
        case .int64ToInt16:
            check(source, rows, .numberOutOfRange) { Int16(exactly: source.int64s[$0]) != nil }
        case .int64ToInt32:
            check(source, rows, .numberOutOfRange) { Int32(exactly: source.int64s[$0]) != nil }
        case .doubleToFloat4:
            check(source, rows, .numberOutOfRange) {
                let value = source.doubles[$0]
                return !value.isFinite || Float(value).isFinite
            }
        case .numeric(let layout): checkNumeric(source, layout, rows)
        case .date:
            // Days since 1970 of 4713 BC and of the year 5874898.
            check(source, rows, .timeOutOfRange) {
                source.int32s[$0] >= -2_440_588 && source.int32s[$0] < 2_145_042_906
            }
        case .timestamp:
            check(source, rows, .timeOutOfRange) {
                let (value, overflow) = source.int64s[$0].subtractingReportingOverflow(Self.microsecondsTo2000)
                return !overflow && value >= -211_813_488_000_000_000 && value < 9_223_371_331_200_000_000
            }
        case .text(let maximum), .paddedText(let maximum): checkText(source, maximum, rows)
        case .jsonb: checkText(source, nil, rows)
        case .uuid:
            check(source, rows, .notAUuid) { uuidBytes(source.bytes($0)) != nil }
        case .boolean, .int32, .int32ToInt64, .int64, .double, .int32ToDouble, .bytes: break
        }
    }

    /// Microseconds from 1970-01-01 to 2000-01-01.
    static let microsecondsTo2000: Int64 = 946_684_800_000_000
    /// Days from 1970-01-01 to 2000-01-01.
    static let daysTo2000: Int32 = 10_957

    private func checkNumeric(_ source: Column, _ layout: NumericLayout, _ rows: Rows) {
        guard let limit = layout.limit else { return }
        let magnitude = limit.magnitude
        switch source.type.physical {
        case .int32:
            check(source, rows, .numberOutOfRange) { UInt128(source.int32s[$0].magnitude) < magnitude }
        case .int64:
            check(source, rows, .numberOutOfRange) { UInt128(source.int64s[$0].magnitude) < magnitude }
        default:
            check(source, rows, .numberOutOfRange) { source.int128s[$0].magnitude < magnitude }
        }
    }

    private func checkText(_ source: Column, _ maximum: Int?, _ rows: Rows) {
        check(source, rows, .nulByteInText) { row in
            let bytes = source.bytes(row)
            guard let start = bytes.baseAddress, bytes.count > 0 else { return true }
            return memchr(start, 0, bytes.count) == nil
        }
        guard let maximum else { return }
        check(source, rows, .textTooLong) { row in
            let bytes = source.bytes(row)
            if bytes.count <= maximum { return true }
            return Self.fits(bytes, maximum, allowsCutting: allowsCutting)
        }
    }

    /// Whether the text has at most so many characters, or only blanks after them, which the server cuts off.
    private static func fits(_ bytes: UnsafeRawBufferPointer, _ maximum: Int, allowsCutting: Bool) -> Bool {
        var characters = 0
        for index in 0..<bytes.count {
            if bytes[index] & 0xC0 == 0x80 { continue }
            characters += 1
            if characters > maximum && (!allowsCutting || bytes[index] != UInt8(ascii: " ")) { return false }
        }
        return true
    }

    @inline(__always)
    private func check(_ source: Column, _ rows: Rows, _ reason: RefusalReason, _ isFit: (Int) -> Bool) {
        for row in rows {
            let row = Int(row)
            if source.isValid(row) && !isFit(row) { refuse(row, reason) }
        }
    }
}

/// The 16 bytes of a uuid written with or without hyphens; nil where the text is none.
@inline(__always)
func uuidBytes(_ text: UnsafeRawBufferPointer) -> UInt128? {
    guard text.count == 36 || text.count == 32 else { return nil }
    var value: UInt128 = 0
    for index in 0..<text.count {
        let character = text[index]
        if text.count == 36 && (index == 8 || index == 13 || index == 18 || index == 23) {
            if character != UInt8(ascii: "-") { return nil }
            continue
        }
        let digit: UInt8
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character &- UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character &- UInt8(ascii: "a") &+ 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = character &- UInt8(ascii: "A") &+ 10
        default: return nil
        }
        value = value << 4 | UInt128(digit)
    }
    return value
}

/// Bytes of a text without the blanks at its end.
@inline(__always)
func trimmedByteCount(_ text: UnsafeRawBufferPointer) -> Int {
    var count = text.count
    while count > 0 && text[count - 1] == UInt8(ascii: " ") { count -= 1 }
    return count
}
