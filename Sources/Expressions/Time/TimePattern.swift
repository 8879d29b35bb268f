internal import Columnar

/// A pattern of date and time letters as Java's DateTimeFormatter knows them, the common ones.
struct TimePattern {
    enum Field: Equatable {
        case year, month, day, dayOfYear, quarter
        /// 0...23, 1...12, 1...24, 0...11.
        case hour, clockHour, hourFromOne, hourOfHalf
        case minute, second, fraction
        case half
        case weekday, weekdayNumber, isoWeek
        case monthName
        /// Offsets: `X` writes Z for zero; `colon` puts one between hours and minutes.
        case offset(zeroAsZ: Bool, colon: Bool)
        case zoneName
    }

    enum Token: Equatable {
        /// These bytes of `literals`.
        case literal(start: Int, count: Int)
        case field(Field, count: Int)
    }

    let tokens: [Token]
    /// The texts between the fields, one after the other, so that tokens hold no references.
    let literals: [UInt8]
    static let letters = "y u M L d D Q H h k K m s S a E e w X x Z z V"

    /// - Throws: a message about the letter that is not known.
    init(_ pattern: [UInt8]) throws(ExpressionError) {
        var tokens: [Token] = []
        var literals: [UInt8] = []
        var flushed = 0
        func flush() {
            if literals.count > flushed { tokens.append(.literal(start: flushed, count: literals.count - flushed)) }
            flushed = literals.count
        }
        var position = 0
        while position < pattern.count {
            let byte = pattern[position]
            if byte == UInt8(ascii: "'") {
                position = try Self.quoted(pattern, position + 1, into: &literals)
                continue
            }
            guard byte | 32 >= UInt8(ascii: "a"), byte | 32 <= UInt8(ascii: "z") else {
                literals.append(byte)
                position += 1
                continue
            }
            var count = 1
            while position + count < pattern.count, pattern[position + count] == byte { count += 1 }
            guard count <= 18 else {
                throw ExpressionError(.invalidArgument, "a letter of the date pattern is repeated more than 18 times")
            }
            flush()
            tokens.append(.field(try Self.field(byte, count), count: count))
            position += count
        }
        flush()
        self.tokens = tokens
        self.literals = literals
    }

    /// Appends what stands between quotes; two quotes are one. Returns the position behind.
    private static func quoted(
        _ pattern: [UInt8], _ start: Int, into literal: inout [UInt8]
    ) throws(ExpressionError) -> Int {
        let quote = UInt8(ascii: "'")
        if start < pattern.count, pattern[start] == quote {
            literal.append(quote)
            return start + 1
        }
        var position = start
        while position < pattern.count {
            if pattern[position] == quote {
                guard position + 1 < pattern.count, pattern[position + 1] == quote else { return position + 1 }
                position += 1
            }
            literal.append(pattern[position])
            position += 1
        }
        throw ExpressionError(.invalidArgument, "a quote in the date pattern is not closed")
    }

    private static func field(_ letter: UInt8, _ count: Int) throws(ExpressionError) -> Field {
        switch UnicodeScalar(letter) {
        case "y", "u": return .year
        case "M", "L": return count >= 3 ? .monthName : .month
        case "d": return .day
        case "D": return .dayOfYear
        case "Q", "q": return .quarter
        case "H": return .hour
        case "h": return .clockHour
        case "k": return .hourFromOne
        case "K": return .hourOfHalf
        case "m": return .minute
        case "s": return .second
        case "S": return .fraction
        case "a": return .half
        case "E": return .weekday
        case "e", "c": return .weekdayNumber
        case "w": return .isoWeek
        case "X": return .offset(zeroAsZ: true, colon: count == 3 || count == 5)
        case "x": return .offset(zeroAsZ: false, colon: count == 3 || count == 5)
        case "Z": return .offset(zeroAsZ: false, colon: count == 5)
        case "z", "V": return .zoneName
        default:
            throw ExpressionError(
                .invalidArgument,
                "the letter '\(UnicodeScalar(letter))' of the date pattern is not known; known are \(letters)")
        }
    }

    static let monthNames = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ].map { Array($0.utf8) }
    static let weekdayNames = [
        "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
    ].map { Array($0.utf8) }
}
