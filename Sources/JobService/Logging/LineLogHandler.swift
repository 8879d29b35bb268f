internal import Columnar
package import Dataflow
internal import Foundation
package import Logging

/// Writes each log event as one line of text or JSON.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    /// Shared by all handlers that were given the same.
    package var logLevel: Logger.Level {
        get { level.current }
        set { level.current = newValue }
    }
    private let output: LogOutput
    private let level: SharedLogLevel

    package init(_ output: LogOutput, level: SharedLogLevel) {
        self.output = output
        self.level = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: Logging.LogEvent) {
        var fields = metadata.merging(event.metadata ?? [:]) { $1 }.mapValues { "\($0)" }
        if let error = event.error, fields["error"] == nil { fields["error"] = "\(error)" }
        output.log(event.level, "\(event.message)", fields)
    }
}

extension Logger {
    /// A logger of the service.
    package init(_ output: LogOutput, level: SharedLogLevel) {
        self.init(label: "millrace") { _ in LineLogHandler(output, level: level) }
    }

    /// Takes an event of a target that knows no logging library.
    package func log(_ event: Dataflow.LogEvent) {
        let level: Logger.Level =
            switch event.level {
            case .debug: .debug
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            }
        log(level: level, "\(event.message)", metadata: event.fields.mapValues { .string($0) })
    }
}
