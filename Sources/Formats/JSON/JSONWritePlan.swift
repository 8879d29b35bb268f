internal import Columnar

/// The shape of a writer's messages, in raw memory.
final class JSONWritePlan {
    let steps: UnsafeMutablePointer<JSONWriteStep>
    let stepCount: Int
    let elements: UnsafeMutablePointer<JSONWriteElement>
    let elementCount: Int
    /// The braces after the last value.
    let closing: UnsafePointer<UInt8>
    let closingByteCount: Int
    /// At least the bytes of a message whose strings are empty, with room to write in blocks.
    let fixedByteCount: Int
    private var memory: [UnsafeMutablePointer<UInt8>] = []

    init(schema: Schema, fields: [WriteField]) throws(FormatsError) {
        let root = JSONPathBranch(name: "")
        for field in fields {
            guard schema.fields.indices.contains(field.column) else {
                throw FormatsError(.invalidFields, "column \(field.column) of a schema of \(schema.count) columns")
            }
            try root.insert(field.path, field: field.column, toBe: .written)
        }
        var draft = Draft()
        draft.add(root, schema: schema)
        stepCount = draft.steps.count
        elementCount = draft.elements.count
        steps = .allocate(capacity: max(draft.steps.count, 1))
        elements = .allocate(capacity: max(draft.elements.count, 1))
        closingByteCount = draft.pending.utf8.count
        var memory: [UnsafeMutablePointer<UInt8>] = []
        closing = UnsafePointer(Self.copy(draft.pending, &memory))
        var fixed = 128 + closingByteCount
        for (index, step) in draft.steps.enumerated() {
            let literal = Self.copy(step.literal, &memory)
            fixed += step.literal.utf8.count + 16 + 64
            let type = schema[step.column].type
            (steps + index).initialize(
                to: JSONWriteStep(
                    literal: literal, literalByteCount: step.literal.utf8.count, kind: Self.kind(of: type),
                    scale: Self.scale(of: type), column: step.column, storage: UnsafeMutableRawPointer(literal),
                    validity: UnsafeMutableRawPointer(literal).assumingMemoryBound(to: UInt64.self),
                    arenaBase: literal, isAllValid: false))
        }
        for (index, element) in draft.elements.enumerated() {
            let literal = Self.copy(element.literal, &memory)
            fixed += element.literal.utf8.count + 16
            (elements + index).initialize(
                to: JSONWriteElement(
                    kind: element.kind, literal: literal, literalByteCount: element.literal.utf8.count,
                    step: element.step, endStep: element.endStep, endElement: element.endElement))
        }
        fixedByteCount = fixed
        self.memory = memory
    }

    deinit {
        steps.deallocate()
        elements.deallocate()
        for bytes in memory { bytes.deallocate() }
    }

    /// Steps and elements before they are laid out in memory.
    private struct Draft {
        var steps: [(literal: String, column: Int)] = []
        var elements: [(kind: JSONWriteElement.Kind, literal: String, step: Int, endStep: Int, endElement: Int)] = []
        /// What stands before the next value.
        var pending = "{"

        mutating func add(_ object: JSONPathBranch, schema: Schema) {
            for (index, child) in object.children.enumerated() {
                let key = JSONText.quoted(child.name) + ":"
                pending += (index > 0 ? "," : "") + key
                if let column = child.field {
                    elements.append((.value, key, steps.count, steps.count + 1, elements.count + 1))
                    steps.append((pending, column))
                    pending = ""
                } else {
                    let opened = elements.count
                    elements.append((.open, key + "{", steps.count, 0, 0))
                    pending += "{"
                    add(child, schema: schema)
                    elements.append((.close, "", steps.count, steps.count, elements.count + 1))
                    elements[opened].endStep = steps.count
                    elements[opened].endElement = elements.count
                }
            }
            pending += "}"
        }
    }

    private static func copy(
        _ text: String, _ memory: inout [UnsafeMutablePointer<UInt8>]
    ) -> UnsafeMutablePointer<UInt8> {
        let count = text.utf8.count
        let capacity = (count + 16) & ~15
        let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        bytes.initialize(repeating: 0, count: capacity)
        for (index, byte) in text.utf8.enumerated() { bytes[index] = byte }
        memory.append(bytes)
        return bytes
    }

    private static func kind(of type: LogicalType) -> JSONFieldKind {
        switch type {
        case .boolean: .boolean
        case .int: .int
        case .bigint: .bigint
        case .double: .double
        case .decimal(let precision, _): precision <= 18 ? .decimal64 : .decimal128
        case .string: .string
        case .bytes: .bytes
        case .date: .date
        case .timestamp: .timestamp
        case .timestampLTZ: .timestampLTZ
        }
    }

    private static func scale(of type: LogicalType) -> Int {
        if case .decimal(_, let scale) = type { return scale }
        return 0
    }
}
