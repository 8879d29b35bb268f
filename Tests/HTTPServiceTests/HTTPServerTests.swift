import Foundation
import Synchronization
import Testing

@testable import HTTPService

@Suite(.timeLimit(.minutes(5)))
struct HTTPServerTests {
    private static let token = "a-token-of-the-test-0123"

    /// What was asked of the job.
    private final class Asked: Sendable {
        let actions = Mutex<[String]>([])
        func note(_ action: String) { actions.withLock { $0.append(action) } }
        var all: [String] { actions.withLock { $0 } }
    }

    private func panel(_ asked: Asked, _ snapshot: JobSnapshot) -> JobPanel {
        var panel = JobPanel(
            snapshot: { snapshot }, plan: Snapshots.plan,
            configuration: [ConfigurationEntry(variable: "A", value: "(set)", meaning: "b")])
        panel.requestCheckpoint = { asked.note("checkpoint") }
        panel.requestSavepoint = { asked.note("savepoint") }
        panel.requestStop = { asked.note("stop") }
        panel.requestStopWithSavepoint = { asked.note("stop with savepoint") }
        panel.setPaused = { asked.note($0 ? "pause" : "resume") }
        panel.setLogLevel = { level in
            asked.note("log-level \(level)")
            return level == "debug"
        }
        return panel
    }

    /// Runs a service on a free port for as long as `body` takes.
    private func serving(
        _ configure: (inout HTTPConfiguration) -> Void = { _ in }, snapshot: JobSnapshot = Snapshots.calm(),
        _ body: (JobClient, Asked) async throws -> Void
    ) async throws {
        var configuration = HTTPConfiguration(address: HTTPAddress(host: "127.0.0.1", port: 0))
        configure(&configuration)
        let asked = Asked()
        let server = HTTPServer(configuration, panel: panel(asked, snapshot), metrics: JobMetrics())
        let address = try await start(server)
        #expect(address.port != 0)
        defer { Thread.detachNewThread { server.stop() } }
        try await body(JobClient(address, token: configuration.token, timeoutSeconds: 100), asked)
    }

    /// `start` blocks: not on a thread of the cooperative pool.
    private func start(_ server: HTTPServer) async throws -> HTTPAddress {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Result { try server.start() }) }
        }
    }

    @Test func everyPathOfTheDocumentAnswersAndNoOther() async throws {
        try await serving { client, _ in
            let text = try await client.send("GET", "/api/v1/openapi.json").body
            let document = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
            let paths = try #require(document["paths"] as? [String: [String: Any]])
            let documented = Set(paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } })
            let routes = Routes(
                HTTPConfiguration(address: client.address), panel: panel(Asked(), Snapshots.calm()),
                metrics: JobMetrics())
            let pages = Set(WebPage.files.map(\.path))
            let known = Set(
                (routes.all).filter { !pages.contains($0.path) }.map(\.name))
            #expect(known == documented)
            for path in paths.keys where paths[path]?["get"] != nil {
                #expect(try await client.send("GET", path).status == 200, "\(path)")
            }
            #expect(try await client.send("GET", "/api/v1/nothing").status == 404)
        }
    }

    @Test(arguments: [Snapshots.calm(), Snapshots.full()])
    func answersAreWhatTheDocumentSays(snapshot: JobSnapshot) async throws {
        try await serving(snapshot: snapshot) { client, _ in
            let text = try await client.send("GET", "/api/v1/openapi.json").body
            let document = try APIDocument(text)
            for (path, methods) in document.paths {
                for (method, operation) in methods {
                    let answer = try await client.send(
                        method.uppercased(), path, body: method == "post" ? Self.body(of: path) : nil)
                    #expect(document.problems(answer, of: operation) == [], "\(method) \(path): \(answer.text)")
                }
            }
            let refused = try await client.send("GET", "/api/v1/job", headers: ["Host": "evil.example"])
            #expect(document.problems(refused, of: document.paths["/api/v1/job"]?["get"] ?? [:]) == [])
        }
    }

    private static func body(of path: String) -> Data {
        Data((path.hasSuffix("log-level") ? "{\"level\":\"debug\"}" : "{}").utf8)
    }

    /// What needs the token says so in the document, and nothing else does.
    @Test func theDocumentSaysWhatTheTokenIsFor() async throws {
        try await serving({
            $0.token = Self.token; $0.readPolicy = .token
        }) { client, _ in
            let document = try APIDocument(try await client.send("GET", "/api/v1/openapi.json").body)
            let stranger = JobClient(client.address, timeoutSeconds: 100)
            for (path, methods) in document.paths {
                for (method, operation) in methods {
                    let answer = try await stranger.send(method.uppercased(), path)
                    let security = operation["security"] as? [[String: Any]] ?? []
                    #expect((answer.status == 401) == security.contains { $0["token"] != nil }, "\(method) \(path)")
                    #expect(document.problems(answer, of: operation) == [], "\(method) \(path)")
                }
            }
        }
    }

    @Test func statusIsOneDocument() async throws {
        try await serving { client, _ in
            let status = try await client.get("/api/v1/status", as: StatusDocument.self)
            #expect(status.snapshot == StatusDocument(Snapshots.calm()).snapshot)
            #expect(status.why.map(\.code) == ["caught-up"] && status.readiness.isReady)
            let text = StatusText.full(status)
            #expect(text.contains("job film is running, checkpoint 12") && text.contains("ok all caught up"))
        }
    }

    @Test func readinessSaysWhatIsMissing() async throws {
        var snapshot = Snapshots.calm()
        snapshot.job.phase = "starting"
        snapshot.job.activity = .init(step: "restoring", epoch: 4, since: Snapshots.now)
        try await serving(snapshot: snapshot) { client, _ in
            let answer = try await client.send("GET", "/health/ready")
            #expect(answer.status == 503 && answer.text == "the state is not restored yet\n")
            #expect(try await client.send("GET", "/health/live").status == 200)
        }
    }

    @Test func actionsArePostsOnly() async throws {
        try await serving { client, asked in
            for action in ["checkpoint", "savepoint", "pause", "resume"] {
                let answer = try await client.send("GET", "/api/v1/\(action)")
                #expect(answer.status == 405 && answer.headers["allow"] == "POST")
                #expect(try await client.post("/api/v1/\(action)").epoch == 12)
            }
            _ = try await client.post("/api/v1/stop", ActionRequest(savepoint: true))
            _ = try await client.post("/api/v1/log-level", ActionRequest(level: "debug"))
            #expect(
                asked.all == ["checkpoint", "savepoint", "pause", "resume", "stop with savepoint", "log-level debug"])
            #expect(try await client.send("PUT", "/api/v1/stop").status == 405)
            #expect(try await client.send("POST", "/api/v1/job").status == 405)
        }
    }

    @Test func wrongBodiesAreRefused() async throws {
        try await serving { client, asked in
            let cases: [(body: Data, type: String, status: Int)] = [
                (Data("{".utf8), "application/json", 400),
                (Data("{\"level\":\"loud\"}".utf8), "application/json", 400),
                (Data("{\"level\":\"debug\"}".utf8), "text/plain", 415),
                (Data(repeating: 32, count: 100_000), "application/json", 413),
            ]
            for (body, type, status) in cases {
                let answer = try await client.send(
                    "POST", "/api/v1/log-level", body: body, headers: ["Content-Type": type])
                #expect(answer.status == status, "\(answer.text)")
            }
            #expect(asked.all == ["log-level loud"])
        }
    }

    @Test func headersHaveALimit() async throws {
        try await serving { client, _ in
            let answer = try? await client.send(
                "GET", "/api/v1/job", headers: ["X-Long": String(repeating: "x", count: 40_000)])
            #expect(answer?.status != 200)
            let next = try await client.send("GET", "/api/v1/job")
            #expect(next.status == 200)
        }
    }

    @Test func aBodyThatDoesNotComeIsGivenUp() async throws {
        try await serving({ $0.bodyTimeoutSeconds = 1 }) { client, asked in
            let answer = try await client.send(
                "POST", "/api/v1/stop", body: Data("{".utf8), headers: ["Content-Length": "10"])
            #expect(answer.status == 408 && asked.all.isEmpty)
        }
    }

    @Test func otherPagesAreRefused() async throws {
        try await serving { client, asked in
            let answer = try await client.send("POST", "/api/v1/stop", headers: ["Origin": "http://evil.example"])
            #expect(answer.status == 403 && asked.all.isEmpty)
            #expect(try await client.send("GET", "/api/v1/job", headers: ["Host": "evil.example"]).status == 403)
        }
    }

    @Test func theTokenIsAskedFor() async throws {
        try await serving({
            $0.token = Self.token; $0.readPolicy = .token
        }) { client, asked in
            let stranger = JobClient(client.address, timeoutSeconds: 100)
            let answer = try await stranger.send("GET", "/metrics")
            #expect(answer.status == 401 && answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
            #expect(try await stranger.send("POST", "/api/v1/pause").status == 401)
            #expect(try await stranger.send("GET", "/health/live").status == 200)
            #expect(try await client.send("GET", "/metrics").status == 200)
            _ = try await client.post("/api/v1/pause")
            #expect(asked.all == ["pause"])
        }
    }

    @Test func aStoppedJobTakesNoActions() async throws {
        var snapshot = Snapshots.calm()
        snapshot.job.phase = "stopped"
        try await serving(snapshot: snapshot) { client, asked in
            let error = await #expect(throws: HTTPServiceError.self) { try await client.post("/api/v1/pause") }
            #expect(error?.code == .refused && asked.all.isEmpty)
        }
    }

    @Test func aTakenAddressIsSaid() async throws {
        try await serving { client, _ in
            let second = HTTPServer(
                HTTPConfiguration(address: client.address), panel: panel(Asked(), Snapshots.calm()),
                metrics: JobMetrics())
            let error = await #expect(throws: HTTPServiceError.self) { try await start(second) }
            #expect(error?.code == .addressUnavailable && "\(error!)".hasSuffix("the address is taken"))
        }
    }

    @Test func metricsCanBeScraped() async throws {
        try await serving { client, _ in
            let plain = try await client.send("GET", "/metrics")
            #expect(plain.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(plain.text.contains("millrace_checkpoint_epoch 12\n"))
            let open = try await client.send("GET", "/metrics", headers: ["Accept": "application/openmetrics-text"])
            #expect(open.text.hasSuffix("# EOF\n"))
        }
    }
}
