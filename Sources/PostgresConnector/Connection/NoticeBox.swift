internal import CPostgres
internal import Dataflow

/// Where the notices of one session go: warnings, and what functions and triggers raise.
final class NoticeBox: Sendable {
    private let take: @Sendable (LogEvent) -> Void

    init(_ take: @escaping @Sendable (LogEvent) -> Void) {
        self.take = take
    }

    /// What libpq hands to `receive`; the box must outlive the session.
    var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

    /// libpq's receiver of a session's notices.
    static let receive: PQnoticeReceiver = { context, result in
        guard let context, let result else { return }
        var diagnosis = millrace_pg_diagnosis()
        millrace_pg_diagnose(result, &diagnosis)
        let text = { (field: UnsafePointer<CChar>?) in field.map { String(cString: $0) } }
        Unmanaged<NoticeBox>.fromOpaque(context).takeUnretainedValue().take(
            event(
                severity: text(diagnosis.severity), sqlState: text(diagnosis.sqlstate),
                message: text(diagnosis.primary)))
    }

    /// The event of a notice. Details and hints are left out: they quote rows.
    static func event(severity: String?, sqlState: String?, message: String?) -> LogEvent {
        let level: LogEvent.Level =
            switch severity {
            case "WARNING": .warning
            // What is there already and is not made again.
            case "NOTICE" where ["42P06", "42P07", "42701", "42710"].contains(sqlState ?? ""): .debug
            case "NOTICE", "INFO": .info
            default: .debug
            }
        return LogEvent(level, "PostgreSQL", ["sqlstate": sqlState ?? "", "text": message ?? ""])
    }
}
