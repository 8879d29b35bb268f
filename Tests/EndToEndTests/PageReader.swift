import Foundation
import FoundationNetworking
import HTTPService
import Synchronization

/// Asks a job over HTTP and waits for the answer, on threads that are not the tests'.
struct PageReader: Sendable {
    let url: String
    let token: String?

    init(url: String, token: String? = nil) {
        self.url = url
        self.token = token
    }

    func send(_ method: String, _ path: String, body: Data? = nil) throws -> (status: Int, text: String) {
        guard let place = URL(string: url + path) else {
            throw TestSystem.Failure(description: "no URL: \(url)\(path)")
        }
        var request = URLRequest(url: place, timeoutInterval: 60)
        request.httpMethod = method
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        if let body {
            request.httpBody = body
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let outcome = Mutex<Result<(status: Int, text: String), any Error>?>(nil)
        let answered = DispatchSemaphore(value: 0)
        let task = URLSession.shared.dataTask(with: request) { data, response, error in
            outcome.withLock { outcome in
                if let response = response as? HTTPURLResponse {
                    outcome = .success((response.statusCode, String(decoding: data ?? Data(), as: UTF8.self)))
                } else {
                    outcome = .failure(error ?? TestSystem.Failure(description: "no answer"))
                }
            }
            answered.signal()
        }
        task.resume()
        answered.wait()
        guard let result = outcome.withLock({ $0 }) else { throw TestSystem.Failure(description: "no answer") }
        return try result.get()
    }

    func get<Document: Decodable>(_ path: String, as type: Document.Type) throws -> Document {
        let answer = try send("GET", path)
        guard answer.status == 200 else { throw TestSystem.Failure(description: "\(path): \(answer)") }
        return try JSONDecoder().decode(type, from: Data(answer.text.utf8))
    }

    @discardableResult
    func post(_ path: String, _ request: ActionRequest = ActionRequest()) throws -> ActionDocument {
        let answer = try send("POST", path, body: try JSONEncoder().encode(request))
        guard answer.status == 202 else { throw TestSystem.Failure(description: "\(path): \(answer)") }
        return try JSONDecoder().decode(ActionDocument.self, from: Data(answer.text.utf8))
    }
}
