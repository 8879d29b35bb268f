package import Foundation
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// Talks to the HTTP service of a running job: what `millrace status`, `stop`, `top` and `healthcheck` use.
package struct JobClient: Sendable {
    /// An answer as it came.
    package struct Answer: Sendable {
        package var status: Int
        package var body: Data
        /// Names in lower case.
        package var headers: [String: String]

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    package let address: HTTPAddress
    private let token: String?
    private let timeoutSeconds: Int64

    package init(_ address: HTTPAddress, token: String? = nil, timeoutSeconds: Int64 = 10) {
        self.address = address.local
        self.token = token
        self.timeoutSeconds = timeoutSeconds
    }

    /// - Throws: `.unreachable`, `.refused`, `.unexpectedAnswer`.
    package func get<Document: Decodable & Sendable>(
        _ path: String, as type: Document.Type
    ) async throws(HTTPServiceError) -> Document {
        try Self.decoded(await send("GET", path), as: type, from: address)
    }

    /// Asks for an action. Throws as `get`.
    package func post(
        _ path: String, _ request: ActionRequest = ActionRequest()
    ) async throws(HTTPServiceError) -> ActionDocument {
        let body = (try? JSONEncoder().encode(request)) ?? Data("{}".utf8)
        return try Self.decoded(await send("POST", path, body: body), as: ActionDocument.self, from: address)
    }

    /// Sends a request and takes any answer.
    ///
    /// - Throws: `.unreachable`.
    package func send(
        _ method: String, _ path: String, body: Data? = nil, headers: [String: String] = [:]
    ) async throws(HTTPServiceError) -> Answer {
        do {
            return try await withThrowingTaskGroup(of: Answer.self) { group in
                group.addTask { try await exchange(method, path, body: body, headers: headers) }
                group.addTask {
                    try await Task.sleep(for: .seconds(timeoutSeconds))
                    throw HTTPServiceError(.unreachable, "\(address) does not answer within \(timeoutSeconds) s")
                }
                defer { group.cancelAll() }
                guard let answer = try await group.next() else {
                    throw HTTPServiceError(.unreachable, "\(address) does not answer")
                }
                return answer
            }
        } catch let error as HTTPServiceError {
            throw error
        } catch {
            throw HTTPServiceError(
                .unreachable,
                "no job answers at http://\(address)/: start one, or name its address by --url or MILLRACE_HTTP_ADDRESS",
                cause: error)
        }
    }

    private func exchange(
        _ method: String, _ path: String, body: Data?, headers: [String: String]
    ) async throws -> Answer {
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(timeoutSeconds))
            .connect(host: address.host, port: address.port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        var head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: method), uri: path)
        head.headers.add(name: "Host", value: "\(address)")
        head.headers.add(name: "Connection", value: "close")
        if let token { head.headers.add(name: "Authorization", value: "Bearer \(token)") }
        if let body {
            head.headers.add(name: "Content-Length", value: String(body.count))
            head.headers.add(name: "Content-Type", value: "application/json")
        }
        for (name, value) in headers { head.headers.replaceOrAdd(name: name, value: value) }
        let request = head
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(.head(request))
            if let body { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
            try await outbound.write(.end(nil))
            var answer: Answer?
            for try await part in inbound {
                switch part {
                case .head(let head):
                    let pairs = head.headers.map { ($0.name.lowercased(), $0.value) }
                    answer = Answer(
                        status: Int(head.status.code), body: Data(),
                        headers: Dictionary(pairs, uniquingKeysWith: { first, _ in first }))
                case .body(let buffer): answer?.body.append(contentsOf: buffer.readableBytesView)
                case .end:
                    if let answer { return answer }
                }
            }
            throw HTTPServiceError(.unreachable, "\(address) closed the connection without an answer")
        }
    }

    private static func decoded<Document: Decodable>(
        _ answer: Answer, as type: Document.Type, from address: HTTPAddress
    ) throws(HTTPServiceError) -> Document {
        let decoder = JSONDecoder()
        guard (200..<300).contains(answer.status) else {
            guard let problem = try? decoder.decode(ErrorDocument.self, from: answer.body) else {
                throw HTTPServiceError(
                    .unexpectedAnswer,
                    "http://\(address)/ answers with status \(answer.status): it is no job of Millrace")
            }
            throw HTTPServiceError(.refused, problem.message)
        }
        do {
            return try decoder.decode(type, from: answer.body)
        } catch {
            throw HTTPServiceError(
                .unexpectedAnswer, "http://\(address)/ answers what this version does not understand", cause: error)
        }
    }
}
