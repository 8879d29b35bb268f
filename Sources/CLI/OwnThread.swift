internal import ArgumentParser
internal import Foundation

/// Runs what blocks for long on a thread that is not one of the cooperative pool.
enum OwnThread {
    /// - Returns: the exit status that `body` answers, or that of the error it throws, which is printed.
    static func run(named name: String, _ body: @escaping @Sendable () throws -> Int32) async -> Int32 {
        await withCheckedContinuation { continuation in
            let thread = Thread {
                do {
                    continuation.resume(returning: try body())
                } catch {
                    continuation.resume(returning: CommandFailure.exit(for: error).rawValue)
                }
            }
            thread.name = name
            thread.start()
        }
    }
}
