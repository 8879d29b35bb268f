import SQL
import TestKit
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Whatever stands in a file, the compiler answers with a job or with errors that point into the file.
struct MutationTests {
    private static let files = ["Plans", "Errors", "Syntax"].flatMap { QueryFile.all(in: $0) }

    /// `MUTATION_ROUNDS` in the environment makes it longer.
    private static let rounds = ProcessInfo.processInfo.environment["MUTATION_ROUNDS"].flatMap { Int($0) } ?? 4

    @Test(arguments: 0..<UInt64(4))
    func mutatedFilesNeverCrashTheCompiler(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let words = Self.files.flatMap { Self.pieces($0.text) }
        for file in Self.files {
            for _ in 0..<Self.rounds {
                var pieces = Self.pieces(file.text)
                for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&pieces, words, &random) }
                let text = pieces.joined()
                let lineCount = text.split(separator: "\n", omittingEmptySubsequences: false).count
                for error in CompilerQueryTests.compiler.check(text, fileName: file.name) {
                    #expect(
                        (1...lineCount).contains(error.location.line) && !error.message.isEmpty,
                        "seed \(seed): \(error)\n\(text)")
                }
            }
        }
    }

    private static func mutate(_ pieces: inout [String], _ words: [String], _ random: inout SeededRandom) {
        guard !pieces.isEmpty else { return }
        let index = Int.random(in: 0..<pieces.count, using: &random)
        let other = Int.random(in: 0..<pieces.count, using: &random)
        let word = words[Int.random(in: 0..<words.count, using: &random)]
        switch Int.random(in: 0..<6, using: &random) {
        case 0: pieces.remove(at: index)
        case 1: pieces.insert(word, at: index)
        case 2: pieces[index] = word
        case 3: pieces.swapAt(index, other)
        case 4: pieces.insert(pieces[other], at: index)
        default: pieces.removeSubrange(min(index, other)..<min(max(index, other), min(index, other) + 12))
        }
    }

    /// Words, blanks and single other characters.
    private static func pieces(_ text: String) -> [String] {
        var pieces: [String] = []
        var word = ""
        for character in text {
            if character.isLetter || character.isNumber || character == "_" {
                word.append(character)
                continue
            }
            if !word.isEmpty { pieces.append(word) }
            word = ""
            pieces.append(String(character))
        }
        return word.isEmpty ? pieces : pieces + [word]
    }
}
