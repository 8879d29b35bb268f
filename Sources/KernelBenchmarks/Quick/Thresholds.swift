internal import Foundation

/// What the quick figures may take, as ratios to the calibration loop: a file kept in the repository.
struct Thresholds: Codable {
    struct Threshold: Codable {
        /// What it took when the file was written.
        var ratio: Double
        /// So many times that is too much.
        var factor: Double
        /// Allocations per row when the file was written; double and a thousandth more is too much.
        var allocations: Double?
    }

    /// What the numbers are, for who opens the file.
    var comment: String
    var figures: [String: Threshold]

    init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw MeasuredProcess.Failure(
                description: "\(path) cannot be read; run from the repository's root or name the file with --thresholds"
            )
        }
        self = try JSONDecoder().decode(Thresholds.self, from: data)
    }

    /// Takes the results as what is right from now on, and keeps the factors.
    mutating func update(_ results: [QuickFigure.Result]) {
        let old = figures
        figures = [:]
        for result in results {
            figures[result.name] = Threshold(
                ratio: (result.ratio * 1000).rounded() / 1000, factor: old[result.name]?.factor ?? 2.5,
                allocations: result.allocations.map { ($0 * 100_000).rounded() / 100_000 })
        }
    }

    func write(path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try (encoder.encode(self) + Data("\n".utf8)).write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// What is wrong with a result; nil when it is good.
    func problem(_ result: QuickFigure.Result) -> String? {
        guard let threshold = figures[result.name] else { return "no threshold: run quick --update" }
        if result.ratio > threshold.ratio * threshold.factor {
            let times = MeasurementReport.number(result.ratio / threshold.ratio)
            return "SLOWER: \(times) times its ratio, \(threshold.factor) allowed"
        }
        if let allowed = threshold.allocations, let found = result.allocations, found > allowed * 2 + 0.001 {
            return "MORE ALLOCATIONS: \(MeasurementReport.number(found)) a row instead of \(allowed)"
        }
        return nil
    }
}
