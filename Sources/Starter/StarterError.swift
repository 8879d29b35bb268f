package import Columnar

/// Why a starter directory was not written.
package struct StarterError: MillraceError {
    package var message: String
    package var origin: ErrorOrigin
    package var context = ErrorContext()
    package let isRetriable = false

    init(_ origin: ErrorOrigin, _ message: String) {
        self.origin = origin
        self.message = message
    }
}
