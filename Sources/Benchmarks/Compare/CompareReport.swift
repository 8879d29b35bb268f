internal import KernelBenchmarks

/// Prints what each engine took for each job, side by side; or lines of JSON.
struct CompareReport {
    struct Entry: Encodable {
        var job: JobCase.Job
        var engine: String
        var events: Int
        var expected: Answer
        /// CPU microseconds per event, one a repetition.
        var cpu: [Double] = []
        /// Events a second, from the start of the process to its end.
        var rate: [Double] = []
        var peakMegabytes: [Double] = []
        var problem: String?

        init(job: JobCase.Job, engine: String, events: Int, expected: Answer) {
            (self.job, self.engine, self.events, self.expected) = (job, engine, events, expected)
        }
    }

    private let options: MeasurementOptions
    private var entries: [Entry] = []

    init(options: MeasurementOptions) {
        self.options = options
        let machine = Machine.current()
        if options.json { MeasurementReport.printJSON(["machine": machine]) } else { print(machine.text) }
    }

    var isRight: Bool { entries.allSatisfy { $0.problem == nil } }

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        if options.json { MeasurementReport.printJSON(entry) }
    }

    func finish() {
        guard !options.json else { return }
        let rows = entries.map { entry in
            guard !entry.cpu.isEmpty else {
                return [
                    entry.job.rawValue, entry.engine, "-", "-", "-", "-", "-", "WRONG: \(entry.problem ?? "not run")",
                ]
            }
            let cpu = Measurement(name: "", unit: "", samples: entry.cpu)
            let own = entries.first { $0.job == entry.job && !$0.cpu.isEmpty }.map { Measurement.median($0.cpu) }
            return [
                entry.job.rawValue, entry.engine, MeasurementReport.number(cpu.median),
                MeasurementReport.number(cpu.spread) + " %",
                own.map { MeasurementReport.number(cpu.median / $0) } ?? "-",
                MeasurementReport.number(Measurement.median(entry.rate)),
                MeasurementReport.number(Measurement.median(entry.peakMegabytes)),
                entry.problem.map { "WRONG: \($0)" } ?? "\(entry.expected)",
            ]
        }
        let header = ["job", "engine", "CPU us/event", "spread", "times", "events/s wall", "peak MB", "result"]
        TextTable(header: header, rows: rows).print()
    }
}
