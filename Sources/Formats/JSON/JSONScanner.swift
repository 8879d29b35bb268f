package import Columnar

/// Reads one JSON document at a time from bytes into the columns of a row.
///
/// The document must be an object by RFC 8259, UTF-8 included. Fields are found by their paths in any order; what is
/// not asked for is checked and skipped. Of a name that comes twice the last one counts. Values are converted as Flink
/// does: see `JSONOptions`. The payload is copied once to a buffer that ends in zeros, so that no loop checks for the
/// end.
package final class JSONScanner: RowDecoder {
    /// Objects and arrays inside one another, the document included.
    package static let maximumDepth = 128
    /// Larger payloads fail; Kafka's own limit is lower.
    package static let maximumPayloadByteCount = 1 << 30
    /// Readable bytes after a document.
    static let padding = 64

    package let fields: [ScanField]
    let tree: JSONScanTree
    let nodes: UnsafeMutablePointer<JSONScanNode>
    let state: UnsafeMutablePointer<JSONScanState>
    /// One a node, see `JSONScanState.stamp`.
    let stamps: UnsafeMutablePointer<UInt32>
    let powers: PowersOfTen
    let integerPowers: UnsafePointer<UInt64>
    let doublePowers: UnsafePointer<Double>
    let base64: UnsafeMutablePointer<UInt8>
    /// Nodes of the fields that may not be null.
    let requiredNodes: UnsafeMutablePointer<Int32>
    let requiredNodeCount: Int
    let failsOnMissingField: Bool
    let ignoresParseErrors: Bool
    let convertsZeroTimestamps: Bool
    private let scratch: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>>
    private let scratchCapacity: UnsafeMutablePointer<Int>

    package init(fields: [ScanField], options: JSONOptions) throws(FormatsError) {
        tree = try JSONScanTree(fields: fields)
        self.fields = fields
        nodes = tree.nodes
        let stampCount = tree.count + JSONScanTree.maximumIgnoredCount
        stamps = .allocate(capacity: stampCount)
        stamps.initialize(repeating: 0, count: stampCount)
        powers = PowersOfTen()
        integerPowers = powers.integers
        doublePowers = powers.doubles
        base64 = Base64Text.makeTables()
        failsOnMissingField = options.failOnMissingField
        ignoresParseErrors = options.ignoreParseErrors
        convertsZeroTimestamps = options.zeroTimestamp == .convertToNull
        let nodes = tree.nodes
        let required = (0..<tree.count).filter { nodes[$0].column >= 0 && !nodes[$0].isNullable }
        requiredNodeCount = required.count
        requiredNodes = .allocate(capacity: max(required.count, 1))
        for (position, node) in required.enumerated() { (requiredNodes + position).initialize(to: Int32(node)) }
        scratchCapacity = .allocate(capacity: 1)
        scratchCapacity.initialize(to: 4096)
        scratch = .allocate(capacity: 1)
        scratch.initialize(to: .allocate(capacity: 4096 + Self.padding))
        let bytes = UnsafePointer(scratch.pointee)
        let slots = UnsafeMutablePointer<ColumnSlot>(bitPattern: 64)
        guard let slots else { preconditionFailure("64 is an address") }
        state = .allocate(capacity: 1)
        state.initialize(
            to: JSONScanState(
                base: bytes, end: bytes, slots: slots, row: 0, validityWord: 0, validityBit: 1,
                target: scratch.pointee, targetStart: scratch.pointee, targetOffset: 0, stamp: 0, failure: .success))
    }

    deinit {
        scratch.pointee.deallocate()
        scratch.deallocate()
        scratchCapacity.deallocate()
        state.deallocate()
        stamps.deallocate()
        base64.deallocate()
        requiredNodes.deallocate()
    }

    package func decode(_ payload: UnsafeRawBufferPointer, into builder: BatchBuilder) -> DecodeStatus {
        let count = payload.count
        guard count > 0, let bytes = payload.baseAddress else { return reject(.empty, builder) }
        if count > scratchCapacity.pointee {
            if count > Self.maximumPayloadByteCount { return reject(.payloadTooLarge, builder) }
            growScratch(count)
        }
        let base = scratch.pointee
        UnsafeMutableRawPointer(base).copyMemory(from: bytes, byteCount: count)
        UnsafeMutableRawPointer(base + count).storeBytes(of: SIMD32<UInt8>.zero, as: SIMD32<UInt8>.self)

        let writer = builder.arenaWriter
        let row = builder.rowCount
        let target = writer.reserve(count + Self.padding)
        state.pointee.base = UnsafePointer(base)
        state.pointee.end = UnsafePointer(base + count)
        state.pointee.slots = builder.slots
        state.pointee.row = row
        state.pointee.validityWord = row >> 6
        state.pointee.validityBit = 1 << UInt64(row & 63)
        state.pointee.target = target
        state.pointee.targetStart = target
        state.pointee.targetOffset = UInt32(truncatingIfNeeded: writer.count)
        advanceStamp()

        guard scanDocument(UnsafePointer(base)), checkFields() else {
            builder.discardRow()
            return state.pointee.failure
        }
        writer.commit(state.pointee.target - target)
        return .success
    }

    private func reject(_ code: DecodeStatus.Code, _ builder: BatchBuilder) -> DecodeStatus {
        builder.discardRow()
        return DecodeStatus(code)
    }

    @inline(never)
    private func growScratch(_ count: Int) {
        scratch.pointee.deallocate()
        scratchCapacity.pointee = max(count, scratchCapacity.pointee * 2)
        scratch.pointee = .allocate(capacity: scratchCapacity.pointee + Self.padding)
    }

    @inline(__always)
    private func advanceStamp() {
        state.pointee.stamp &+= 1
        if state.pointee.stamp == 0 {
            stamps.update(repeating: 0, count: tree.count)
            state.pointee.stamp = 1
        }
    }

    @inline(__always)
    private func scanDocument(_ start: UnsafePointer<UInt8>) -> Bool {
        var p = skipSpace(start)
        if p[0] != 0x7b {
            let isOther = p < state.pointee.end
            _ = fail(isOther ? .rootIsNotObject : .truncated, p, 0)
            return false
        }
        guard let after = scanObject(p + 1, 1, 1) else { return false }
        p = skipSpace(after)
        if p != state.pointee.end {
            _ = fail(.trailingBytes, p, 0)
            return false
        }
        return true
    }

    /// Whether nothing is missing that must be there.
    @inline(__always)
    private func checkFields() -> Bool {
        if failsOnMissingField && !checkMissing() { return false }
        let word = state.pointee.validityWord
        let bit = state.pointee.validityBit
        for position in 0..<requiredNodeCount {
            let node = Int(requiredNodes[position])
            if state.pointee.slots[Int(nodes[node].column)].validity[word] & bit == 0 {
                state.pointee.failure = DecodeStatus(.nullInNotNullField, field: nodes[node].field)
                return false
            }
        }
        return true
    }

    @inline(never)
    private func checkMissing() -> Bool {
        for node in 2..<max(tree.count, 2) where stamps[node] != state.pointee.stamp {
            state.pointee.failure = DecodeStatus(.missingField, field: nodes[node].field)
            return false
        }
        return true
    }
}
