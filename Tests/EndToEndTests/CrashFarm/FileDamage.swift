import Foundation
import TestKit

/// One way to harm a file, from a seed.
enum FileDamage: CustomStringConvertible {
    case flipped(offset: Int, bit: Int)
    case truncated(count: Int)
    case zeroed(Range<Int>)
    case appended
    case deleted

    init(fileSize: Int, _ random: inout SeededRandom) {
        let kinds = fileSize > 0 ? 0..<5 : 3..<5
        switch Int.random(in: kinds, using: &random) {
        case 0:
            self = .flipped(offset: .random(in: 0..<fileSize, using: &random), bit: .random(in: 0..<8, using: &random))
        case 1: self = .truncated(count: .random(in: 0..<fileSize, using: &random))
        case 2:
            let start = Int.random(in: 0..<fileSize, using: &random)
            self = .zeroed(start..<min(fileSize, start + Int.random(in: 1...4096, using: &random)))
        case 3: self = .appended
        default: self = .deleted
        }
    }

    /// - Returns: the harmed content; nil for no file.
    func apply(to content: Data) -> Data? {
        var content = content
        switch self {
        case .flipped(let offset, let bit): content[offset] ^= 1 << UInt8(bit)
        case .truncated(let count): content = content.prefix(count)
        case .zeroed(let range): content.replaceSubrange(range, with: Data(count: range.count))
        case .appended: content.append(0x20)
        case .deleted: return nil
        }
        return content
    }

    var description: String {
        switch self {
        case .flipped(let offset, let bit): "bit \(bit) of byte \(offset) turned"
        case .truncated(let count): "cut after \(count) bytes"
        case .zeroed(let range): "bytes \(range) zeroed"
        case .appended: "a byte appended"
        case .deleted: "deleted"
        }
    }
}
