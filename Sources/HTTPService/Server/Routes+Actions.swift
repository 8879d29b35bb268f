internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// What changes something: by POST only.
extension Routes {
    private func action(
        _ name: String, _ perform: @escaping @Sendable (JobPanel, ActionRequest) throws -> String
    ) -> Route {
        Route(method: .post, path: "/api/v1/" + name, purpose: .action) { [self] request, _ in
            let body = try await self.body(of: request)
            let job = panel.snapshot().job
            guard !job.hasEnded else {
                return Response.error(409, "stopped", "the job has stopped")
            }
            let message = try perform(panel, body)
            panel.log("An action was asked for over HTTP", ["action": name])
            return try Response.json(202, ActionDocument(action: name, epoch: job.epoch, message: message))
        }
    }

    var actions: [Route] {
        [
            action("checkpoint") { panel, _ in
                panel.requestCheckpoint()
                return "a checkpoint is taken"
            },
            action("savepoint") { panel, _ in
                panel.requestSavepoint()
                return "a checkpoint is taken and kept"
            },
            action("stop") { panel, request in
                guard request.savepoint == true else {
                    panel.requestStop()
                    return "the job ends after a last checkpoint"
                }
                panel.requestStopWithSavepoint()
                return "the job ends after a last checkpoint, which is kept"
            },
            action("pause") { panel, _ in
                panel.setPaused(true)
                return "nothing is read until the job is resumed"
            },
            action("resume") { panel, _ in
                panel.setPaused(false)
                return "the job goes on"
            },
            action("log-level") { panel, request in
                guard let level = request.level, panel.setLogLevel(level) else {
                    throw AccessPolicy.Refusal(
                        status: 400, code: "unknown-level",
                        message: "give {\"level\": \"debug\"}, or info, notice, warning, error")
                }
                return "the log level is \(level)"
            },
        ]
    }

    /// The JSON object of a body; none stands for an empty one.
    private func body(of request: Request) async throws -> ActionRequest {
        let limit = configuration.maximumBodyByteCount
        let timeout = configuration.bodyTimeoutSeconds
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw Self.tooLarge }
        let buffer: ByteBuffer
        do {
            buffer = try await withThrowingTaskGroup(of: ByteBuffer.self) { group in
                group.addTask { try await request.body.collect(upTo: limit) }
                group.addTask {
                    try await Task.sleep(for: .seconds(timeout))
                    throw AccessPolicy.Refusal(status: 408, code: "too-slow", message: "the body took too long")
                }
                defer { group.cancelAll() }
                return try await group.next() ?? ByteBuffer()
            }
        } catch is NIOTooManyBytesError {
            throw Self.tooLarge
        }
        if buffer.readableBytes == 0 { return ActionRequest() }
        // A form of another page cannot send this type without asking first.
        guard request.headers[.contentType]?.lowercased().hasPrefix("application/json") == true else {
            throw AccessPolicy.Refusal(
                status: 415, code: "not-json", message: "send the body as Content-Type: application/json")
        }
        do {
            return try JSONDecoder().decode(ActionRequest.self, from: Data(buffer.readableBytesView))
        } catch {
            throw AccessPolicy.Refusal(
                status: 400, code: "not-json", message: "the body is not a JSON object of this action")
        }
    }

    private static var tooLarge: AccessPolicy.Refusal {
        AccessPolicy.Refusal(status: 413, code: "too-large", message: "the body is too large")
    }
}
