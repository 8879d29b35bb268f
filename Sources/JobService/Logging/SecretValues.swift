internal import Foundation

/// The secrets that a process was given, so that no text leaves it that holds one: the last line behind names and places that are masked.
///
/// What a text of a broker, a database or a library may quote is not known; what must not be in it is.
package struct SecretValues: Sendable {
    package static let none = SecretValues()

    private var secrets: Set<String> = []
    /// What is no secret, though a password may be spelled alike.
    private var ordinary: Set<String> = []
    /// The secrets as texts may hold them, the longest first.
    private var forms: [String] = []

    /// What a shell sets, and what paths in messages begin with: no passwords, as their names might say.
    private static let workingDirectories: Set = ["PWD", "OLDPWD"]

    private init() {}

    /// The secrets among variables: those whose names say so, in any variable the passwords of urls. Variables of Millrace that name a
    /// file stand for its content.
    package init(environment: [String: String]) {
        for (name, value) in environment where !Self.workingDirectories.contains(name) {
            var (name, value) = (name, value)
            if name.hasPrefix(EnvironmentReader.prefix), name.hasSuffix("_FILE") {
                let limit = BoundedFile.maximumValueByteCount
                guard let data = try? BoundedFile.read(value, limit: limit) else { continue }
                value = String(decoding: data, as: UTF8.self)
                if value.hasSuffix("\n") { value.removeLast() }
                name.removeLast("_FILE".count)
            }
            take(name.lowercased().replacingOccurrences(of: "_", with: "."), value)
        }
        forms = Self.forms(secrets.subtracting(ordinary))
    }

    /// With the secrets among options or properties.
    package func adding(_ options: [String: String]) -> SecretValues {
        var result = self
        for (name, value) in options { result.take(name.lowercased(), value) }
        result.forms = Self.forms(result.secrets.subtracting(result.ordinary))
        return result
    }

    /// The text with `***` in place of every secret.
    package func redacted(_ text: String) -> String {
        var result = text
        for form in forms where result.range(of: form, options: .literal) != nil {
            result = result.replacingOccurrences(of: form, with: "***", options: .literal)
        }
        return result
    }

    // MARK: What is secret

    private mutating func take(_ name: String, _ value: String) {
        let isPlace = [".location", ".url", ".uri", ".file", ".mechanism", ".mechanisms"].contains(
            where: name.hasSuffix)
        if SecretMask.isSecret(name), !isPlace {
            secrets.insert(value)
            secrets.formUnion(Self.assigned(in: value))
            // A key in several lines may be quoted line by line.
            let lines = value.split(whereSeparator: \.isNewline)
            if lines.count > 1 { secrets.formUnion(lines.filter { !$0.hasPrefix("-----") }.map(String.init)) }
        } else if [".username", ".user", ".name"].contains(where: name.hasSuffix) || name == "username" {
            ordinary.insert(value)
        }
        takeLogins(in: value)
    }

    /// `//user:password@host`, and `password=...` in queries and connection strings.
    private mutating func takeLogins(in text: String) {
        for match in text.matches(of: /:\/\/([^:\/?#@]*):(.+)@/) {
            ordinary.insert(String(match.1))
            take(login: String(match.2))
        }
        for match in text.matches(of: /(?i)password=([^&\s"']+)/) { take(login: String(match.1)) }
    }

    private mutating func take(login password: String) {
        secrets.insert(password)
        if let plain = password.removingPercentEncoding { secrets.insert(plain) }
    }

    /// The values of `password="..."` and the like within a secret that has parts.
    private static func assigned(in text: String) -> [String] {
        text.matches(of: /(?i)(?:password|secret|token)\s*=\s*(?:"([^"]+)"|'([^']+)'|([^\s;,"']+))/).compactMap {
            match in
            (match.1 ?? match.2 ?? match.3).map(String.init)
        }
    }

    // MARK: How it is written

    private static func forms(_ secrets: Set<String>) -> [String] {
        var forms: Set<String> = []
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        for secret in secrets where isRecognisable(secret) {
            forms.insert(secret)
            forms.insert(secret.replacingOccurrences(of: "'", with: "''"))
            forms.insert(String(LogLine.json(secret).dropFirst().dropLast()))
            forms.insert(Data(secret.utf8).base64EncodedString())
            if let encoded = secret.addingPercentEncoding(withAllowedCharacters: plain) { forms.insert(encoded) }
        }
        return forms.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    /// Short words stand in texts for other reasons: to blank them out would tell more than it hides.
    private static func isRecognisable(_ secret: String) -> Bool {
        if secret.count >= 12 { return true }
        let kinds = [
            secret.contains(where: \.isLowercase), secret.contains(where: \.isUppercase),
            secret.contains(where: \.isNumber), secret.contains { !$0.isLetter && !$0.isNumber },
        ]
        return secret.count >= 6 && kinds.count { $0 } >= 2
    }
}
