/// Something that a look at checkpoints or sinks has found, with the command that helps.
package struct Finding: Codable, Hashable, Sendable {
    /// How much it matters.
    package enum Level: String, Codable, Sendable {
        /// Good to know; nothing is wrong by it.
        case notice
        /// A promise does not hold.
        case problem
    }

    package var level: Level
    /// Stable, for scripts: `file-damaged`, `gap`, ...
    package var code: String
    package var checkpoint: Int64?
    package var lineage: String?
    /// The file, table or topic-partition that it is about.
    package var place: String?
    package var message: String
    /// What to do, most often a command.
    package var remedy: String?

    package init(
        _ level: Level, _ code: String, checkpoint: Int64? = nil, lineage: String? = nil, place: String? = nil,
        _ message: String, remedy: String? = nil
    ) {
        self.level = level
        self.code = code
        self.checkpoint = checkpoint
        self.lineage = lineage
        self.place = place
        self.message = message
        self.remedy = remedy
    }

    /// One line.
    package var text: String {
        var line = "\(level == .problem ? "PROBLEM" : "notice ")  \(code)"
        if let checkpoint { line += "  checkpoint \(checkpoint)" }
        if let place { line += "  \(place)" }
        line += ": \(message)"
        if let remedy { line += "; \(remedy)" }
        return line
    }
}
