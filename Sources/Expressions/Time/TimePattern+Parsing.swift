internal import Columnar

extension TimePattern {
    /// The local time that a text gives, and its offset from UTC where the pattern has one; nil where the text does not match.
    ///
    /// Fields that the pattern lacks are those of 1970-01-01 00:00:00.
    func parse(_ text: UnsafeRawBufferPointer) -> TimeParser.Moment? {
        var reader = Reader(text: text)
        for (index, token) in tokens.enumerated() {
            switch token {
            case .literal(let start, let count):
                guard literals[start..<start + count].withUnsafeBytes({ reader.skip($0) }) else { return nil }
            case .field(let field, let count):
                guard reader.read(field, count, isAdjacent: isNumber(index + 1)) else { return nil }
            }
        }
        return reader.position == text.count ? reader.moment : nil
    }

    /// Whether the token is a number, so that digits before it must be counted.
    private func isNumber(_ index: Int) -> Bool {
        guard index < tokens.count, case .field(let field, _) = tokens[index] else { return false }
        switch field {
        case .half, .weekday, .monthName, .offset, .zoneName: return false
        default: return true
        }
    }

    private struct Reader {
        let text: UnsafeRawBufferPointer
        var position = 0
        var date = CivilDate(year: 1970, month: 1, day: 1)
        var dayOfYear: Int?
        var hour: Int64 = 0
        var isAfternoon: Bool?
        var minute: Int64 = 0
        var second: Int64 = 0
        var fraction: Int64 = 0
        var offset: Int64?

        mutating func skip(_ bytes: UnsafeRawBufferPointer) -> Bool {
            guard position + bytes.count <= text.count else { return false }
            for byte in bytes {
                if text[position] != byte { return false }
                position += 1
            }
            return true
        }

        mutating func skip(_ byte: UInt8) -> Bool {
            guard position < text.count, text[position] == byte else { return false }
            position += 1
            return true
        }

        mutating func number(_ digits: ClosedRange<Int>) -> Int64? {
            let start = position
            var value: Int64 = 0
            while position < text.count, position - start < digits.upperBound,
                let digit = NumberParser.digit(text[position])
            {
                value = value * 10 + Int64(digit)
                position += 1
            }
            return position - start >= digits.lowerBound ? value : nil
        }

        mutating func read(_ field: Field, _ count: Int, isAdjacent: Bool) -> Bool {
            switch field {
            case .monthName: return readName(TimePattern.monthNames, count == 3).map { date.month = $0 + 1 } != nil
            case .weekday: return readName(TimePattern.weekdayNames, count <= 3) != nil
            case .half: return readHalf()
            case .offset: return readOffset()
            case .zoneName: return readZone()
            case .fraction:
                guard let value = number(count...count) else { return false }
                var scaled = value
                for _ in count..<max(6, count) { scaled *= 10 }
                for _ in 6..<max(6, count) { scaled /= 10 }
                fraction = scaled
                return true
            default: break
            }
            let widest = field == .year ? max(count, 4) : field == .dayOfYear ? 3 : 2
            guard let value = number(isAdjacent ? count...count : (field == .year && count > 2 ? 4 : 1)...widest) else {
                return false
            }
            return set(field, value, count)
        }

        private mutating func set(_ field: Field, _ value: Int64, _ count: Int) -> Bool {
            switch field {
            case .year:
                date.year = Int(count == 2 && value < 100 ? value + 2000 : value)
                // What 64-bit microseconds reach.
                return value < 290_000
            case .month: date.month = Int(value)
            case .day: date.day = Int(value)
            case .dayOfYear: dayOfYear = Int(value)
            case .hour:
                hour = value
                return value < 24
            case .hourFromOne:
                hour = value % 24
                return (1...24).contains(value)
            case .clockHour:
                hour = value % 12
                return (1...12).contains(value)
            case .hourOfHalf:
                hour = value
                return value < 12
            case .minute:
                minute = value
                return value < 60
            case .second:
                second = value
                return value < 60
            default: break
            }
            return true
        }

        /// The index of the name that stands here, in any letter case.
        private mutating func readName(_ names: [[UInt8]], _ isShort: Bool) -> Int? {
            for (index, name) in names.enumerated() {
                let length = isShort ? 3 : name.count
                guard position + length <= text.count else { continue }
                var matches = true
                for offset in 0..<length where text[position + offset] | 32 != name[offset] | 32 { matches = false }
                if matches {
                    position += length
                    return index
                }
            }
            return nil
        }

        private mutating func readHalf() -> Bool {
            guard position + 2 <= text.count, text[position + 1] | 32 == UInt8(ascii: "m") else { return false }
            switch text[position] | 32 {
            case UInt8(ascii: "a"): isAfternoon = false
            case UInt8(ascii: "p"): isAfternoon = true
            default: return false
            }
            position += 2
            return true
        }

        private mutating func readOffset() -> Bool {
            if skip(UInt8(ascii: "Z")) {
                offset = 0
                return true
            }
            let isNegative = skip(UInt8(ascii: "-"))
            guard isNegative || skip(UInt8(ascii: "+")), let hours = number(2...2), hours <= 18 else { return false }
            let hasColon = skip(UInt8(ascii: ":"))
            let start = position
            var minutes: Int64 = 0
            if let value = number(2...2), value < 60 {
                minutes = value
            } else if hasColon || position != start {
                return false
            }
            offset = (isNegative ? -1 : 1) * (hours * 60 + minutes) * 60_000_000
            return true
        }

        private mutating func readZone() -> Bool {
            for name in ["UTC", "GMT", "Z"] where Array(name.utf8).withUnsafeBytes({ skip($0) }) {
                offset = 0
                return true
            }
            return readOffset()
        }

        var moment: TimeParser.Moment? {
            var date = date
            if let dayOfYear { date = Calendar.date(Calendar.days(date.year, 1, 1) + Int64(dayOfYear) - 1) }
            guard date.isValid else { return nil }
            let hour = isAfternoon.map { self.hour % 12 + ($0 ? 12 : 0) } ?? self.hour
            let time = ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction
            let (midnight, overflow) = Int64(date.daysSinceEpoch)
                .multipliedReportingOverflow(by: Calendar.microsecondsPerDay)
            return overflow ? nil : TimeParser.Moment(local: midnight + time, offset: offset)
        }
    }
}
