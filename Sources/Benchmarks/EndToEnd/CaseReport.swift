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
        if options.json { MeasurementReport.printJSON(Line(result)) }
    }

    func finish() {
        guard !options.json else { return }
        let header = [
            "case", "CPU us/event", "min", "max", "spread", "events/s wall", "peak MB", "pause ms p50", "p99",
            "alloc/event", "watched %", "result",
        ]
        TextTable(header: header, rows: results.map(row)).print()
    }

    private func row(_ result: CaseResult) -> [String] {
        let cpu = Measurement(name: result.job.name, unit: "", samples: result.cpu)
        return [
            result.job.name, MeasurementReport.number(cpu.median), MeasurementReport.number(cpu.minimum),
            MeasurementReport.number(cpu.maximum), MeasurementReport.number(cpu.spread) + " %",
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
        var eventsPerSecond: Samples
        var peakMegabytes: Samples
        var checkpointPauses: [PauseFigures]
        var allocationsPerEvent: Double?
        var watchedCPUMicrosecondsPerEvent: Samples?
        var expected: Answer
        var isRight: Bool
        var problem: String?

        init(_ result: CaseResult) {
            name = result.job.name
            job = result.job
            events = result.events
            cpuMicrosecondsPerEvent = Samples(result.cpu)
            eventsPerSecond = Samples(result.rate)
            peakMegabytes = Samples(result.peakMegabytes)
            checkpointPauses = result.pauses
            allocationsPerEvent = result.allocationsPerEvent
            watchedCPUMicrosecondsPerEvent = result.watchedCPU.isEmpty ? nil : Samples(result.watchedCPU)
            expected = result.expected
            isRight = result.isRight
            problem = result.problem
        }
    }
}
