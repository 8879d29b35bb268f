internal import Foundation

/// A running job in one line: rates, watermark, checkpoints, lag.
package struct ProgressLine: Sendable {
    private var last: (time: Double, rowsIn: Int, rowsOut: Int)?

    package init() {}

    /// Rates are since the call before.
    package mutating func text(_ report: StatusReport) -> String {
        let rowsIn = report.rowsIn
        let rowsOut = report.rowsOut
        var inRate = ""
        var outRate = ""
        if let last, report.updatedAt > last.time, rowsIn >= last.rowsIn, rowsOut >= last.rowsOut {
            let seconds = report.updatedAt - last.time
            inRate = " (\(Self.count(Int(Double(rowsIn - last.rowsIn) / seconds)))/s)"
            outRate = " (\(Self.count(Int(Double(rowsOut - last.rowsOut) / seconds)))/s)"
        }
        last = (report.updatedAt, rowsIn, rowsOut)
        let watermark = report.watermark.map(TimeText.time(milliseconds:))
        return [
            report.phase, "in \(Self.count(rowsIn))\(inRate)", "out \(Self.count(rowsOut))\(outRate)",
            "lag \(report.lag.map { Self.count(Int($0)) } ?? "?")", "watermark \(watermark ?? "-")",
            "checkpoint \(report.epoch) in \(report.lastCheckpointMilliseconds) ms",
            "state \(CheckpointReport.byteCount(report.stateByteCount))",
        ].joined(separator: " | ")
    }

    /// With thin groups of three.
    package static func count(_ number: Int) -> String {
        var digits = String(abs(number))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = String(digits.dropLast(3))
        }
        groups.insert(digits, at: 0)
        return (number < 0 ? "-" : "") + groups.joined(separator: ",")
    }
}
