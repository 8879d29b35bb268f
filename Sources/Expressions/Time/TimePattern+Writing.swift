internal import Columnar

extension TimePattern {
    /// Appends a local time to `arena`; `offset` is in microseconds east of UTC.
    func write(_ local: Int64, offset: Int64, zone: String, into arena: ArenaWriter) -> ByteSlice {
        let start = arena.count
        let day = Calendar.day(local)
        let moment = Moment(
            day: day, date: Calendar.date(day), time: local &- day &* Calendar.microsecondsPerDay, offset: offset)
        for token in tokens {
            switch token {
            case .literal(let first, let count):
                let target = arena.reserve(count)
                literals.withUnsafeBufferPointer { bytes in
                    for position in 0..<count { target[position] = bytes[first &+ position] }
                }
                arena.commit(count)
            case .field(.monthName, let count):
                append(Self.monthNames[moment.date.month - 1], arena, count == 3 ? 3 : .max)
            case .field(.weekday, let count):
                append(Self.weekdayNames[Int(Calendar.isoDayOfWeek(day)) - 1], arena, count <= 3 ? 3 : .max)
            case .field(.half, _): append(moment.time < 43_200_000_000 ? [65, 77] : [80, 77], arena)
            case .field(.zoneName, _): append(Array(zone.utf8), arena)
            case .field(.offset(let zeroAsZ, let colon), let count):
                writeOffset(offset, zeroAsZ, colon, count, arena)
            case .field(.fraction, let count):
                var value = UInt64(moment.time % 1_000_000)
                let digits = min(count, 6)
                for _ in digits..<6 { value /= 10 }
                ByteWriter.padded(value, digits, into: arena.reserve(digits))
                arena.commit(digits)
                for _ in digits..<max(count, digits) { append([48], arena) }
            case .field(let field, let count): writeNumber(moment.value(field), field, count, arena)
            }
        }
        return ByteSlice(
            offset: UInt32(truncatingIfNeeded: start), length: UInt32(truncatingIfNeeded: arena.count - start))
    }

    private struct Moment {
        var day: Int64
        var date: CivilDate
        var time: Int64
        var offset: Int64

        func value(_ field: Field) -> Int64 {
            let hour = time / 3_600_000_000
            switch field {
            case .year: return Int64(date.year)
            case .month: return Int64(date.month)
            case .day: return Int64(date.day)
            case .dayOfYear: return Calendar.dayOfYear(day)
            case .quarter: return Int64(date.month + 2) / 3
            case .hour: return hour
            case .clockHour: return hour % 12 == 0 ? 12 : hour % 12
            case .hourFromOne: return hour == 0 ? 24 : hour
            case .hourOfHalf: return hour % 12
            case .minute: return time / 60_000_000 % 60
            case .second: return time / 1_000_000 % 60
            case .weekdayNumber: return Calendar.isoDayOfWeek(day)
            case .isoWeek: return Calendar.isoWeek(day).week
            default: return 0
            }
        }
    }

    private func writeNumber(_ value: Int64, _ field: Field, _ count: Int, _ arena: ArenaWriter) {
        var magnitude = value.magnitude
        if field == .year, count == 2 { magnitude %= 100 }
        if value < 0 { append([UInt8(ascii: "-")], arena) }
        if count == 2, magnitude < 100 {
            ByteWriter.pair(magnitude, into: arena.reserve(2))
            arena.commit(2)
            return
        }
        var width = 1
        var limit: UInt64 = 10
        while magnitude >= limit {
            width += 1
            limit *= 10
        }
        width = max(width, min(count, 18))
        ByteWriter.padded(magnitude, width, into: arena.reserve(width))
        arena.commit(width)
    }

    private func writeOffset(_ offset: Int64, _ zeroAsZ: Bool, _ colon: Bool, _ count: Int, _ arena: ArenaWriter) {
        if zeroAsZ, offset == 0 { return append([UInt8(ascii: "Z")], arena) }
        let minutes = UInt64(offset.magnitude / 60_000_000)
        append([UInt8(ascii: offset < 0 ? "-" : "+")], arena)
        ByteWriter.padded(minutes / 60, 2, into: arena.reserve(2))
        arena.commit(2)
        // A single X or x leaves out minutes that are zero.
        if count == 1, minutes % 60 == 0, zeroAsZ { return }
        if colon { append([UInt8(ascii: ":")], arena) }
        ByteWriter.padded(minutes % 60, 2, into: arena.reserve(2))
        arena.commit(2)
    }

    private func append(_ bytes: [UInt8], _ arena: ArenaWriter, _ limit: Int = .max) {
        let count = min(bytes.count, limit)
        let target = arena.reserve(count)
        for position in 0..<count { target[position] = bytes[position] }
        arena.commit(count)
    }
}
