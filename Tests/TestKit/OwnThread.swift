internal import Foundation

/// Runs what blocks for long on a thread that is not one of the cooperative pool, so that other tests go on meanwhile.
package enum OwnThread {
    package static func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
