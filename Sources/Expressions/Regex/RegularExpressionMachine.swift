/// Runs a regular expression over texts: every way to match is followed at the same time, so that no text takes more than
/// steps x code points. Keeps its memory between texts; of one thread.
final class RegularExpressionMachine {
    private let expression: RegularExpression
    private let slotCount: Int
    /// Two lists of threads in order of preference: the step each is at, and its slots.
    private var current: Threads
    private var following: Threads
    /// Steps still to be looked at when a thread is added.
    private var stack: [(step: Int, slot: Int, old: Int)] = []
    private var slots: [Int]
    /// Byte positions of the last match; -1 for a group that took no part.
    private(set) var captures: [Int]

    private struct Threads {
        var steps: [Int] = []
        var slots: [Int] = []
        /// The round in which a step was added last.
        var marks: [Int]
    }

    private var round = 0

    init(_ expression: RegularExpression) {
        self.expression = expression
        slotCount = expression.groupCount * 2
        current = Threads(marks: Array(repeating: -1, count: expression.steps.count))
        following = current
        slots = Array(repeating: -1, count: slotCount)
        captures = slots
    }

    /// Looks for the first match at or behind byte `start`; `captures` tells where it is.
    func find(_ text: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var isFound = false
        current.steps.removeAll(keepingCapacity: true)
        current.slots.removeAll(keepingCapacity: true)
        var position = start
        while true {
            round += 1
            // A new attempt begins here as long as nothing is found; earlier ones are preferred.
            for step in current.steps { current.marks[step] = round }
            if !isFound {
                for slot in 0..<slotCount { slots[slot] = -1 }
                add(0, text, position, to: &current)
            }
            if current.steps.isEmpty, isFound { return true }
            following.steps.removeAll(keepingCapacity: true)
            following.slots.removeAll(keepingCapacity: true)
            round += 1
            let isEnd = position >= text.count
            let scalar = isEnd ? 0 : UTF8Text.scalar(text, position)
            let width = isEnd ? 1 : UTF8Text.length(text[position])
            threads: for thread in current.steps.indices {
                let step = current.steps[thread]
                switch expression.steps[step] {
                case .match:
                    captures = Array(current.slots[thread * slotCount..<(thread + 1) * slotCount])
                    isFound = true
                    // The threads behind are less preferred.
                    break threads
                case .scalar(let wanted): if isEnd || wanted != scalar { continue }
                case .anyButLineEnd: if isEnd || scalar == 10 || scalar == 13 { continue }
                case .set(let set): if isEnd || !set.contains(scalar) { continue }
                default: continue
                }
                for slot in 0..<slotCount { slots[slot] = current.slots[thread * slotCount + slot] }
                add(step + 1, text, position + width, to: &following)
            }
            swap(&current, &following)
            if isEnd { return isFound }
            position += width
        }
    }

    /// Where a group of the last match is; nil for one that took no part or does not exist.
    func range(ofGroup group: Int64) -> Range<Int>? {
        guard group >= 0, group < expression.groupCount else { return nil }
        let (start, end) = (captures[Int(group) * 2], captures[Int(group) * 2 + 1])
        return start >= 0 && end >= start ? start..<end : nil
    }

    /// Appends the text with every match replaced; the replacement has no special characters.
    func replaceAll(
        _ text: UnsafeRawBufferPointer, with replacement: UnsafeRawBufferPointer, into result: inout TextBuilder
    ) {
        var position = 0
        var copied = 0
        while position <= text.count, find(text, from: position), let match = range(ofGroup: 0) {
            result.append(UnsafeRawBufferPointer(rebasing: text[copied..<match.lowerBound]))
            result.append(replacement)
            copied = match.upperBound
            position = match.upperBound
            // Behind an empty match the search goes on one code point further.
            if match.isEmpty { position += position < text.count ? UTF8Text.length(text[position]) : 1 }
        }
        result.append(UnsafeRawBufferPointer(rebasing: text[copied...]))
    }

    /// Adds the thread at `first` with the present slots, and those that it leads to without reading a character.
    private func add(_ first: Int, _ text: UnsafeRawBufferPointer, _ position: Int, to threads: inout Threads) {
        stack.append((first, -1, 0))
        while let (step, slot, old) = stack.popLast() {
            if slot >= 0 {
                slots[slot] = old
                continue
            }
            if threads.marks[step] == round { continue }
            threads.marks[step] = round
            switch expression.steps[step] {
            case .jump(let target): stack.append((target, -1, 0))
            case .split(let preferred, let other):
                stack.append((other, -1, 0))
                stack.append((preferred, -1, 0))
            case .save(let slot):
                // Undone once what follows has been added.
                stack.append((0, slot, slots[slot]))
                slots[slot] = position
                stack.append((step + 1, -1, 0))
            case .textStart: if position == 0 { stack.append((step + 1, -1, 0)) }
            case .textEnd: if isTextEnd(text, position) { stack.append((step + 1, -1, 0)) }
            case .wordBoundary(let isNegated):
                let isBoundary = isWord(text, position - 1) != isWord(text, position)
                if isBoundary != isNegated { stack.append((step + 1, -1, 0)) }
            default:
                threads.steps.append(step)
                threads.slots.append(contentsOf: slots)
            }
        }
    }

    /// The end, or the line feed before it.
    private func isTextEnd(_ text: UnsafeRawBufferPointer, _ position: Int) -> Bool {
        position >= text.count || position == text.count - 1 && text[position] == 10
    }

    private func isWord(_ text: UnsafeRawBufferPointer, _ position: Int) -> Bool {
        guard position >= 0, position < text.count else { return false }
        let byte = text[position]
        return byte < 128 && CharacterSet.words.contains { $0.contains(UInt32(byte)) }
    }
}
