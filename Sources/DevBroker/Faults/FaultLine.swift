/// Takes one line of a fault script apart, word by word.
struct FaultLine {
    let line: Int
    private var words: [Substring]
    private var next = 0

    init(_ text: some StringProtocol, line: Int) {
        self.line = line
        words = text.split(whereSeparator: \.isWhitespace).map { Substring($0) }
    }

    var isAtEnd: Bool { next == words.count }

    /// The next word, left in place.
    var peeked: String? { isAtEnd ? nil : String(words[next]) }

    /// The next word.
    mutating func word(_ what: String) throws(DevBrokerError) -> String {
        guard let word = peeked else { throw error("\(what) is missing") }
        next += 1
        return word
    }

    /// Takes the next word when it is the one given.
    mutating func take(_ word: String) -> Bool {
        guard peeked?.lowercased() == word else { return false }
        next += 1
        return true
    }

    mutating func end() throws(DevBrokerError) {
        if let peeked { throw error("\"\(peeked)\" is too much here") }
    }

    mutating func number<Number: FixedWidthInteger>(
        _ what: String, in range: ClosedRange<Number>
    ) throws(DevBrokerError) -> Number {
        let text = try word(what)
        guard let number = Number(text), range.contains(number) else {
            throw error("\(what) is a number from \(range.lowerBound) to \(range.upperBound), not \"\(text)\"")
        }
        return number
    }

    /// Milliseconds from a text such as `250ms`, `1.5s` or `2m`.
    mutating func duration(_ what: String = "the time") throws(DevBrokerError) -> Int64 {
        let text = try word(what)
        let units: [(suffix: String, milliseconds: Double)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = Double(text.dropLast(unit.suffix.count)), number >= 0, number < 1e6 else { continue }
            return Int64((number * unit.milliseconds).rounded())
        }
        throw error("\(what) is written as 250ms, 1.5s or 2m, not \"\(text)\"")
    }

    mutating func api(_ what: String) throws(DevBrokerError) -> ApiKey {
        let text = try word(what)
        guard let api = ApiKey(name: text) else {
            throw error("\"\(text)\" is no request; choose one of \(Self.apiNames)")
        }
        return api
    }

    static let apiNames = ApiKey.allCases.map(\.name).joined(separator: ", ")

    func error(_ message: String) -> DevBrokerError {
        DevBrokerError(.configuration, message, context: "line \(line)")
    }
}
