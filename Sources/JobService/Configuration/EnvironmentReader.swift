internal import Columnar
internal import Dataflow
internal import Failpoints
internal import Foundation

/// Something wrong with an environment variable.
package struct ConfigurationProblem: Hashable, Sendable, CustomStringConvertible {
    package var variable: String
    package var message: String

    package var description: String { "\(variable): \(message)" }
}

/// Reads typed values from an environment and collects everything that is wrong with it.
///
/// `NAME_FILE` names a file whose content, less one final line break, is the value of `NAME`.
struct EnvironmentReader {
    static let prefix = "MILLRACE_"
    /// Read by the project's own tests, so never an error.
    static let testPrefix = "MILLRACE_TEST_"

    /// Values by variable, files read.
    private(set) var values: [String: String] = [:]
    /// Where each value came from: the variable as the user wrote it.
    private(set) var origins: [String: String] = [:]
    var problems: [ConfigurationProblem] = []

    init(_ environment: [String: String]) {
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) where name.hasPrefix(Self.prefix) {
            if name.hasPrefix(Self.testPrefix) || Failpoint.variables.contains(name) { continue }
            guard name.hasSuffix("_FILE") else {
                take(name, value, from: name)
                continue
            }
            guard let content = content(of: value, variable: name) else { continue }
            take(String(name.dropLast(5)), content.hasSuffix("\n") ? String(content.dropLast()) : content, from: name)
        }
        if let problem = Failpoint.problem(in: environment) {
            problems.append(ConfigurationProblem(variable: Failpoint.variables[0], message: problem))
        }
    }

    /// The text of the file that a variable names; nil where that is a problem.
    private mutating func content(of path: String, variable: String) -> String? {
        let limit = BoundedFile.maximumValueByteCount
        do throws(BoundedFile.Failure) {
            if let text = String(data: try BoundedFile.read(path, limit: limit), encoding: .utf8) { return text }
            problems.append(ConfigurationProblem(variable: variable, message: "names a file that is not UTF-8 text"))
        } catch {
            let message =
                switch error {
                case .unreadable: "cannot read the file that it names"
                case .tooLarge: "names a file of more than \(limit) bytes"
                }
            problems.append(ConfigurationProblem(variable: variable, message: message))
        }
        return nil
    }

    private mutating func take(_ name: String, _ value: String, from origin: String) {
        if let other = origins[name] {
            problems.append(ConfigurationProblem(variable: origin, message: "is set together with \(other); unset one"))
            return
        }
        values[name] = value
        origins[name] = origin
    }

    func text(_ key: ConfigurationKey) -> String? {
        values[key.variable]
    }

    mutating func integer(_ key: ConfigurationKey) -> Int? {
        guard let text = values[key.variable], case .integer(let range) = key.value else { return nil }
        guard let value = Int(text.trimmingCharacters(in: .whitespaces)), range.contains(value) else {
            return refuse(key, text, key.value.expectation)
        }
        return value
    }

    mutating func milliseconds(_ key: ConfigurationKey) -> Int? {
        guard let text = values[key.variable], case .duration(let range) = key.value else { return nil }
        guard let value = DurationText.parse(text).map({ Int($0.milliseconds) }), range.contains(value) else {
            return refuse(key, text, key.value.expectation)
        }
        return value
    }

    mutating func byteCount(_ key: ConfigurationKey) -> Int? {
        guard let text = values[key.variable] else { return nil }
        guard let value = ByteCountText.parse(text) else {
            return refuse(key, text, key.value.expectation)
        }
        return value
    }

    /// - Returns: nil for no limit.
    mutating func memoryLimit() -> Int? {
        let key = ConfigurationKey.memoryLimit
        guard let text = values[key.variable] else { return MemoryLimit.ofContainer }
        guard let value = byteCount(key), value != 0 else { return nil }
        guard value >= MemoryLimit.least else {
            return refuse(
                key, text, "enough: at least \(CheckpointReport.byteCount(MemoryLimit.least)), or 0 for no limit")
        }
        return value
    }

    mutating func choice(_ key: ConfigurationKey) -> String? {
        guard let text = values[key.variable], case .choice(let allowed) = key.value else { return nil }
        guard allowed.contains(text.lowercased()) else {
            return refuse(key, text, key.value.expectation)
        }
        return text.lowercased()
    }

    private mutating func refuse<Value>(_ key: ConfigurationKey, _ text: String, _ allowed: String) -> Value? {
        problems.append(
            ConfigurationProblem(
                variable: origins[key.variable] ?? key.variable, message: "'\(text)' is not \(allowed)"))
        return nil
    }

    /// Adds a problem for every variable that is neither a key nor of a family.
    mutating func refuseUnknown(families: [String]) {
        let known = ConfigurationKey.all.filter { !$0.isFamily }.map(\.variable)
        for name in values.keys.sorted() where !known.contains(name) {
            if families.contains(where: name.hasPrefix) { continue }
            let hint = NearestName.hint(name, in: known)
            problems.append(
                ConfigurationProblem(
                    variable: origins[name] ?? name,
                    message: "is not a variable of Millrace\(hint)\(hint.isEmpty ? "; see millrace config" : "")"))
        }
    }
}
