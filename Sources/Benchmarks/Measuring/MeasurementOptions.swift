internal import ArgumentParser

/// Options of every benchmark.
struct MeasurementOptions: ParsableArguments {
    @Option(name: .customLong("repetitions"), help: "Repetitions of every figure; 7, or 3 of whole jobs.")
    var wantedRepetitions: Int?

    @Option(help: "Rounds before the first repetition that are not counted.")
    var warmUp = 1

    @Flag(help: "Print one JSON object a line instead of a table.")
    var json = false

    @Option(help: "Only figures whose name contains this.")
    var filter: String?

    func validate() throws {
        if let wantedRepetitions, wantedRepetitions < 1 { throw ValidationError("--repetitions must be at least 1") }
        if warmUp < 0 { throw ValidationError("--warm-up must not be negative") }
    }

    var repetitions: Int { wantedRepetitions ?? 7 }
    /// Of jobs that run for seconds as processes of their own.
    var jobRepetitions: Int { wantedRepetitions ?? 3 }

    func includes(_ name: String) -> Bool {
        filter.map { name.contains($0) } ?? true
    }
}
