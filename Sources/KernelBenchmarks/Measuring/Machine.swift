internal import Foundation

/// Where and when figures were taken.
package struct Machine: Codable, Sendable {
    package var date: String
    package var processor: String
    package var processorCount: Int
    package var memoryGigabytes: Double
    package var system: String
    /// Load of the last minute before the measurement.
    package var load: Double
    /// CPU nanoseconds of one step of the calibration loop.
    package var calibrationNanoseconds: Double
    package var isOptimized: Bool

    /// This machine now; takes a fraction of a second.
    package static func current() -> Machine {
        let information = ProcessInfo.processInfo
        let calibration = Calibration()
        let steps = (0..<5).map { _ in calibration.nanosecondsPerStep() }
        let load = Self.line("/proc/loadavg") { !$0.isEmpty }.split(separator: " ").first.flatMap { Double($0) }
        let model = Self.line("/proc/cpuinfo") { $0.hasPrefix("model name") }
        return Machine(
            date: Date().formatted(.iso8601), processor: Self.value(model),
            processorCount: information.activeProcessorCount,
            memoryGigabytes: Double(information.physicalMemory) / 1e9,
            system: Self.value(Self.line("/etc/os-release") { $0.hasPrefix("PRETTY_NAME=") }), load: load ?? 0,
            calibrationNanoseconds: Measurement.median(steps), isOptimized: Self.isOptimized)
    }

    /// One line for people.
    package var text: String {
        let memory = String(format: "%.0f", memoryGigabytes)
        let step = String(format: "%.2f", calibrationNanoseconds)
        let build = isOptimized ? "" : "; A DEBUG BUILD: THE FIGURES MEAN NOTHING"
        return "\(date); \(processorCount) x \(processor), \(memory) GB, \(system); load \(load); "
            + "calibration \(step) ns/step\(build)"
    }

    private static var isOptimized: Bool {
        #if DEBUG
            false
        #else
            true
        #endif
    }

    private static func line(_ path: String, where isWanted: (String) -> Bool) -> String {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init).first(where: isWanted) ?? ""
    }

    private static func value(_ line: String) -> String {
        let parts = line.split(separator: line.contains("=") ? "=" : ":", maxSplits: 1)
        return parts.count < 2 ? "unknown" : parts[1].trimmingCharacters(in: CharacterSet(charactersIn: "\" \t"))
    }
}
