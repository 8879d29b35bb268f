internal import KernelBenchmarks

/// A table with a column for each number of keys; or lines of JSON.
struct SizesReport {
    private let options: MeasurementOptions
    private var sizes: [Int] = []
    private var names: [String] = []
    private var figures: [String: [Int: Measurement]] = [:]

    init(options: MeasurementOptions) {
        self.options = options
        let machine = Machine.current()
        if options.json { MeasurementReport.printJSON(["machine": machine]) } else { print(machine.text) }
    }

    private struct Line: Encodable {
        var name: String
        var keys: Int
        var unit: String
        var median: Double
        var spreadPercent: Double
        var samples: [Double]
    }

    mutating func add(_ keys: Int, _ name: String, _ measurement: Measurement) {
        if !sizes.contains(keys) { sizes.append(keys) }
        if !names.contains(name) { names.append(name) }
        figures[name, default: [:]][keys] = measurement
        if options.json {
            MeasurementReport.printJSON(
                Line(
                    name: name, keys: keys, unit: measurement.unit, median: measurement.median,
                    spreadPercent: measurement.spread, samples: measurement.samples))
        }
    }

    func finish() {
        guard !options.json else { return }
        let rows = names.map { name in
            let ofName = figures[name] ?? [:]
            let cells = sizes.map { size in
                ofName[size].map {
                    "\(MeasurementReport.number($0.median)) +-\(MeasurementReport.number($0.spread / 2)) %"
                }
                    ?? "-"
            }
            return [name] + cells + [ofName.values.first?.unit ?? ""]
        }
        TextTable(header: ["by keys"] + sizes.map { "\($0)" } + ["unit"], rows: rows).print()
    }
}
