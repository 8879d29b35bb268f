package import TestKit

/// Makes new inputs of old ones, for the loop in the tests: bytes changed, taken out, doubled, put together, and words
/// put in.
package struct FuzzMutator {
    private let corpus: [[UInt8]]
    private let words: [[UInt8]]
    private let maximumByteCount: Int
    private static let extremes: [UInt8] = [
        0, 1, 0x7f, 0x80, 0xff, 0x20, 0x22, 0x27, 0x5c, 0x30, 0x39,
    ]

    /// - Parameter corpus: at least one input.
    package init(_ target: FuzzTarget, corpus: [[UInt8]]) {
        precondition(!corpus.isEmpty, "no input to begin with for \(target)")
        self.corpus = corpus
        words = target.dictionary.map { Array($0.utf8) }
        maximumByteCount = target.maximumByteCount
    }

    package func input(_ random: inout SeededRandom) -> [UInt8] {
        var bytes = pick(corpus, &random)
        for _ in 0..<(1 << Int.random(in: 0...4, using: &random)) { mutate(&bytes, &random) }
        return Array(bytes.prefix(maximumByteCount))
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else {
            bytes = pick(corpus, &random)
            return
        }
        let index = Int.random(in: 0..<bytes.count, using: &random)
        let length = min(
            bytes.count - index,
            Int.random(in: 1...(1 << Int.random(in: 0...6, using: &random)), using: &random))
        switch Int.random(in: 0..<10, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes[index] = pick(Self.extremes, &random)
        case 3: bytes[index] &+= UInt8.random(in: 0...1, using: &random) == 0 ? 1 : 0xff
        case 4: bytes.removeSubrange(index..<index + length)
        case 5: bytes.insert(contentsOf: bytes[index..<index + length], at: index)
        case 6:
            let other = pick(corpus, &random)
            guard !other.isEmpty else { return }
            let start = Int.random(in: 0..<other.count, using: &random)
            bytes.replaceSubrange(index..<index + length, with: other[start...].prefix(length * 2))
        case 7:
            bytes.insert(contentsOf: (0..<length).map { _ in pick(Self.extremes, &random) }, at: index)
        default:
            guard !words.isEmpty else { return }
            let word = pick(words, &random)
            if Bool.random(using: &random) {
                bytes.insert(contentsOf: word, at: index)
            } else {
                bytes.replaceSubrange(index..<min(bytes.count, index + word.count), with: word)
            }
        }
    }

    private func pick<Element>(_ elements: [Element], _ random: inout SeededRandom) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &random)]
    }
}
