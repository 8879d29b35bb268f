import Foundation
import HTTPService
import Testing

/// Dashboards and alert rules speak of metrics and labels that exist.
struct MonitoringFileTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("docker/monitoring")

    @Test(arguments: ["alerts.yaml", "alerts.test.yaml", "grafana-dashboard.json"])
    func everyMetricIsKnown(name: String) throws {
        let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
        var known: Set<String> = []
        for metric in MetricDefinition.all {
            switch metric.kind {
            case .counter: known.insert(metric.name + "_total")
            case .gauge: known.insert(metric.name)
            case .histogram: known.formUnion(["_bucket", "_sum", "_count", ""].map { metric.name + $0 })
            }
        }
        let used = Set(text.matches(of: /\b(?:millrace|process)_[a-z_]+/).map { String($0.0) })
        #expect(used.count > 5 && used.subtracting(known) == [])
    }

    @Test func theDashboardIsJSON() throws {
        let data = try Data(contentsOf: Self.folder.appendingPathComponent("grafana-dashboard.json"))
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect((document["panels"] as? [Any])?.count ?? 0 > 10)
    }

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/promtool")),
        arguments: [("rules", "alerts.yaml"), ("config", "prometheus.yaml")])
    func promtoolTakesTheFiles(kind: String, file: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/promtool")
        process.arguments = ["check", kind, Self.folder.appendingPathComponent(file).path]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(said)")
    }
}
