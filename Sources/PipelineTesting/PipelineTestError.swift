package import Columnar

/// Something wrong with a test file, with its place.
struct Problem: Hashable, Sendable, CustomStringConvertible {
    /// Nil where it concerns the whole file.
    var line: Int?
    var message: String

    init(_ line: Int?, _ message: String) {
        self.line = line
        self.message = message
    }

    var description: String { line.map { "line \($0): \(message)" } ?? message }
}

/// Why the cases of a file cannot be run: everything that is wrong with it.
package struct PipelineTestError: MillraceError {
    package var message: String
    package var context = ErrorContext()
    package var cause: (any Error)?
    package let origin: ErrorOrigin
    package let isRetriable = false

    /// - Parameter file: as the user wrote it.
    init(_ problems: [Problem], file: String) {
        message =
            problems.sorted { ($0.line ?? 0) < ($1.line ?? 0) }
            .map { "\(file)\($0.line.map { ":\($0)" } ?? ""): \($0.message)" }.joined(separator: "\n")
        origin = .user
    }

    init(_ origin: ErrorOrigin, _ message: String, cause: (any Error)? = nil) {
        self.origin = origin
        self.message = message
        self.cause = cause
    }
}
