import Foundation
import HTTPService
import KafkaConnector
import Testing

/// The web page in a browser without a screen, with clicks and keys: an empty job, a busy one, a paused one, a stuck one, a failed one.
@Suite(.sideBySide, .timeLimit(.minutes(10)), .enabled(if: Browser.isInstalled))
struct PageTests {
    private func expect(_ texts: [String], in page: String) {
        for text in texts { #expect(page.contains(text), "'\(text)' is not on the page:\n\(page)") }
    }

    /// The page as it is now, as HTML.
    private func html(_ browser: Browser) throws -> String {
        try browser.value("document.documentElement.outerHTML") as? String ?? ""
    }

    private func waitForFinding(_ browser: Browser, _ code: String) throws {
        try browser.wait("document.querySelector('#findings li')?.dataset.code === '\(code)'")
    }

    @Test func anEmptyJobABusyOneAndAPausedOne() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 4714, ratings: 1000, plays: 2000), sinks: .both, parallelism: 2)
        let process = try job.start(further: ["MILLRACE_HTTP_ADDRESS": "127.0.0.1:0"])
        defer { process.crash() }
        let url = try HTTPTests.address(process)
        let browser = try Browser(system.directory)
        defer { browser.end() }
        try browser.open(url + "/")
        try waitForFinding(browser, "caught-up")
        expect(
            [
                "job-\(system.suffix)", "all caught up", "source plays", "sink enriched", "CREATE TABLE ratings",
                "None since this attempt began.", "MILLRACE_POSTGRES_URL", "class=\"node sink\"",
            ], in: try html(browser))
        try browser.picture("empty")

        let producer = job.produce(overSeconds: 4)
        defer { withExtendedLifetime(producer) {} }
        try browser.wait("[...document.querySelectorAll('.edge-text')].some((one) => /[1-9]/.test(one.textContent))")
        try browser.picture("busy")
        #expect(try job.differences() == [])
        try waitForFinding(browser, "caught-up")
        expect(["2,000", "decides", "follows", "kafka", "aria-label=\"Checkpoint "], in: try html(browser))

        try replayIsCopied(browser, system)
        try actionsAreTaken(browser, HTTPTests.client(url))
        try linesAndOperatorsFindEachOther(browser)
        try everyLookHolds(browser)
        #expect(browser.complaints == [])
        #expect(process.stop() == 0)
        try browser.wait("document.body.classList.contains('stale') || \(Self.noticed("stopped"))")
    }

    private static func noticed(_ word: String) -> String {
        "document.getElementById('notice').textContent.includes('\(word)')"
    }

    /// By keys to a checkpoint of the timeline, by a click to its command, and that runs.
    private func replayIsCopied(_ browser: Browser, _ system: TestSystem) throws {
        try browser.value("document.getElementById('timeline').focus()")
        for key in ["End", "ArrowLeft", "ArrowRight", "Home", "End"] { try browser.press(key) }
        try browser.wait("document.querySelector('#checkpoint-details .command')")
        #expect(try browser.value("document.querySelectorAll('#timeline [aria-selected=true]').length") as? Int == 1)
        try browser.click("#checkpoint-details .command button")
        try browser.wait(Self.noticed("Copied"))
        let copied = try #require(try browser.value("navigator.clipboard.readText()") as? String)
        #expect(copied == (try browser.text("#checkpoint-details .command code")))
        let words = copied.split(separator: " ").map(String.init)
        #expect(words.prefix(2) == ["millrace", "replay"] && words.count == 5, "\(copied)")
        #expect(words[2].hasPrefix("/") && words[3] == "--from-checkpoint", "\(copied)")
        let replay = try ServiceProcess.run(Array(words.dropFirst()), environment: system.environment())
        #expect(replay.status == 0, "\(copied): \(replay.output)")
    }

    private func actionsAreTaken(_ browser: Browser, _ client: PageReader) throws {
        let before = try client.get("/api/v1/job", as: JobState.self).epoch
        try browser.click("#checkpoint")
        try browser.wait(Self.noticed("a checkpoint is taken"))
        _ = try HTTPTests.status(client, "at the next checkpoint") { $0.snapshot.job.epoch > before }
        try browser.click("#pause")
        try waitForFinding(browser, "paused")
        expect(
            ["paused: nothing is read until the job is resumed", ">Resume<", "badge blocked"], in: try html(browser))
        try browser.picture("paused")
        // What is read out stays the same while only numbers go on.
        #expect(try browser.value("document.querySelectorAll('#findings[aria-live]').length") as? Int == 0)
        try browser.value(
            """
            window.announcements = 0; new MutationObserver(() => { window.announcements += 1; })
              .observe(document.getElementById('announcement'), { childList: true });
            window.polls = performance.getEntriesByName(location.origin + '/api/v1/status').length; 0
            """)
        try browser.wait(
            "performance.getEntriesByName(location.origin + '/api/v1/status').length >= window.polls + 2")
        #expect(try browser.value("window.announcements") as? Int == 0)
        try browser.click("#pause")
        try waitForFinding(browser, "caught-up")
        #expect(try browser.value("window.announcements") as? Int == 1)
        #expect(try browser.text("#announcement").hasPrefix("Well: all caught up"))
    }

    private func linesAndOperatorsFindEachOther(_ browser: Browser) throws {
        try browser.click(".node.sink")
        try browser.wait("!document.getElementById('operator').hidden")
        #expect(try browser.text("#sql li.marked").contains("CREATE TABLE"))
        #expect(try browser.value("document.querySelectorAll('.node.chosen').length") as? Int == 1)
        // Back from a line, by keys.
        try browser.value("document.querySelector('#sql [tabindex=\"0\"]').focus()")
        try browser.press("End")
        try browser.press("Enter")
        let label = try #require(try browser.value("document.activeElement.getAttribute('aria-label')") as? String)
        #expect(label.hasPrefix("Line ") && label.contains("Became "))
        let name = try browser.text("#operator h3")
        #expect(label.contains(name.split(separator: "(")[0].trimmingCharacters(in: .whitespaces)), "\(label): \(name)")
        try browser.press("ArrowUp")
        #expect(try browser.value("document.querySelectorAll('#sql [tabindex=\"0\"]').length") as? Int == 1)
        try browser.click("#threads-details summary")
        try browser.wait("document.querySelectorAll('#threads tbody tr').length > 3")
    }

    /// Dark, and as narrow as a telephone: nothing sticks out.
    private func everyLookHolds(_ browser: Browser) throws {
        try browser.picture("light")
        let light = try browser.value("getComputedStyle(document.body).backgroundColor") as? String
        try browser.prefer(dark: true)
        let dark = try browser.value("getComputedStyle(document.body).backgroundColor") as? String
        #expect(light != dark)
        try browser.picture("dark")
        try browser.resize(380, 900)
        try browser.wait("innerWidth === 380")
        // A scroll bar takes its part of the window.
        let room = try browser.value("document.documentElement.clientWidth") as? Int ?? 0
        let width = try browser.value("document.documentElement.scrollWidth") as? Int ?? .max
        #expect(width <= room && room <= 380, "\(width) wide in \(room)")
        try browser.picture("narrow")
        try browser.prefer(dark: false)
        try browser.resize(1280, 1600)
    }

    @Test func aJobThatFailsAgainAndAgainAndOneThatAsksForItsToken() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 4715, ratings: 10, plays: 10), sinks: .postgres, parallelism: 1)
        let browser = try Browser(system.directory)
        defer { browser.end() }
        let failing = try job.start(further: [
            "MILLRACE_HTTP_ADDRESS": "127.0.0.1:0", "MILLRACE_POSTGRES_URL": "postgres://film@127.0.0.1:1/film",
        ])
        defer { failing.crash() }
        try browser.open(try HTTPTests.address(failing) + "/")
        try waitForFinding(browser, "restarting")
        expect(["class=\"blocked\" data-code=\"restarting\"", "fails since "], in: try html(browser))
        try browser.picture("failing")
        failing.crash()
        try browser.wait("document.body.classList.contains('stale')")
        let token = "0123456789abcdef"
        let guarded = try job.start(further: [
            "MILLRACE_HTTP_ADDRESS": "127.0.0.1:0", "MILLRACE_HTTP_TOKEN": token, "MILLRACE_HTTP_READ": "token",
        ])
        defer { guarded.crash() }
        try browser.open(try lastAddress(guarded) + "/")
        try browser.wait("!document.getElementById('token-form').hidden")
        let page = try html(browser)
        expect(["give the token of the job"], in: page)
        #expect(!page.contains("CREATE TABLE"))
        try browser.picture("token")
        try browser.click("#token")
        try browser.type("a wrong one")
        try browser.press("Enter")
        try browser.wait("document.getElementById('token-form').hidden")
        try browser.wait("!document.getElementById('token-form').hidden")
        try browser.value("document.getElementById('token').value = ''")
        try browser.click("#token")
        try browser.type(token)
        try browser.press("Enter")
        try waitForFinding(browser, "caught-up")
        try browser.click("#stop")
        try browser.wait("document.getElementById('phase').textContent === 'stopped' || \(Self.noticed("stopped"))")
        #expect(browser.dialogCount == 1)
        #expect(guarded.wait() == 0, "\(guarded.output)")
        #expect(browser.complaints == [])
    }

    /// A partition without a row holds the watermark of its table, and with it every play.
    @Test func aStuckJobNamesThePartition() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 4716, ratings: 10, plays: 10), sinks: .postgres, parallelism: 1)
        let process = try job.start(further: [
            "MILLRACE_HTTP_ADDRESS": "127.0.0.1:0", "MILLRACE_TABLE_RATINGS_SCAN_WATERMARK_IDLE_TIMEOUT": "1h",
        ])
        defer { process.crash() }
        let browser = try Browser(system.directory)
        defer { browser.end() }
        try browser.open(try HTTPTests.address(process) + "/")
        let loader = try system.makeLoader()
        for (topic, id) in [("ratings", "rating"), ("plays", "id")] {
            try loader.send(
                system.topic(topic), key: "1",
                value: "{\"\(id)\":5,\"user_id\":1,\"movie_id\":1,\"ts\":\"2025-01-01T00:00:00Z\"}")
        }
        try loader.flush()
        try waitForFinding(browser, "watermark")
        // Before the row of plays is read, that table is the slower one.
        try browser.wait(
            "/watermark of ratings waits for partition \\d: no row yet/.test("
                + "document.getElementById('findings').textContent)")
        // Findings of a moment may name others beside it.
        let named = "[...document.querySelectorAll('.node.named')]"
        try browser.wait("\(named).some(node => node.textContent.includes('ratings'))")
        try browser.picture("stuck")
        #expect(browser.complaints == [])
        #expect(process.stop() == 0)
    }

    /// A record that breaks the job ends it, and the page says so when nobody answers any more.
    @Test func aFailedJobLeavesItsReasonOnThePage() throws {
        let system = try TestSystem()
        defer { system.tearDown() }
        let job = try FilmJob(system, Films(seed: 4717, ratings: 10, plays: 10), sinks: .postgres, parallelism: 1)
        let process = try job.start(further: ["MILLRACE_HTTP_ADDRESS": "127.0.0.1:0"])
        defer { process.crash() }
        let browser = try Browser(system.directory)
        defer { browser.end() }
        try browser.open(try HTTPTests.address(process) + "/")
        try waitForFinding(browser, "caught-up")
        let loader = try system.makeLoader()
        try loader.send(system.topic("plays"), key: "", value: "no JSON at all")
        try loader.flush()
        #expect(process.wait() == 6, "\(process.output)")
        try browser.wait(Self.noticed("has failed and its process has ended"))
        #expect(try browser.text("#phase") == "failed")
        let finding = try browser.text("#findings li")
        #expect(finding.contains("failed after checkpoint") && finding.contains("plays"), "\(finding)")
        #expect(try browser.text("#end").contains("JSON"))
        #expect(try browser.value("document.body.classList.contains('stale')") as? Bool == false)
        #expect(try browser.value("document.getElementById('pause').disabled") as? Bool == true)
        try browser.picture("failed")
        #expect(browser.complaints == [])
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
