extension JSONScanner {
    /// Reads the members of an object and returns the byte after it, or nil after a failure.
    ///
    /// - Parameters:
    ///   - start: after the opening brace.
    ///   - depth: of this object, 1 for the document.
    @inline(never)
    func scanObject(_ start: UnsafePointer<UInt8>, _ object: Int, _ depth: Int) -> UnsafePointer<UInt8>? {
        var p = skipSpace(start)
        if p[0] == 0x7d { return p + 1 }
        if p[0] != 0x22 { return fail(.unexpectedByte, p, 0) }
        var expected = Int(nodes[object].firstExpected)
        var previous = 0
        while true {
            // At the quote that opens a key.
            p += 1
            var node = expected
            if EightBytes.load(p) & nodes[node].mask == nodes[node].prefix && hasTail(p, node) {
                p += Int(nodes[node].keyByteCount)
            } else {
                guard let after = findKey(p, object, &node) else { return nil }
                p = after
                if node != 0 { learn(node, after: previous, in: object) }
            }
            if p[0] <= 0x20 { p = skipSpace(p + 1, after: p) }
            if node != 0 {
                expected = Int(nodes[node].successor)
                previous = node
                guard let after = scanValue(p, node, depth) else { return nil }
                p = after
            } else {
                guard let after = skipValue(p, depth) else { return nil }
                p = after
            }
            if p[0] != 0x2c {
                p = skipSpace(p)
                if p[0] == 0x7d { return p + 1 }
                if p[0] != 0x2c { return fail(.unexpectedByte, p, 0) }
            }
            p += 1
            if p[0] != 0x22 {
                p = skipSpace(p + 1, after: p)
                if p[0] != 0x22 { return fail(.unexpectedByte, p, 0) }
            }
        }
    }

    /// Notes in which order fields came: the next document most likely has the same.
    @inline(__always)
    private func learn(_ node: Int, after previous: Int, in object: Int) {
        if previous != 0 {
            nodes[previous].successor = Int32(truncatingIfNeeded: node)
        } else {
            nodes[object].firstExpected = Int32(truncatingIfNeeded: node)
        }
    }

    /// Whether the key at `p` goes on as the node's after the first eight bytes.
    @inline(__always)
    private func hasTail(_ p: UnsafePointer<UInt8>, _ node: Int) -> Bool {
        let count = Int(nodes[node].keyByteCount)
        return count <= 8 || hasLongTail(p, node, count)
    }

    @inline(__always)
    private func hasLongTail(_ p: UnsafePointer<UInt8>, _ node: Int, _ count: Int) -> Bool {
        let key = nodes[node].name
        var position = 8
        while position &+ 8 <= count {
            if EightBytes.load(p + position) != EightBytes.load(key + position) { return false }
            position &+= 8
        }
        // The key's memory is padded with eight zeros.
        let rest = count &- position
        let mask: UInt64 = (1 &<< UInt64(truncatingIfNeeded: rest &* 8)) &- 1
        return (EightBytes.load(p + position) ^ EightBytes.load(key + position)) & mask == 0
    }

    /// Reads a key that was not the expected one, sets `node` to what it names or to 0, and returns the byte after its
    /// colon.
    @inline(never)
    private func findKey(
        _ start: UnsafePointer<UInt8>, _ object: Int, _ node: inout Int
    ) -> UnsafePointer<UInt8>? {
        let first = Int(nodes[object].firstChild)
        let end = first + Int(nodes[object].childCount)
        let word = EightBytes.load(start)
        var child = first
        while child < end {
            if word & nodes[child].mask == nodes[child].prefix && hasTail(start, child) {
                node = child
                return start + Int(nodes[child].keyByteCount)
            }
            child += 1
        }
        var ignored = Int(nodes[object].ignored)
        while ignored != 0 {
            if word & nodes[ignored].mask == nodes[ignored].prefix && hasTail(start, ignored) {
                node = ignored
                return start + Int(nodes[ignored].keyByteCount)
            }
            ignored = Int(nodes[ignored].ignored)
        }
        return findOtherKey(start, object, &node)
    }

    /// Reads a key that is not written plainly, or that nobody asked for.
    @inline(never)
    private func findOtherKey(
        _ start: UnsafePointer<UInt8>, _ object: Int, _ node: inout Int
    ) -> UnsafePointer<UInt8>? {
        node = 0
        guard let after = skipString(start) else { return nil }
        let count = after - start - 1
        if EightBytes.containsBackslash(start, count) {
            guard findEscapedKey(start, object, &node) != nil else { return nil }
        } else if after[0] == 0x3a {
            node = tree.ignore(start, count, in: object)
        } else {
            node = findPlainKey(start, count, object)
        }
        let colon = skipSpace(after)
        return colon[0] == 0x3a ? colon + 1 : fail(.unexpectedByte, colon, 0)
    }

    /// The child of a name that white space follows; 0 for none.
    private func findPlainKey(_ start: UnsafePointer<UInt8>, _ count: Int, _ object: Int) -> Int {
        let key = UnsafeBufferPointer(start: start, count: count)
        for child in children(of: object) where Int(nodes[child].nameByteCount) == count {
            if key.elementsEqual(UnsafeBufferPointer(start: nodes[child].name, count: count)) { return child }
        }
        return 0
    }

    private func findEscapedKey(
        _ start: UnsafePointer<UInt8>, _ object: Int, _ node: inout Int
    ) -> UnsafePointer<UInt8>? {
        var count = 0
        guard let after = copyString(start, &count) else { return nil }
        let first = Int(nodes[object].firstChild)
        for child in first..<(first + Int(nodes[object].childCount)) where Int(nodes[child].nameByteCount) == count {
            let name = UnsafeBufferPointer(start: nodes[child].name, count: count)
            if name.elementsEqual(UnsafeBufferPointer(start: state.pointee.target, count: count)) { node = child }
        }
        return after
    }

    /// Marks everything below an object as absent, for a value that replaces one seen before.
    @inline(never)
    func clear(below object: Int) {
        for child in children(of: object) {
            stamps[child] = 0
            if nodes[child].kind == .object {
                clear(below: child)
            } else {
                setNull(child)
            }
        }
    }

    /// Marks everything below an object that is null as seen: it is null, not missing.
    @inline(never)
    func markSeen(below object: Int) {
        for child in children(of: object) {
            stamps[child] = state.pointee.stamp
            if nodes[child].kind == .object { markSeen(below: child) }
        }
    }

    private func children(of object: Int) -> Range<Int> {
        let first = Int(nodes[object].firstChild)
        return first..<(first + Int(nodes[object].childCount))
    }

    @inline(__always)
    func skipSpace(_ start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        if start[0] > 0x20 { return start }
        return skipSpaceSlowly(start)
    }

    /// The same where `first` is known to be a character of at most 0x20; the most common is a single space.
    @inline(__always)
    func skipSpace(_ second: UnsafePointer<UInt8>, after first: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        if first[0] == 0x20 && second[0] > 0x20 { return second }
        return skipSpaceSlowly(first)
    }

    @inline(never)
    private func skipSpaceSlowly(_ start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var p = start
        while p[0] == 0x20 || p[0] == 0x0a || p[0] == 0x0d || p[0] == 0x09 { p += 1 }
        return p
    }

    /// Notes a failure at `p` and returns nil.
    @inline(never)
    func fail(_ code: DecodeStatus.Code, _ p: UnsafePointer<UInt8>, _ node: Int) -> UnsafePointer<UInt8>? {
        var code = code
        let isSyntax = code.rawValue < DecodeStatus.Code.notAnObject.rawValue
        if isSyntax && p >= state.pointee.end { code = .truncated }
        state.pointee.failure = DecodeStatus(
            code, field: node == 0 ? -1 : nodes[node].field,
            byteOffset: UInt32(truncatingIfNeeded: min(p, state.pointee.end) - state.pointee.base))
        return nil
    }
}
