/// Metrics as text: Prometheus 0.0.4 or OpenMetrics 1.0.0.
package enum Exposition: Sendable {
    case prometheus
    case openMetrics

    /// What a scraper asks for by its Accept header.
    package init(accept: String?) {
        self = accept?.contains("application/openmetrics-text") == true ? .openMetrics : .prometheus
    }

    package var contentType: String {
        switch self {
        case .prometheus: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }

    package func text(_ registry: MetricRegistry) -> String {
        var text = ""
        for family in registry.families(MetricDefinition.all) {
            let definition = family.definition
            let isPlainCounter = definition.kind == .counter && self == .prometheus
            let name = isPlainCounter ? definition.name + "_total" : definition.name
            text += "# HELP \(name) \(Self.escaped(definition.help, quotes: self == .openMetrics))\n"
            text += "# TYPE \(name) \(definition.kind.rawValue)\n"
            if self == .openMetrics, let unit = definition.unit { text += "# UNIT \(name) \(unit)\n" }
            for (labels, series) in family.series {
                switch series {
                case .value(let value):
                    let suffix = definition.kind == .counter ? "_total" : ""
                    text += Self.line(definition.name + suffix, labels, value.value)
                case .histogram(let histogram): text += Self.lines(definition.name, labels, histogram)
                }
            }
        }
        if self == .openMetrics { text += "# EOF\n" }
        return text
    }

    private static func lines(_ name: String, _ labels: [String], _ histogram: HistogramSeries) -> String {
        let content = histogram.content
        var text = ""
        var sum = 0
        for (bound, count) in zip(histogram.bounds.map(number) + ["+Inf"], content.counts) {
            sum += count
            text += line(name + "_bucket", labels + ["le", bound], Double(sum))
        }
        text += line(name + "_sum", labels, content.sum)
        return text + line(name + "_count", labels, Double(sum))
    }

    private static func line(_ name: String, _ labels: [String], _ value: Double) -> String {
        guard !labels.isEmpty else { return "\(name) \(number(value))\n" }
        var pairs: [String] = []
        for index in stride(from: 0, to: labels.count - 1, by: 2) {
            pairs.append("\(labels[index])=\"\(escaped(labels[index + 1], quotes: true))\"")
        }
        return "\(name){\(pairs.joined(separator: ","))} \(number(value))\n"
    }

    private static func number(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
        return "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\"" where quotes: result += "\\\""
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}
