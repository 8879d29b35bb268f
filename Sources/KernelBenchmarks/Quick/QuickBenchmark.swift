package import ArgumentParser

/// A kernel of each kind, against the thresholds in the repository: for continuous integration.
package struct QuickBenchmark: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "quick",
        abstract:
            "A kernel of each kind in half a minute, as ratios to a calibration loop; --check compares with the thresholds.",
        discussion: """
            A ratio is the time of a row divided by the time of a step of the calibration loop just before, so that a slow or busy machine \
            changes both. --check ends with status 1 when the least ratio of a figure, or its number of allocations, is beyond its threshold.
            """)

    @OptionGroup var options: MeasurementOptions
    @Flag(help: "Compare with the thresholds.") var check = false
    @Flag(help: "Write what was measured as the new thresholds; the factors stay.") var update = false
    @Option(help: "The file of the thresholds.") var thresholds = "Sources/KernelBenchmarks/Quick/thresholds.json"

    package init() {}

    package func run() throws {
        let known = check || update ? try Thresholds(path: thresholds) : nil
        let machine = Machine.current()
        if options.json { MeasurementReport.printJSON(["machine": machine]) } else { print(machine.text) }
        let calibration = Calibration()
        let results = try QuickFigure.all().filter { options.includes($0.name) }.map {
            let result = try $0.measure(calibration, options: options)
            if options.json { MeasurementReport.printJSON(result) }
            return result
        }
        if update, var known {
            known.update(results)
            try known.write(path: thresholds)
        }
        let problems = results.map { check ? known?.problem($0) : nil }
        if !options.json { show(results, problems, known) }
        guard problems.contains(where: { $0 != nil }) else { return }
        if !machine.isOptimized { throw ValidationError("this is a debug build: thresholds hold with -c release") }
        for (result, problem) in zip(results, problems) {
            if options.json, let problem { print("\(result.name): \(problem)") }
        }
        throw ExitCode.failure
    }

    private func show(_ results: [QuickFigure.Result], _ problems: [String?], _ known: Thresholds?) {
        let rows = zip(results, problems).map { result, problem in
            let time = Measurement(name: "", unit: "", samples: result.nanoseconds)
            return [
                result.name, MeasurementReport.number(time.median), MeasurementReport.number(time.spread) + " %",
                MeasurementReport.number(result.ratio),
                known?.figures[result.name].map { MeasurementReport.number($0.ratio * $0.factor) } ?? "-",
                result.allocations.map { MeasurementReport.number($0) } ?? "-", problem ?? (check ? "good" : ""),
            ]
        }
        TextTable(header: ["figure", "ns/row", "spread", "ratio", "limit", "alloc/row", ""], rows: rows).print()
    }
}
