internal import Columnar
package import Dataflow
internal import Foundation
package import Logging

/// Writes each log event as one line of text or JSON to standard error.
package struct LineLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    /// Shared by all handlers that were given the same.
    package var logLevel: Logger.Level {
        get { level.current }
        set { level.current = newValue }
    }
    private let format: ServiceConfiguration.LogFormat
    private let level: SharedLogLevel

    package init(format: ServiceConfiguration.LogFormat, level: Logger.Level) {
        self.init(format: format, level: SharedLogLevel(level))
    }

    package init(format: ServiceConfiguration.LogFormat, level: SharedLogLevel) {
        self.format = format
        self.level = level
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: Logging.LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
            .mapValues { "\($0)" }.sorted { $0.key < $1.key }
        let time = TimeText.full(milliseconds: ProcessingClock.system.now().microseconds / 1000)
        let message = "\(event.message)"
        let line: String
        switch format {
        case .text:
            let values = fields.map { " \($0.key)=\(Self.quoted($0.value))" }.joined()
            line = "\(time) \(event.level.rawValue.uppercased()) \(message)\(values)\n"
        case .json:
            var object = Dictionary(fields.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
            object["time"] = time
            object["level"] = event.level.rawValue
            object["message"] = message
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            let text = (try? encoder.encode(object)).flatMap { String(data: $0, encoding: .utf8) }
            line = (text ?? "{}") + "\n"
        }
        FileHandle.standardError.write(Data(line.utf8))
    }

    private static func quoted(_ value: String) -> String {
        value.contains(where: { $0 == " " || $0 == "\"" || $0 == "=" || $0.isNewline })
            ? "\"\(value.replacingOccurrences(of: "\"", with: "\\\"").replacingOccurrences(of: "\n", with: "\\n"))\""
            : value
    }
}

extension Logger {
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
