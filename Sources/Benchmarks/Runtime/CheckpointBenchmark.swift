internal import ArgumentParser
internal import CheckpointStorage
internal import Foundation
internal import KernelBenchmarks
internal import StateBackends

/// What it takes to make a checkpoint's file durable, and to read it back.
struct CheckpointBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint",
        abstract: "Checkpoint files: written, synced and proven; read and checked. CPU time and bytes a second.",
        discussion: "State tables' own part, the snapshot in memory, is measured by state.")

    @OptionGroup var options: MeasurementOptions
    @Option(help: "MiB of a file; several sizes separated by commas.") var megabytes = "1,16,256"
    @Option(help: "Where the files go; a temporary folder if not given.") var directory: String?

    func run() throws {
        let folder = (directory ?? NSTemporaryDirectory()) + "/millrace-checkpoint-\(UUID().uuidString.prefix(8))"
        let store = try FileCheckpointStore(directory: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var report = MeasurementReport(options: options)
        for size in try NumberList.parse(megabytes, option: "--megabytes") {
            let parts = (0..<size).map { Self.part(seed: $0) }
            var number = 0
            var last: StoredFile?
            try measure("write \(size) MiB", size, &report) {
                if let last { try store.delete([last.name]) }
                number += 1
                last = try store.put("file-\(size)-\(number)", parts)
            }
            guard let last else { continue }
            try measure("read \(size) MiB", size, &report) { _ = try store.get(last.name, expecting: last) }
            try store.delete([last.name])
        }
        report.finish()
    }

    private func measure(
        _ name: String, _ megabytes: Int, _ report: inout MeasurementReport, body: () throws -> Void
    ) throws {
        for _ in 0..<max(1, options.warmUp) { try body() }
        guard options.includes(name) else { return }
        var (cpu, rate): ([Double], [Double]) = ([], [])
        for _ in 0..<options.repetitions {
            let (thread, wall) = (Measurement.nanoseconds(.process), Measurement.nanoseconds(.wall))
            try body()
            cpu.append(Double(Measurement.nanoseconds(.process) - thread) / 1e6 / Double(megabytes))
            rate.append(Double(megabytes) / Double(Measurement.nanoseconds(.wall) - wall) * 1e9)
        }
        report.add(Measurement(name: name, unit: "CPU ms/MiB", samples: cpu))
        report.add(Measurement(name: "\(name), rate", unit: "MiB/s wall", samples: rate))
    }

    /// A MiB that does not compress.
    private static func part(seed: Int) -> SnapshotBuffer {
        let buffer = SnapshotBuffer(capacity: 1 << 20)
        var state = UInt64(seed)
        for _ in 0..<(1 << 17) {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            buffer.append(state)
        }
        return buffer
    }
}
