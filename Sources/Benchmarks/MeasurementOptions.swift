internal import ArgumentParser

/// Options of every benchmark.
struct MeasurementOptions: ParsableArguments {
    @Option(help: "Repetitions of every figure.")
    var repetitions = 7

    @Flag(help: "Print one JSON object a line instead of a table.")
    var json = false

    @Option(help: "Only figures whose name contains this.")
    var filter: String?

    func validate() throws {
        if repetitions < 1 { throw ValidationError("--repetitions must be at least 1") }
    }

    func includes(_ name: String) -> Bool {
        filter.map { name.contains($0) } ?? true
    }
}
