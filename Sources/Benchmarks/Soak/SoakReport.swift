internal import Foundation

/// What came of a soak.
struct SoakReport {
    let watch: SoakWatch
    let playCount: Int
    let rate: Int
    /// Seconds from the end of the load until everything was there; nil where it never was.
    let drainSeconds: Double?
    let trends: [SoakTrend]

    init(_ watch: SoakWatch, playCount: Int, rate: Int, drainSeconds: Double?) {
        self.watch = watch
        self.playCount = playCount
        self.rate = rate
        self.drainSeconds = drainSeconds
        let lives = watch.lives
        func trend(
            _ name: String, _ tolerance: Double, window: Double = 30, _ level: SoakTrend.Level,
            _ value: (SoakSample) -> Double
        ) -> SoakTrend {
            SoakTrend(
                name, tolerance: tolerance, window: window, level,
                lives: lives.map { $0.map { ($0.age, value($0)) } })
        }
        trends = [
            // The allocator returns memory in steps of arenas, a few MB each, and has one for each thread.
            trend("memory, MB", 24, window: 120, .least) { Double($0.residentBytes) / 1e6 },
            // A connection to each broker and database may be open twice for a moment.
            trend("threads", 2, .median) { Double($0.threads) },
            trend("descriptors", 4, .median) { Double($0.descriptors) },
            trend("checkpoints, MB", 16, .least) { Double($0.checkpointBytes) / 1e6 },
        ]
    }

    var isPassed: Bool { watch.problems.isEmpty && drainSeconds != nil && trends.allSatisfy { $0.isFlat || isShort } }

    /// Too short to say anything about growth.
    private var isShort: Bool { (watch.samples.last?.time ?? 0) < SoakTrend.warmUpSeconds + 240 }

    private var faultCounts: [(name: String, count: Int)] {
        SoakFault.allCases.map { fault in (fault.rawValue, watch.faults.count { $0.fault == fault }) }
    }

    private func peak(_ value: (SoakSample) -> Int) -> Int { watch.samples.map(value).max() ?? 0 }

    var text: String {
        var lines = [
            "\(playCount) rows, \(rate) events/s, \(watch.samples.count) samples, \(watch.faults.count) faults: "
                + faultCounts.map { "\($0.count) x \($0.name)" }.joined(separator: ", "),
            "greatest: \(peak(\.residentBytes) / 1_000_000) MB memory "
                + "(broker \(peak(\.brokerResidentBytes) / 1_000_000) MB), "
                + "\(peak(\.threads)) threads, \(peak(\.descriptors)) descriptors, "
                + "\(peak(\.checkpointBytes) / 1_000_000) MB checkpoints, lag \(peak { $0.lag ?? 0 })",
            "everything was there \(drainSeconds.map { "\(Int($0)) s" } ?? "never") after the load had ended",
        ]
        for trend in trends {
            for (number, life) in trend.lives.enumerated() {
                lines.append(
                    "\(trend.name), life \(number + 1) of \(Int(life.seconds)) s: mean \(Self.rounded(life.mean)), "
                        + "slope \(Self.rounded(life.slope)) an hour, rise \(Self.rounded(life.rise))")
            }
            lines.append("\(trend.name): \(trend.isFlat ? "no growth" : isShort ? "too short to say" : "GROWTH")")
        }
        lines += watch.problems.map { "PROBLEM: \($0)" }
        lines.append(isPassed ? "passed: every row once and right" : "FAILED")
        return lines.joined(separator: "\n")
    }

    var json: String {
        let object: [String: Any] = [
            "passed": isPassed, "rows": playCount, "rate": rate, "drain_seconds": drainSeconds ?? -1,
            "problems": watch.problems,
            "faults": watch.faults.map { ["time": Self.rounded($0.time), "fault": $0.fault.rawValue] },
            "trends": trends.map { trend in
                [
                    "name": trend.name, "flat": trend.isFlat,
                    "lives": trend.lives.map { life in
                        ["seconds": life.seconds, "mean": life.mean, "slope_per_hour": life.slope, "rise": life.rise]
                    },
                ]
            },
            "samples": watch.samples.map { sample in
                [
                    sample.time, sample.age, Double(sample.residentBytes), Double(sample.threads),
                    Double(sample.descriptors), Double(sample.checkpointBytes), Double(sample.lag ?? -1),
                    Double(sample.brokerResidentBytes),
                ]
            },
        ]
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
