internal import ArgumentParser
internal import Foundation

/// Several whole numbers in one option: `1000000,5000000`.
package enum NumberList {
    /// - Throws: `ValidationError` naming the option.
    package static func parse(_ text: String, option: String) throws -> [Int] {
        let numbers = text.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard !numbers.isEmpty, !numbers.contains(where: { ($0 ?? 0) < 1 }) else {
            throw ValidationError("\(option) takes positive numbers separated by commas, not '\(text)'")
        }
        return numbers.compactMap { $0 }
    }
}
