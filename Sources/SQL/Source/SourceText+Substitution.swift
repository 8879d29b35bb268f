internal import Columnar

extension SourceText {
    /// Replaces `${NAME}` and `${NAME:-default}` by values of `environment`; `$${` stands for a literal `${`.
    ///
    /// Comments are left alone. Inside a string literal or a backquoted name the quote is doubled, so a value can never
    /// end the literal that it stands in. A variable that is undefined and has no default is an error and leaves
    /// nothing in its place.
    /// - Returns: the text and the errors, in the order of the text.
    package static func substituting(
        _ text: String, fileName: String, environment: [String: String]
    ) -> (text: SourceText, errors: [SQLError]) {
        var substitution = Substitution(original: Array(text.utf8), environment: environment)
        substitution.run()
        let source = SourceText(
            fileName: fileName, original: substitution.original, bytes: substitution.output,
            anchors: substitution.anchors)
        let errors = substitution.failures.map { failure in
            source.error(failure.code, failure.message, original: failure.range, hint: failure.hint)
        }
        return (source, errors)
    }
}

/// One pass over a file, aware of literals and comments as far as substitution has to be.
private struct Substitution {
    struct Failure {
        let code: SQLError.Code
        let message: String
        let range: Range<Int>
        let hint: String?
    }

    private enum Context {
        case code
        case quoted(by: UInt8)
        case lineComment
        case blockComment
    }

    let original: [UInt8]
    let environment: [String: String]
    var output: [UInt8] = []
    var anchors = [SourceText.Anchor(substituted: 0, original: 0, isReplacement: false)]
    var failures: [Failure] = []
    private var context = Context.code
    private var index = 0

    init(original: [UInt8], environment: [String: String]) {
        self.original = original
        self.environment = environment
        output.reserveCapacity(original.count)
    }

    mutating func run() {
        while index < original.count {
            if isAtReference, !isInComment {
                replaceReference()
            } else if at("$${"), !isInComment {
                copyEscape()
            } else {
                copyByte()
            }
        }
    }

    private var isInComment: Bool {
        switch context {
        case .lineComment, .blockComment: true
        case .code, .quoted: false
        }
    }

    private var isAtReference: Bool { at("${") }

    private func at(_ text: StaticString) -> Bool {
        let wanted = Array(text.description.utf8)
        return index + wanted.count <= original.count && original[index..<(index + wanted.count)].elementsEqual(wanted)
    }

    private mutating func copyByte() {
        let byte = original[index]
        switch context {
        case .code:
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "`") {
                context = .quoted(by: byte)
            } else if at("--") {
                context = .lineComment
            } else if at("/*"), !at("/*+") {
                context = .blockComment
                output.append(byte)
                index += 1
            }
        case .quoted(let quote):
            // A doubled quote closes and opens again, which comes to the same.
            if byte == quote { context = .code }
        case .lineComment:
            if byte == UInt8(ascii: "\n") { context = .code }
        case .blockComment:
            if at("*/") {
                context = .code
                output.append(byte)
                index += 1
            }
        }
        output.append(original[index])
        index += 1
    }

    private mutating func copyEscape() {
        anchors.append(.init(substituted: output.count, original: index, isReplacement: true))
        output.append(contentsOf: "${".utf8)
        index += 3
        anchors.append(.init(substituted: output.count, original: index, isReplacement: false))
    }

    private mutating func replaceReference() {
        let start = index
        guard let end = original[index...].firstIndex(where: { $0 == UInt8(ascii: "}") || $0 == UInt8(ascii: "\n") }),
            original[end] == UInt8(ascii: "}")
        else {
            fail(.syntax, "'${' has no closing '}' on its line", start..<(start + 2), "write '$${' for a literal '${'")
            output.append(contentsOf: original[index..<(index + 2)])
            index += 2
            return
        }
        let body = String(decoding: original[(start + 2)..<end], as: UTF8.self)
        let (name, fallback) = Self.split(body)
        index = end + 1
        anchors.append(.init(substituted: output.count, original: start, isReplacement: true))
        if !Self.isVariableName(name) {
            fail(
                .syntax, "'\(name)' is not the name of an environment variable", start..<index,
                "a name has letters, digits and '_' and does not begin with a digit")
        } else if let value = environment[name] ?? fallback {
            append(value)
        } else {
            let nearest = NearestName.hint(for: name, among: environment.keys)
            fail(
                .undefinedVariable, "environment variable '\(name)' is not set", start..<index,
                nearest ?? "set it, or give a default: ${\(name):-default}")
        }
        anchors.append(.init(substituted: output.count, original: index, isReplacement: false))
    }

    private mutating func append(_ value: String) {
        for byte in value.utf8 {
            output.append(byte)
            if case .quoted(let quote) = context, byte == quote { output.append(byte) }
        }
    }

    private mutating func fail(_ code: SQLError.Code, _ message: String, _ range: Range<Int>, _ hint: String?) {
        failures.append(Failure(code: code, message: message, range: range, hint: hint))
    }

    private static func split(_ body: String) -> (name: String, fallback: String?) {
        guard let colon = body.firstIndex(of: ":"), body[body.index(after: colon)...].first == "-" else {
            return (body, nil)
        }
        return (String(body[..<colon]), String(body[body.index(colon, offsetBy: 2)...]))
    }

    private static func isVariableName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
