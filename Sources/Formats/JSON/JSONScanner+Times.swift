internal import Columnar

extension JSONScanner {
    @inline(never)
    func scanDate(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        if p[0] != 0x22 { return scanMismatch(.invalidDate, p, node) }
        var q = p + 1
        if let days = TimestampText.date(&q), q[0] == 0x22, let narrow = Int32(exactly: days) {
            set(node, int32: narrow)
            return q + 1
        }
        var count = 0
        guard let after = copyString(p + 1, &count) else { return nil }
        q = UnsafePointer(state.pointee.target)
        state.pointee.target[count] = 0x22
        let end = q + count
        guard let days = TimestampText.date(&q), q == end, let narrow = Int32(exactly: days) else {
            return fail(.invalidDate, p, node)
        }
        set(node, int32: narrow)
        return after
    }

    @inline(never)
    func scanTimestamp(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        if p[0] != 0x22 { return scanEpochMilliseconds(p, node) }
        let zone: TimestampText.Zone = nodes[node].kind == .timestampLTZ ? .required : .forbidden
        var failure = TimestampText.Failure.malformed
        var q = p + 1
        if let value = TimestampText.timestamp(&q, zone: zone, failure: &failure), q[0] == 0x22 {
            setTimestamp(node, value)
            return q + 1
        }
        // Once more without escapes; that the text is a string at all is checked on the way.
        var count = 0
        guard let after = copyString(p + 1, &count) else { return nil }
        q = UnsafePointer(state.pointee.target)
        state.pointee.target[count] = 0x22
        let end = q + count
        if let value = TimestampText.timestamp(&q, zone: zone, failure: &failure), q == end {
            setTimestamp(node, value)
            return after
        }
        if convertsZeroTimestamps && isZeroTimestamp(count) {
            setNull(node)
            return after
        }
        switch failure {
        case .malformed: return fail(.invalidTimestamp, p, node)
        case .zoneMissing: return fail(.zoneMissing, p, node)
        case .zoneUnexpected: return fail(.zoneUnexpected, p, node)
        }
    }

    /// Cuts off what the column's precision does not hold.
    @inline(__always)
    private func setTimestamp(_ node: Int, _ microseconds: Int64) {
        var value = microseconds
        if nodes[node].precision == 3 {
            let rest = value % 1000
            value &-= rest < 0 ? rest &+ 1000 : rest
        }
        set(node, int64: value)
    }

    @inline(__always)
    private func scanEpochMilliseconds(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        let isNegative = p[0] == 0x2d
        var q = isNegative ? p + 1 : p
        let leading = q[0]
        var magnitude: UInt64 = 0
        let count = digitRun(&q, &magnitude)
        if count &- 1 < 15 && count > 0 && (leading != 0x30 || count == 1) && q[0] != 0x2e && q[0] | 0x20 != 0x65 {
            let value = Int64(truncatingIfNeeded: magnitude) &* 1000
            set(node, int64: isNegative ? 0 &- value : value)
            return q
        }
        return scanOtherEpochMilliseconds(p, node)
    }

    @inline(never)
    private func scanOtherEpochMilliseconds(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        guard p[0] == 0x2d || NumberText.isDigit(p[0]) else { return scanMismatch(.invalidTimestamp, p, node) }
        guard let number = NumberText(p, syntax: .json) else { return fail(.malformedNumber, p, 0) }
        guard let microseconds = number.integer(scale: 3) else { return fail(.numberOutOfRange, p, node) }
        setTimestamp(node, microseconds)
        return number.end
    }

    /// Whether the text at `state.target` is a timestamp of zeros, which some databases have for "none".
    private func isZeroTimestamp(_ count: Int) -> Bool {
        guard count >= 19 else { return false }
        let text = state.pointee.target
        for position in 0..<count where !"0-: T.Z".utf8.contains(text[position]) { return false }
        return text[4] == 0x2d && text[7] == 0x2d && text[13] == 0x3a && text[16] == 0x3a
    }
}
