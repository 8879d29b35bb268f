internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// What is answered under which path. The document of the API (`Web/openapi.json`) names the same ones; a test compares them.
struct Routes: Sendable {
    typealias Answer = @Sendable (Request, BasicRequestContext) async throws -> Response

    /// A path and who may ask for it.
    struct Route: Sendable {
        var method: HTTPRequest.Method
        var path: String
        var purpose: AccessPolicy.Purpose
        var answer: Answer

        /// `GET /api/v1/job`
        var name: String { "\(method.rawValue) \(path)" }
    }

    let configuration: HTTPConfiguration
    let panel: JobPanel
    let metrics: JobMetrics
    private let policy: AccessPolicy

    init(_ configuration: HTTPConfiguration, panel: JobPanel, metrics: JobMetrics) {
        self.configuration = configuration
        self.panel = panel
        self.metrics = metrics
        policy = AccessPolicy(configuration)
    }

    var all: [Route] { pages + health + reads + actions }

    func router() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self)
        let routes = all
        for route in routes {
            let policy = policy
            router.on(RouterPath(route.path), method: route.method) { request, context in
                await Self.answering {
                    try policy.check(route.purpose, AccessPolicy.Claim(request))
                    return try await route.answer(request, context)
                }
            }
        }
        // A known path by another method.
        for (path, known) in Dictionary(grouping: routes, by: \.path) {
            let methods = known.map(\.method)
            for method in [HTTPRequest.Method.get, .post, .put, .delete, .patch] where !methods.contains(method) {
                router.on(RouterPath(path), method: method) { _, _ in
                    var response = Response.error(405, "method-not-allowed", "\(path) is for \(methods[0].rawValue)")
                    response.headers[.allow] = methods.map(\.rawValue).joined(separator: ", ")
                    return response
                }
            }
        }
        router.on("**", method: .get) { request, _ in
            Response.error(404, "not-found", "there is nothing at \(request.uri.path); see /api/v1/openapi.json")
        }
        return router
    }

    private static func answering(_ body: () async throws -> Response) async -> Response {
        do {
            return try await body()
        } catch let refusal as AccessPolicy.Refusal {
            var response = Response.error(refusal.status, refusal.code, refusal.message)
            if refusal.status == 401 { response.headers[.wwwAuthenticate] = "Bearer realm=\"millrace\"" }
            return response
        } catch let error as HTTPError {
            return Response.error(error.status.code, "bad-request", error.status.reasonPhrase)
        } catch {
            return Response.error(400, "bad-request", "the request cannot be read")
        }
    }

    // MARK: Pages and health

    private var pages: [Route] {
        WebPage.files.map { file in
            Route(method: .get, path: file.path, purpose: .open) { _, _ in
                Response.page(file)
            }
        }
    }

    private var health: [Route] {
        [
            Route(method: .get, path: "/health/live", purpose: .open) { _, _ in
                Response.text(200, "alive\n")
            },
            Route(method: .get, path: "/health/ready", purpose: .open) { [panel] _, _ in
                let readiness = Readiness(panel.snapshot())
                return Response.text(
                    readiness.isReady ? 200 : 503,
                    readiness.isReady ? "ready\n" : readiness.missing.map { "\($0)\n" }.joined())
            },
        ]
    }

    // MARK: Reading

    private func read(
        _ path: String, _ document: @escaping @Sendable (JobPanel) throws -> some Encodable & Sendable
    ) -> Route {
        Route(method: .get, path: "/api/v1/" + path, purpose: .read) { [panel] _, _ in
            try Response.json(200, document(panel))
        }
    }

    private var reads: [Route] {
        [
            Route(method: .get, path: "/metrics", purpose: .read) { [panel, metrics] request, _ in
                metrics.update(panel.snapshot())
                let exposition = Exposition(accept: request.headers[.accept])
                return Response.text(200, exposition.text(metrics.registry), type: exposition.contentType)
            },
            read("status") { panel in
                let document = StatusDocument(panel.snapshot())
                panel.didTellStatus(document.snapshot.job)
                return document
            },
            read("why") { Explanation.findings($0.snapshot()) },
            read("job") { panel in
                let job = panel.snapshot().job
                panel.didTellJob(job)
                return job
            },
            read("plan") { $0.plan },
            read("operators") { $0.snapshot().operators },
            read("partitions") { $0.snapshot().partitions },
            read("workers") { $0.snapshot().workers },
            read("checkpoints") { $0.snapshot().checkpoints },
            read("participants") { $0.snapshot().participants },
            read("sinks") { $0.snapshot().sinks },
            read("clients") { $0.snapshot().clients },
            read("dead-letters") { $0.snapshot().deadLetters },
            read("configuration") { $0.configuration },
            read("process") { panel in
                var process = panel.snapshot().process
                process.threadGroups = panel.threadGroups()
                return process
            },
            read("log-level") { ["level": $0.logLevel()] },
        ]
    }
}

extension AccessPolicy.Claim {
    init(_ request: Request) {
        self.init(
            host: request.head.authority, origin: request.headers[.origin], fetchSite: request.headers[.fetchSite],
            authorization: request.headers[.authorization])
    }
}
