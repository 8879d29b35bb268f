internal import Columnar

/// The paths of a decoder's fields as a tree of nodes in raw memory.
final class JSONScanTree {
    static let maximumFieldCount = Int(Int16.max)

    /// Names that nobody asked for and that are remembered, so as to be recognised as quickly as the others.
    static let maximumIgnoredCount = 64
    /// Longer ones are not remembered.
    static let maximumIgnoredByteCount = 62

    let nodes: UnsafeMutablePointer<JSONScanNode>
    /// Nodes of the paths; those that are ignored come behind.
    let count: Int
    private let ignoredNames: UnsafeMutablePointer<UInt8>
    private let ignoredCount: UnsafeMutablePointer<Int>
    private var names: [UnsafeMutablePointer<UInt8>] = []

    init(fields: [ScanField]) throws(FormatsError) {
        guard fields.count <= Self.maximumFieldCount else {
            throw FormatsError(
                .invalidFields, "\(fields.count) fields; a JSON format reads at most \(Self.maximumFieldCount)")
        }
        let root = JSONPathBranch(name: "")
        for (index, field) in fields.enumerated() {
            try root.insert(field.path, field: index, toBe: .read)
        }
        // Breadth first, so that siblings are neighbours.
        var order = [root]
        var parents: [Int32] = [0]
        var position = 0
        var firstChildren: [Int] = []
        while position < order.count {
            firstChildren.append(order.count + 1)
            order.append(contentsOf: order[position].children)
            parents.append(contentsOf: order[position].children.map { _ in Int32(position + 1) })
            position += 1
        }
        count = order.count + 1
        nodes = .allocate(capacity: count + Self.maximumIgnoredCount)
        ignoredNames = .allocate(capacity: Self.maximumIgnoredCount * (Self.maximumIgnoredByteCount + 10))
        ignoredCount = .allocate(capacity: 1)
        ignoredCount.initialize(to: 0)
        let none = UnsafeMutablePointer<UInt8>.allocate(capacity: 1)
        none.initialize(to: 0)
        names.append(none)
        nodes.initialize(to: Self.noneNode(name: none))
        for (offset, branch) in order.enumerated() {
            let bytes = Self.copy(branch.name)
            names.append(bytes)
            var node = Self.noneNode(name: bytes)
            node.nameByteCount = Int32(branch.name.utf8.count)
            node.keyByteCount = node.nameByteCount + 2
            node.parent = parents[offset]
            if offset > 0 { Self.setKey(&node) }
            if let field = branch.field {
                node.field = Int16(field)
                Self.setType(&node, fields[field])
            } else {
                node.kind = .object
                node.field = Int16(Self.firstField(branch) ?? -1)
                node.childCount = Int32(branch.children.count)
                node.firstChild = branch.children.isEmpty ? 0 : Int32(firstChildren[offset])
                node.firstExpected = node.firstChild
            }
            (nodes + offset + 1).initialize(to: node)
        }
        for index in 1..<count where nodes[index].kind == .object && nodes[index].childCount > 0 {
            let first = nodes[index].firstChild
            let childCount = nodes[index].childCount
            for child in 0..<childCount {
                nodes[Int(first + child)].successor = first + (child + 1) % childCount
            }
        }
    }

    deinit {
        nodes.deallocate()
        ignoredNames.deallocate()
        ignoredCount.deallocate()
        for name in names { name.deallocate() }
    }

    /// Remembers a name inside `object` that nobody asked for, while there is room.
    ///
    /// - Returns: its node, or 0.
    func ignore(_ name: UnsafePointer<UInt8>, _ byteCount: Int, in object: Int) -> Int {
        let index = ignoredCount.pointee
        if index == Self.maximumIgnoredCount || byteCount > Self.maximumIgnoredByteCount { return 0 }
        ignoredCount.pointee = index + 1
        let bytes = ignoredNames + index * (Self.maximumIgnoredByteCount + 10)
        Self.copy(UnsafeBufferPointer(start: name, count: byteCount), bytes)
        var node = Self.noneNode(name: bytes)
        node.kind = .ignored
        node.nameByteCount = Int32(byteCount)
        node.keyByteCount = node.nameByteCount + 2
        node.parent = Int32(object)
        node.successor = nodes[object].firstChild
        node.ignored = nodes[object].ignored
        Self.setKey(&node)
        (nodes + count + index).initialize(to: node)
        nodes[object].ignored = Int32(count + index)
        return count + index
    }

    private static func firstField(_ branch: JSONPathBranch) -> Int? {
        if let field = branch.field { return field }
        for child in branch.children {
            if let field = firstField(child) { return field }
        }
        return nil
    }

    private static func copy(_ name: String) -> UnsafeMutablePointer<UInt8> {
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: name.utf8.count + 10)
        copy(name.utf8, bytes)
        return bytes
    }

    /// Writes a name with quote, colon and zeros, ten bytes more than it has.
    private static func copy(_ name: some Collection<UInt8>, _ bytes: UnsafeMutablePointer<UInt8>) {
        bytes.initialize(repeating: 0, count: name.count + 10)
        for (index, byte) in name.enumerated() { bytes[index] = byte }
        bytes[name.count] = 0x22
        bytes[name.count + 1] = 0x3a
    }

    private static func noneNode(name: UnsafePointer<UInt8>) -> JSONScanNode {
        JSONScanNode(
            prefix: 1, mask: 0, name: name, nameByteCount: 0, keyByteCount: 0, kind: .object, isNullable: true,
            precision: 0,
            scale: 0, column: -1, field: -1, firstChild: 0, childCount: 0, firstExpected: 0,
            successor: 0, parent: 0, ignored: 0)
    }

    private static func setKey(_ node: inout JSONScanNode) {
        let count = Int(node.nameByteCount)
        // A name that a document must escape never appears as its plain bytes followed by a quote.
        for index in 0..<count where node.name[index] < 0x20 || node.name[index] == 0x22 || node.name[index] == 0x5c {
            return
        }
        var prefix: UInt64 = 0
        var mask: UInt64 = 0
        for index in 0..<min(count + 2, 8) {
            prefix |= UInt64(node.name[index]) << UInt64(8 * index)
            mask |= 0xff << UInt64(8 * index)
        }
        node.prefix = prefix
        node.mask = mask
    }

    private static func setType(_ node: inout JSONScanNode, _ field: ScanField) {
        node.column = Int32(field.column)
        node.isNullable = field.isNullable
        switch field.type {
        case .boolean: node.kind = .boolean
        case .int: node.kind = .int
        case .bigint: node.kind = .bigint
        case .double: node.kind = .double
        case .decimal(let precision, let scale):
            node.kind = precision <= 18 ? .decimal64 : .decimal128
            node.precision = UInt8(precision)
            node.scale = UInt8(scale)
        case .string: node.kind = .string
        case .bytes: node.kind = .bytes
        case .date: node.kind = .date
        case .timestamp(let precision):
            node.kind = .timestamp
            node.precision = UInt8(precision)
        case .timestampLTZ(let precision):
            node.kind = .timestampLTZ
            node.precision = UInt8(precision)
        }
    }
}
