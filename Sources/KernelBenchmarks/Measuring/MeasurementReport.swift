internal import Foundation

/// Prints measurements as a table, or as JSON lines for scripts: the machine first, then a line for each figure.
package struct MeasurementReport {
    private let options: MeasurementOptions
    private var measurements: [Measurement] = []

    package init(options: MeasurementOptions) {
        self.options = options
        let machine = Machine.current()
        if options.json { Self.printJSON(["machine": machine]) } else { print(machine.text) }
    }

    /// Measures unless the name is filtered out; see `Measurement.run`.
    package mutating func measure(
        _ name: String, operations: Int, unit: String = "ns/record", clock: Measurement.Clock = .thread,
        body: () throws -> Void
    ) rethrows {
        guard options.includes(name) else { return }
        add(
            try Measurement.run(
                name, operations: operations, unit: unit, options: options, clock: clock, body: body))
    }

    /// Measures what `prepare` returns, unless the name is filtered out; see `Measurement.runPrepared`.
    package mutating func measurePrepared(
        _ name: String, operations: Int, unit: String = "ns/record", prepare: () throws -> () throws -> Void
    ) throws {
        guard options.includes(name) else { return }
        add(try Measurement.runPrepared(name, operations: operations, unit: unit, options: options, prepare: prepare))
    }

    /// Takes in a figure and, with --json, prints it at once.
    package mutating func add(_ measurement: Measurement) {
        measurements.append(measurement)
        guard options.json else { return }
        Self.printJSON(Line(measurement))
    }

    /// Prints the table, unless --json has printed everything.
    package func finish() {
        guard !options.json else { return }
        let rows = measurements.map { one in
            [
                one.name, Self.number(one.median), Self.number(one.minimum), Self.number(one.maximum),
                Self.number(one.spread) + " %", one.allocations.map { Self.number($0) } ?? "", one.unit,
            ]
        }
        TextTable(header: ["benchmark", "median", "min", "max", "spread", "alloc/op", "unit"], rows: rows).print()
    }

    /// What is printed of a figure with --json.
    private struct Line: Encodable {
        var name: String
        var unit: String
        var median: Double
        var minimum: Double
        var maximum: Double
        var spreadPercent: Double
        var allocations: Double?
        var samples: [Double]

        init(_ measurement: Measurement) {
            name = measurement.name
            unit = measurement.unit
            median = measurement.median
            minimum = measurement.minimum
            maximum = measurement.maximum
            spreadPercent = measurement.spread
            allocations = measurement.allocations
            samples = measurement.samples
        }
    }

    /// One line of standard output.
    package static func printJSON(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(value) else { return }
        print(String(decoding: data, as: UTF8.self))
        fflush(nil)
    }

    /// Three digits that count, and no more than needed.
    package static func number(_ value: Double) -> String {
        let size = abs(value)
        if size >= 1000 { return String(format: "%.0f", value) }
        if size >= 100 { return String(format: "%.1f", value) }
        if size >= 0.1 || size == 0 { return String(format: "%.2f", value) }
        return String(format: "%.5f", value)
    }
}
