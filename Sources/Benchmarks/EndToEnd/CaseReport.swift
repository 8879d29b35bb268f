internal import JobService
internal import KernelBenchmarks

/// Prints the matrix: a row for each case, or a line of JSON as soon as it is done.
struct CaseReport {
    private let options: MeasurementOptions
    private var results: [CaseResult] = []

    init(options: MeasurementOptions) {
        self.options = options
        let machine = Machine.current()
        if options.json { MeasurementReport.printJSON(["machine": machine]) } else { print(machine.text) }
    }

    var isRight: Bool { results.allSatisfy(\.isRight) }

    mutating func add(_ result: CaseResult) {
        results.append(result)
        if options.json { MeasurementReport.printJSON(Line(result, among: results)) }
    }

    func finish() {
        guard !options.json else { return }
        let header = [
            "case", "CPU us/event", "min", "max", "spread", "of p1", "events/s wall", "peak MB", "pause ms p50", "p99",
            "alloc/event", "watched %", "result",
        ]
        TextTable(header: header, rows: results.map(row)).print()
        for result in results {
            if let profile = result.profile { show(profile, of: result.job) }
        }
    }

    private func show(_ profile: CostProfile, of job: JobCase) {
        print("\n\(job.name): CPU samples by object")
        let objects = profile.objects.map { [$0.object, MeasurementReport.number($0.own) + " %", ""] }
        TextTable(header: ["object", "own", ""], rows: objects).print()
        print("\n\(job.name): CPU samples by symbol")
        let symbols = profile.symbols.map {
            [
                $0.object, MeasurementReport.number($0.own) + " %", MeasurementReport.number($0.total) + " %",
                $0.symbol,
            ]
        }
        TextTable(header: ["object", "own", "with callees", "symbol"], rows: symbols).print()
    }

    private func row(_ result: CaseResult) -> [String] {
        let cpu = Measurement(name: result.job.name, unit: "", samples: result.cpu)
        return [
            result.job.name, MeasurementReport.number(cpu.median), MeasurementReport.number(cpu.minimum),
            MeasurementReport.number(cpu.maximum), MeasurementReport.number(cpu.spread) + " %",
            result.shareOfOneWorker(among: results).map { MeasurementReport.number($0) } ?? "-",
            MeasurementReport.number(Measurement.median(result.rate)),
            MeasurementReport.number(Measurement.median(result.peakMegabytes)),
            result.pause.map { MeasurementReport.number($0.p50) } ?? "-",
            result.pause.map { MeasurementReport.number($0.p99) } ?? "-",
            result.allocationsPerEvent.map { MeasurementReport.number($0) } ?? "-",
            result.watchedPercent.map { MeasurementReport.number($0) } ?? "-", result.proof,
        ]
    }

    /// What is printed of a case with --json.
    private struct Line: Encodable {
        struct Samples: Encodable {
            var median: Double
            var spreadPercent: Double
            var samples: [Double]

            init(_ samples: [Double]) {
                let measurement = Measurement(name: "", unit: "", samples: samples)
                (median, spreadPercent, self.samples) = (measurement.median, measurement.spread, samples)
            }
        }

        var name: String
        var job: JobCase
        var events: Int
        var cpuMicrosecondsPerEvent: Samples
        var userMicrosecondsPerEvent: Samples
        var systemMicrosecondsPerEvent: Samples
        var shareOfOneWorker: Double?
        var wallSeconds: Samples
        var eventsPerSecond: Samples
        var peakMegabytes: Samples
        var checkpointPauses: [PauseFigures]
        var allocationsPerEvent: Double?
        var watchedCPUMicrosecondsPerEvent: Samples?
        var profile: CostProfile?
        var expected: Answer
        var isRight: Bool
        var problem: String?

        init(_ result: CaseResult, among results: [CaseResult]) {
            name = result.job.name
            job = result.job
            events = result.events
            cpuMicrosecondsPerEvent = Samples(result.cpu)
            userMicrosecondsPerEvent = Samples(result.userCPU)
            systemMicrosecondsPerEvent = Samples(result.systemCPU)
            shareOfOneWorker = result.shareOfOneWorker(among: results)
            wallSeconds = Samples(result.wallSeconds)
            eventsPerSecond = Samples(result.rate)
            peakMegabytes = Samples(result.peakMegabytes)
            checkpointPauses = result.pauses
            allocationsPerEvent = result.allocationsPerEvent
            watchedCPUMicrosecondsPerEvent = result.watchedCPU.isEmpty ? nil : Samples(result.watchedCPU)
            profile = result.profile
            expected = result.expected
            isRight = result.isRight
            problem = result.problem
        }
    }
}
