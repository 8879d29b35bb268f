internal import Foundation

/// Leaves passwords out of texts that are shown.
enum SecretMask {
    private static let secretWords = [
        "pass", "pasw", "pwd", "secret", "token", "jaas", "ssl.key", "credential", "api.key", "api-key",
        "oauthbearer.config",
        ".pem",
    ]

    /// Whether the name of an option or property, in small letters, speaks of a secret.
    static func isSecret(_ name: String) -> Bool { secretWords.contains(where: name.contains) }

    /// Whether the name says who logs in: no secret, but nothing for a page either.
    static func isLogin(_ name: String) -> Bool { name.hasSuffix("username") || name.hasSuffix(".principal") }

    /// SQL text, or a setting: values of options whose names speak of secrets, and passwords in urls and connection strings, become `***`.
    static func masked(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { maskedLine(String($0)) }
            .joined(separator: "\n")
    }

    private static func maskedLine(_ line: String) -> String {
        maskedWords(maskedURLs(maskedOptions(line)))
    }

    /// `'sasl.password' = 'x'`: each quoted text that follows the name and an equals sign.
    private static func maskedOptions(_ line: String) -> String {
        let parts = line.split(separator: "'", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 4 else { return line }
        var result = parts
        for index in stride(from: 1, to: parts.count - 2, by: 2) {
            let name = parts[index].lowercased()
            let isOption = parts[index + 1].trimmingCharacters(in: .whitespaces) == "="
            if isOption && isSecret(name) { result[index + 2] = "***" }
        }
        return result.joined(separator: "'")
    }

    /// `//user:password@host` becomes `//user:***@host`.
    private static func maskedURLs(_ line: String) -> String {
        var result = ""
        var rest = line[...]
        while let start = rest.range(of: "://") {
            result += rest[..<start.upperBound]
            rest = rest[start.upperBound...]
            let end = rest.firstIndex { "/' \"?".contains($0) } ?? rest.endIndex
            let authority = rest[..<end]
            // A password may hold anything but what ends it.
            guard let at = authority.lastIndex(of: "@"), let colon = authority[..<at].firstIndex(of: ":") else {
                continue
            }
            result += authority[..<colon] + ":***"
            rest = rest[at...]
        }
        return result + rest
    }

    /// `password=x` in connection strings and urls.
    private static func maskedWords(_ line: String) -> String {
        var result = ""
        var rest = line[...]
        while let found = rest.range(of: "password=", options: .caseInsensitive) {
            result += rest[..<found.upperBound] + "***"
            rest = rest[found.upperBound...]
            rest = rest[(rest.firstIndex { "& '\";".contains($0) } ?? rest.endIndex)...]
        }
        return result + rest
    }
}
