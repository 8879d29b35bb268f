internal import Columnar

/// The ten characters of a day between the years 0 and 9999.
struct DayText {
    /// Days since 1970; one that no timestamp has, as long as there is none.
    var day = Int.min
    var head: UInt64 = 0
    var tail: UInt16 = 0
}

extension JSONWriter {
    @inline(__always)
    func writeTimestamp(
        _ microseconds: Int64, _ start: UnsafeMutablePointer<UInt8>, hasZone: Bool
    ) -> UnsafeMutablePointer<UInt8> {
        if writesEpochMilliseconds {
            let milliseconds = Self.floorDivide(Int(microseconds), 1000)
            return DigitWriter.write(signed: Int64(milliseconds), start)
        }
        return writeTimestampText(Int(microseconds), start, hasZone: hasZone)
    }

    @inline(never)
    private func writeTimestampText(
        _ microseconds: Int, _ start: UnsafeMutablePointer<UInt8>, hasZone: Bool
    ) -> UnsafeMutablePointer<UInt8> {
        let days = Self.floorDivide(microseconds, TimestampText.microsecondsPerDay)
        let timeOfDay = microseconds &- days &* TimestampText.microsecondsPerDay
        start[0] = 0x22
        var p = writeDay(days, start + 1)
        let seconds = timeOfDay / 1_000_000
        let fraction = timeOfDay &- seconds &* 1_000_000
        let minutes = seconds / 60
        let hours = minutes / 60
        p[0] = dateSeparator
        DigitWriter.writePair(hours, p + 1)
        p[3] = 0x3a
        DigitWriter.writePair(minutes &- hours &* 60, p + 4)
        p[6] = 0x3a
        DigitWriter.writePair(seconds &- minutes &* 60, p + 7)
        p += 9
        if fraction != 0 {
            p[0] = 0x2e
            p = DigitWriter.writeFraction(fraction, digits: 6, p + 1)
        }
        if hasZone {
            p[0] = 0x5a
            p += 1
        }
        p[0] = 0x22
        return p + 1
    }

    @inline(never)
    func writeDate(_ days: Int32, _ start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        start[0] = 0x22
        let p = writeDay(Int(days), start + 1)
        p[0] = 0x22
        return p + 1
    }

    /// A day as `writeCivilDate` has it; most often it is that of the value before.
    @inline(__always)
    private func writeDay(_ days: Int, _ start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        let place = UnsafeMutableRawPointer(start)
        if lastDay.pointee.day == days {
            place.storeBytes(of: lastDay.pointee.head, as: UInt64.self)
            place.storeBytes(of: lastDay.pointee.tail, toByteOffset: 8, as: UInt16.self)
            return start + 10
        }
        let end = writeCivilDate(CivilDate(daysSinceEpoch: days), start)
        if end - start == 10 {
            lastDay.pointee = DayText(
                day: days, head: place.loadUnaligned(as: UInt64.self),
                tail: place.loadUnaligned(fromByteOffset: 8, as: UInt16.self))
        }
        return end
    }

    /// `yyyy-MM-dd`; years below 0 and above 9999 with a sign, as in ISO 8601.
    @inline(__always)
    private func writeCivilDate(
        _ date: CivilDate, _ start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeMutablePointer<UInt8> {
        var p = start
        if date.year >= 0 && date.year <= 9999 {
            let century = date.year / 100
            DigitWriter.writePair(century, p)
            DigitWriter.writePair(date.year &- century &* 100, p + 2)
            p += 4
        } else {
            p = writeLongYear(date.year, p)
        }
        p[0] = 0x2d
        DigitWriter.writePair(date.month, p + 1)
        p[3] = 0x2d
        DigitWriter.writePair(date.day, p + 4)
        return p + 6
    }

    @inline(never)
    private func writeLongYear(_ year: Int, _ start: UnsafeMutablePointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
        start[0] = year < 0 ? 0x2d : 0x2b
        var p = start + 1
        var threshold: UInt = 1000
        while year.magnitude < threshold && threshold > 1 {
            p[0] = 0x30
            p += 1
            threshold /= 10
        }
        return DigitWriter.write(UInt64(year.magnitude), p)
    }

    @inline(__always)
    private static func floorDivide(_ value: Int, _ divisor: Int) -> Int {
        let quotient = value / divisor
        return value &- quotient &* divisor < 0 ? quotient &- 1 : quotient
    }
}
