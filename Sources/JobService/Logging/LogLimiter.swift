internal import Logging

/// Lets so many lines of a kind through in a window of time and counts the rest. Pure value.
struct LogLimiter {
    /// What counts as the same message again: its text, and the places that it is about.
    struct Kind: Hashable {
        var level: Logger.Level
        var message: String
        var place: [String: String]

        /// Fields that tell a kind from another; the others are values.
        static let places: Set<String> = [
            "job", "operator", "participant", "client", "facility", "sqlstate", "table", "topic",
        ]

        init(_ level: Logger.Level, _ message: String, _ fields: [String: String]) {
            self.level = level
            self.message = message
            place = fields.filter { Self.places.contains($0.key) }
        }
    }

    static let windowNanoseconds: UInt64 = 10_000_000_000
    static let linesPerWindow = 10
    /// Whoever asks for debug lines wants to see many.
    static let debugLinesPerWindow = 500
    /// Kinds beyond it share one window.
    static let maximumKindCount = 512

    private struct Window {
        var start: UInt64
        var passed = 0
        var suppressed = 0

        func isOver(_ now: UInt64) -> Bool { now >= start && now - start >= LogLimiter.windowNanoseconds }
    }

    private var windows: [Kind: Window] = [:]

    /// Asks for one line.
    ///
    /// - Returns: how many like it were left out since the last one; nil where this one is left out.
    mutating func admit(_ wanted: Kind, now: UInt64) -> Int? {
        var kind = wanted
        if windows[kind] == nil, windows.count >= Self.maximumKindCount {
            windows = windows.filter { !$0.value.isOver(now) || $0.value.suppressed > 0 }
            if windows.count >= Self.maximumKindCount { kind = Kind(wanted.level, "", [:]) }
        }
        var window = windows[kind] ?? Window(start: now)
        var leftOut = 0
        if window.isOver(now) {
            leftOut = window.suppressed
            window = Window(start: now)
        }
        let limit = wanted.level <= .debug ? Self.debugLinesPerWindow : Self.linesPerWindow
        let isAdmitted = window.passed < limit
        if isAdmitted { window.passed += 1 } else { window.suppressed += 1 }
        windows[kind] = window
        return isAdmitted ? leftOut : nil
    }

    /// The kinds of which lines were left out and none has come since: of windows that are over, or of all.
    mutating func takeLeftOut(now: UInt64, all: Bool = false) -> [(kind: Kind, count: Int)] {
        var found: [(kind: Kind, count: Int)] = []
        for (kind, window) in windows where all || window.isOver(now) {
            if window.suppressed > 0 { found.append((kind, window.suppressed)) }
            windows[kind] = nil
        }
        return found.sorted { ($0.kind.message, $0.count) < ($1.kind.message, $1.count) }
    }
}
