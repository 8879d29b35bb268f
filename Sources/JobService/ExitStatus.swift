internal import Columnar
internal import Dataflow
internal import Execution
internal import HTTPService

/// The status that a process ends with for an error of any target.
package enum ExitStatus {
    /// The status that tells a script whose fault an error is.
    package static func of(_ error: any Error) -> JobServiceError.ExitStatus {
        switch error {
        case let error as JobServiceError: error.status
        case is Refusal: .refused
        case let error as DataflowError: of(error)
        case let error as HTTPServiceError: error.origin == .user ? .invalidInput : .unavailable
        case let error as ExecutionError where error.cause != nil: error.cause.map(of) ?? .failed
        // Going on would lose state.
        case let error as ExecutionError where error.code == .restoreFailed: .refused
        case let error as ExecutionError where error.code == .stateTooLarge: .memoryLimit
        case let error as any MillraceError:
            switch error.origin {
            case .user: .invalidInput
            case .external: .unavailable
            case .internal: .failed
            }
        default: .failed
        }
    }

    private static func of(_ error: DataflowError) -> JobServiceError.ExitStatus {
        switch error.code {
        case .invalidConfiguration: .invalidInput
        case .invalidData, .limitExceeded, .rowUnknown: .invalidData
        case .unavailable: .unavailable
        case .fenced: .fenced
        case .refused: .refused
        case .internal: .failed
        }
    }
}
