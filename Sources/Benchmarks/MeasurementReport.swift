/// Prints measurements as a table, or as JSON lines for scripts.
struct MeasurementReport {
    private let options: MeasurementOptions
    private var measurements: [Measurement] = []

    init(options: MeasurementOptions) {
        self.options = options
    }

    /// Measures unless the name is filtered out; see `Measurement.run`.
    mutating func measure(
        _ name: String, operations: Int, unit: String = "ns/record", clock: Measurement.Clock = .thread,
        body: () throws -> Void
    ) rethrows {
        guard options.includes(name) else { return }
        add(
            try Measurement.run(
                name, operations: operations, unit: unit, options: options, clock: clock, body: body))
    }

    /// Takes in a figure and, with --json, prints it at once.
    mutating func add(_ measurement: Measurement) {
        measurements.append(measurement)
        guard options.json else { return }
        let samples = measurement.samples.map { Self.number($0) }.joined(separator: ",")
        let figures = [
            ("median", measurement.median), ("minimum", measurement.minimum), ("maximum", measurement.maximum),
        ].map { #""\#($0)":\#(Self.number($1))"# }.joined(separator: ",")
        print(
            #"{"name":"\#(measurement.name)","unit":"\#(measurement.unit)",\#(figures),"samples":[\#(samples)]}"#)
    }

    /// Prints the table, unless --json has printed everything.
    func finish() {
        guard !options.json else { return }
        let width = max(measurements.map(\.name.count).max() ?? 0, 9)
        print(Self.row("benchmark", width, ["median", "min", "max"], "unit"))
        for measurement in measurements {
            let figures = [measurement.median, measurement.minimum, measurement.maximum].map { Self.number($0) }
            print(Self.row(measurement.name, width, figures, measurement.unit))
        }
    }

    private static func row(_ name: String, _ width: Int, _ figures: [String], _ unit: String) -> String {
        let padded = name + String(repeating: " ", count: width - name.count)
        let columns = figures.map { String(repeating: " ", count: max(0, 12 - $0.count)) + $0 }
        return padded + columns.joined() + "  " + unit
    }

    /// Two decimals.
    private static func number(_ value: Double) -> String {
        String((value * 100).rounded() / 100)
    }
}
