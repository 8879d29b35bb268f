/// Where the CPU time of a process went, as `perf` sampled it.
struct CostProfile: Sendable, Equatable, Codable {
    struct Cost: Sendable, Equatable, Codable {
        /// The program or library; `[kernel.kallsyms]` for the kernel.
        var object: String
        var symbol: String
        /// Percent of all samples in the function alone.
        var own: Double
        /// Percent in the function and in what it called.
        var total: Double
    }

    struct ObjectCost: Sendable, Equatable, Codable {
        var object: String
        var own: Double
    }

    /// The greatest own costs first.
    private(set) var symbols: [Cost] = []
    private(set) var objects: [ObjectCost] = []

    /// Reads what `perf report --children --field-separator '|' --fields overhead_children,overhead,dso,sym` prints; other
    /// lines do not count.
    init(report: String) {
        for line in report.split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false)
                .map { Self.trimmed($0) }
            guard fields.count == 4, let total = Self.percent(fields[0]), let own = Self.percent(fields[1]) else {
                continue
            }
            symbols.append(Cost(object: fields[2], symbol: Self.name(fields[3]), own: own, total: total))
        }
        var shares: [String: Double] = [:]
        for cost in symbols { shares[cost.object, default: 0] += cost.own }
        symbols.sort { ($0.own, $1.symbol) > ($1.own, $0.symbol) }
        objects = shares.map { ObjectCost(object: $0.key, own: $0.value) }
            .sorted { ($0.own, $1.object) > ($1.own, $0.object) }
    }

    /// Only the greatest.
    func top(_ count: Int) -> CostProfile {
        var result = self
        result.symbols = Array(symbols.prefix(count))
        result.objects = Array(objects.prefix(count))
        return result
    }

    /// The same with other names of symbols, as many.
    func renamed(_ names: [String]) -> CostProfile {
        precondition(names.count == symbols.count, "\(names.count) names for \(symbols.count) symbols")
        var result = self
        for index in names.indices { result.symbols[index].symbol = names[index] }
        return result
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }

    private static func percent(_ text: String) -> Double? {
        text.last == "%" ? Double(text.dropLast()) : nil
    }

    /// Without the mark of user or kernel before it.
    private static func name(_ text: String) -> String {
        guard text.hasPrefix("["), let end = text.firstIndex(of: "]") else { return text }
        let rest = text[text.index(after: end)...].drop { $0 == " " }
        return rest.isEmpty ? text : String(rest)
    }
}
