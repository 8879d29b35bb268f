internal import Columnar

extension JSONScanner {
    @inline(__always)
    func setValid(_ node: Int) {
        let slot = state.pointee.slots + Int(nodes[node].column)
        slot.pointee.validity[state.pointee.validityWord] |= state.pointee.validityBit
    }

    @inline(__always)
    func setNull(_ node: Int) {
        let slot = state.pointee.slots + Int(nodes[node].column)
        slot.pointee.validity[state.pointee.validityWord] &= ~state.pointee.validityBit
    }

    @inline(__always)
    func storage(_ node: Int) -> UnsafeMutableRawPointer {
        state.pointee.slots[Int(nodes[node].column)].storage
    }

    @inline(__always)
    func set(_ node: Int, int64 value: Int64) {
        storage(node).assumingMemoryBound(to: Int64.self)[state.pointee.row] = value
        setValid(node)
    }

    @inline(__always)
    func set(_ node: Int, int32 value: Int32) {
        storage(node).assumingMemoryBound(to: Int32.self)[state.pointee.row] = value
        setValid(node)
    }

    @inline(__always)
    func set(_ node: Int, double value: Double) {
        storage(node).assumingMemoryBound(to: Double.self)[state.pointee.row] = value
        setValid(node)
    }

    /// Makes the `count` bytes at `state.target` the value of a STRING or BYTES field.
    @inline(__always)
    func setTarget(_ node: Int, count: Int) {
        let offset = UInt32(truncatingIfNeeded: state.pointee.target - state.pointee.targetStart)
        storage(node).assumingMemoryBound(to: ByteSlice.self)[state.pointee.row] = ByteSlice(
            offset: state.pointee.targetOffset &+ offset, length: UInt32(truncatingIfNeeded: count))
        state.pointee.target += count
        setValid(node)
    }

    /// Reads the value of a field and returns the byte after it, or nil after a failure.
    @inline(__always)
    func scanValue(_ p: UnsafePointer<UInt8>, _ node: Int, _ depth: Int) -> UnsafePointer<UInt8>? {
        if let after = convertValue(p, node, depth) {
            if failsOnMissingField { stamps[node] = state.pointee.stamp }
            return after
        }
        return recover(p, node, depth)
    }

    /// Where the policy is to null what does not convert: does so, and goes on after the value.
    @inline(never)
    private func recover(_ p: UnsafePointer<UInt8>, _ node: Int, _ depth: Int) -> UnsafePointer<UInt8>? {
        guard ignoresParseErrors, state.pointee.failure.isConversionFailure else { return nil }
        stamps[node] = state.pointee.stamp
        if nodes[node].kind == .object {
            clear(below: node)
            markSeen(below: node)
        } else {
            setNull(node)
        }
        return skipValue(p, depth)
    }

    @inline(__always)
    private func convertValue(_ p: UnsafePointer<UInt8>, _ node: Int, _ depth: Int) -> UnsafePointer<UInt8>? {
        switch nodes[node].kind {
        case .bigint: return scanBigint(p, node)
        case .int: return scanInt(p, node)
        case .double: return scanDouble(p, node)
        case .string:
            if p[0] != 0x22 { return scanOtherAsString(p, node, depth) }
            var count = 0
            guard let after = copyString(p + 1, &count) else { return nil }
            setTarget(node, count: count)
            return after
        case .timestamp, .timestampLTZ: return scanTimestamp(p, node)
        case .boolean: return scanBoolean(p, node)
        case .decimal64, .decimal128: return scanDecimal(p, node)
        case .date: return scanDate(p, node)
        case .bytes: return scanBytes(p, node)
        case .object: return scanInnerObject(p, node, depth)
        case .ignored: return skipValue(p, depth)
        }
    }

    @inline(never)
    func scanNull(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        guard let after = literal(p, 0x6c6c_756e, 4) else { return nil }
        stamps[node] = state.pointee.stamp
        if nodes[node].kind == .object {
            clear(below: node)
            markSeen(below: node)
        } else {
            setNull(node)
        }
        return after
    }

    @inline(never)
    private func scanInnerObject(_ p: UnsafePointer<UInt8>, _ node: Int, _ depth: Int) -> UnsafePointer<UInt8>? {
        if p[0] != 0x7b { return scanMismatch(.notAnObject, p, node) }
        if depth >= Self.maximumDepth { return fail(.tooDeep, p, 0) }
        if stamps[node] == state.pointee.stamp { clear(below: node) }
        stamps[node] = state.pointee.stamp
        return scanObject(p + 1, node, depth + 1)
    }

    @inline(never)
    private func scanBoolean(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        var after = p
        let value: UInt8
        switch p[0] {
        case 0x74:
            guard let end = literal(p, 0x6575_7274, 4) else { return nil }
            after = end
            value = 1
        case 0x66:
            guard p[4] == 0x65 else { return failLiteral(p) }
            guard let end = literal(p, 0x736c_6166, 5) else { return nil }
            after = end
            value = 0
        case 0x22:
            var count = 0
            guard let end = copyString(p + 1, &count) else { return nil }
            let text = trimmed(count)
            let word = EightBytes.load(text.baseAddress ?? p) | 0x2020_2020_2020_2020
            if text.count == 4 && word & 0xffff_ffff == 0x6575_7274 {
                value = 1
            } else if text.count == 5 && word & 0xff_ffff_ffff == 0x65_736c_6166 {
                value = 0
            } else {
                return fail(.notABoolean, p, node)
            }
            after = end
        default: return scanMismatch(.notABoolean, p, node)
        }
        storage(node).assumingMemoryBound(to: UInt8.self)[state.pointee.row] = value
        setValid(node)
        return after
    }

    /// A number, boolean, object or array as text, just as it is written.
    @inline(never)
    private func scanOtherAsString(_ p: UnsafePointer<UInt8>, _ node: Int, _ depth: Int) -> UnsafePointer<UInt8>? {
        if p[0] == 0x6e { return scanNull(p, node) }
        guard let after = skipValue(p, depth) else { return nil }
        state.pointee.target.update(from: p, count: after - p)
        setTarget(node, count: after - p)
        return after
    }

    @inline(never)
    private func scanBytes(_ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        if p[0] != 0x22 { return scanMismatch(.notAString, p, node) }
        var count = 0
        guard let after = copyString(p + 1, &count) else { return nil }
        let target = state.pointee.target
        guard let decoded = Base64Text.decode(target, count, target, tables: base64) else {
            return fail(.invalidBase64, p, node)
        }
        setTarget(node, count: decoded)
        return after
    }

    /// The bytes at `state.target` without white space around them, followed by a quote.
    @inline(__always)
    func trimmed(_ count: Int) -> UnsafeBufferPointer<UInt8> {
        let target = state.pointee.target
        var first = 0
        var end = count
        while first < end && target[first] <= 0x20 { first += 1 }
        while end > first && target[end - 1] <= 0x20 { end -= 1 }
        target[end] = 0x22
        return UnsafeBufferPointer(start: UnsafePointer(target + first), count: end - first)
    }

    /// Reads null; notes that any other value at `p` does not fit its column, unless it is not even a value.
    @inline(never)
    func scanMismatch(_ code: DecodeStatus.Code, _ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        if p[0] == 0x6e { return scanNull(p, node) }
        guard skipValue(p, 0) != nil else { return nil }
        return fail(code, p, node)
    }
}
