import Foundation
import HTTPService
import Testing

private let browser = "/usr/bin/chromium"

/// The web page as a browser without a screen shows it: an empty job, a busy one, a paused one, one that fails.
@Suite(
    .sideBySide, .timeLimit(.minutes(10)), .enabled(if: FileManager.default.isExecutableFile(atPath: browser)))
struct PageTests {
    /// What the page has become after a few seconds, as HTML.
    private func page(_ url: String, _ system: TestSystem) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = [
            "90", browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
            "--user-data-dir=\(system.directory)/browser-\(UUID().uuidString.prefix(8))", "--window-size=1280,1600",
            "--virtual-time-budget=4000", "--dump-dom", url + "/",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }

    private func expect(_ texts: [String], in page: String) {
        for text in texts { #expect(page.contains(text), "'\(text)' is not on the page:\n\(page)") }
    }

    @Test func anEmptyJobABusyOneAndAPausedOne() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 4714, ratings: 1000, plays: 2000), sinks: .both, parallelism: 2)
        let process = try job.start(further: ["MILLRACE_HTTP_ADDRESS": "127.0.0.1:0"])
        defer { process.crash() }
        let url = try HTTPTests.address(process)
        let client = HTTPTests.client(url)
        _ = try HTTPTests.status(client, "ready") { $0.readiness.isReady && $0.why.first?.code == "caught-up" }
        expect(
            [
                "job-\(system.suffix)", "all caught up", "source plays", "sink enriched", "CREATE TABLE ratings",
                "None since this attempt began.", "MILLRACE_POSTGRES_URL", "class=\"node sink\"",
            ], in: try page(url, system))
        let producer = job.produce(overSeconds: 1)
        defer { withExtendedLifetime(producer) {} }
        #expect(try job.differences() == [])
        let caughtUp = try HTTPTests.status(client, "caught up") { $0.why.first?.code == "caught-up" }
        expect(
            [
                "2,000", "decides", "follows", "kafka", "epoch-\(caughtUp.snapshot.job.epoch)",
                "aria-label=\"Checkpoint ",
            ],
            in: try page(url, system))
        _ = try client.post("/api/v1/pause")
        _ = try HTTPTests.status(client, "paused") { $0.snapshot.job.isPaused }
        expect(
            ["paused: nothing is read until the job is resumed", ">Resume<", "badge blocked"], in: try page(url, system)
        )
        #expect(process.stop() == 0)
    }

    @Test func aJobThatFailsAndOneThatAsksForItsToken() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 4715, ratings: 10, plays: 10), sinks: .postgres, parallelism: 1)
        let failing = try job.start(further: [
            "MILLRACE_HTTP_ADDRESS": "127.0.0.1:0", "MILLRACE_POSTGRES_URL": "postgres://film@127.0.0.1:1/film",
        ])
        defer { failing.crash() }
        let url = try HTTPTests.address(failing)
        _ = try HTTPTests.status(HTTPTests.client(url), "failing") { $0.snapshot.job.trouble != nil }
        expect(["class=\"blocked\" data-code=\"restarting\"", "fails since "], in: try page(url, system))
        failing.crash()
        let guarded = try job.start(further: [
            "MILLRACE_HTTP_ADDRESS": "127.0.0.1:0", "MILLRACE_HTTP_TOKEN": "0123456789abcdef",
            "MILLRACE_HTTP_READ": "token",
        ])
        defer { guarded.crash() }
        let page = try page(try lastAddress(guarded), system)
        expect(["give the token of the job", "<form id=\"token-form\">"], in: page)
        #expect(!page.contains("CREATE TABLE"))
        #expect(guarded.stop() == 0)
    }

    /// Both runs write one log.
    private func lastAddress(_ process: ServiceProcess) throws -> String {
        let deadline = Date(timeIntervalSinceNow: 60)
        while Date() < deadline, process.output.matches(of: /Serving HTTP/).count < 2 {
            TestSystem.pass(milliseconds: 50)
        }
        return try HTTPTests.address(process)
    }
}
