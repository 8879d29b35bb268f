/// First in, first out; grows as needed, because what limits it is the sender's credit.
struct ElementQueue: ~Copyable, Sendable {
    private var slots: [StreamElement?]
    private var head = 0
    private(set) var count = 0

    init(capacity: Int = 16) {
        var size = 4
        while size < capacity { size *= 2 }
        slots = Array(repeating: nil, count: size)
    }

    var first: StreamElement? { count == 0 ? nil : slots[head] }

    /// A watermark replaces one that is last in the queue, so that a stalled receiver gathers no watermarks.
    ///
    /// - Returns: whether the queue became longer.
    @discardableResult
    mutating func append(_ element: StreamElement) -> Bool {
        if case .watermark = element, count > 0 {
            let last = (head + count - 1) & (slots.count - 1)
            if case .watermark = slots[last] {
                slots[last] = element
                return false
            }
        }
        if count == slots.count { grow() }
        slots[(head + count) & (slots.count - 1)] = element
        count += 1
        return true
    }

    mutating func popFirst() -> StreamElement? {
        guard count > 0 else { return nil }
        let element = slots[head]
        slots[head] = nil
        head = (head + 1) & (slots.count - 1)
        count -= 1
        return element
    }

    private mutating func grow() {
        var larger: [StreamElement?] = []
        larger.reserveCapacity(slots.count * 2)
        for position in 0..<count { larger.append(slots[(head + position) & (slots.count - 1)]) }
        larger.append(contentsOf: repeatElement(nil, count: slots.count * 2 - count))
        slots = larger
        head = 0
    }
}
