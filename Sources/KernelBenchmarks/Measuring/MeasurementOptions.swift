package import ArgumentParser

/// Options of every benchmark.
package struct MeasurementOptions: ParsableArguments {
    @Option(name: .customLong("repetitions"), help: "Repetitions of every figure; 7, or 3 of whole jobs.")
    package var wantedRepetitions: Int?

    @Option(help: "Rounds before the first repetition that are not counted.")
    package var warmUp = 1

    @Flag(help: "Print one JSON object a line instead of a table.")
    package var json = false

    @Option(help: "Only figures whose name contains this.")
    package var filter: String?

    package init() {}

    package func validate() throws {
        if let wantedRepetitions, wantedRepetitions < 1 { throw ValidationError("--repetitions must be at least 1") }
        if warmUp < 0 { throw ValidationError("--warm-up must not be negative") }
    }

    package var repetitions: Int { wantedRepetitions ?? 7 }
    /// Of jobs that run for seconds as processes of their own.
    package var jobRepetitions: Int { wantedRepetitions ?? 3 }

    package func includes(_ name: String) -> Bool {
        filter.map { name.contains($0) } ?? true
    }
}
