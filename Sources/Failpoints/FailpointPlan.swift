#if FAILPOINTS
    /// Which points do what, as `MILLRACE_FAILPOINTS` says.
    ///
    ///     plan   = entry *( ";" entry )
    ///     entry  = name "=" action [ "@" hit ] [ "*" times ] [ "%" percent ] [ "#" key ]
    ///     action = "kill" / "stop" [ "(" ms ")" ] / "delay" [ "(" ms ")" ] / "error" / "enospc" / "shortwrite" / "fsync"
    ///
    /// The entries of one name follow one another: the first acts on the `hit`-th time (1 if not given) that the point is passed and on the
    /// `times - 1` passages after that, then the next counts from 1. An entry with a percentage acts on each passage with that chance
    /// and never ends. An entry with a key acts whenever the point is passed with that key, such as a record's offset, beside the others of
    /// its name.
    package struct FailpointPlan: Sendable {
        /// One action of one point.
        package struct Entry: Hashable, Sendable {
            package var name: Failpoint
            package var action: FailpointAction
            /// The passage on which it acts, counted from the end of the entry before it; from 1.
            package var hit: Int
            /// The chance in percent; nil: certain, once.
            package var percent: Double?
            /// What the point must be passed with; nil: anything.
            package var key: Int64?

            package init(
                _ name: Failpoint, _ action: FailpointAction, hit: Int = 1, percent: Double? = nil, key: Int64? = nil
            ) {
                self.name = name
                self.action = action
                self.hit = hit
                self.percent = percent
                self.key = key
            }
        }

        package static let variable = "MILLRACE_FAILPOINTS"
        /// A file to which every point that is passed and every action that is taken is appended. The numbers of passages are taken
        /// from it again by the next process with the same plan.
        package static let logVariable = "MILLRACE_FAILPOINTS_LOG"
        private static let maximumMilliseconds = 3_600_000

        package var entries: [Entry]

        package init(_ entries: [Entry]) {
            self.entries = entries
        }

        /// The plan as the variable says it.
        package var text: String {
            entries.map { entry in
                let kind = entry.action.kind
                let time = kind.defaultMilliseconds == nil ? "" : "(\(entry.action.milliseconds))"
                let percent = entry.percent.map { "%\($0)" } ?? ""
                let key = entry.key.map { "#\($0)" } ?? ""
                return "\(entry.name.rawValue)=\(kind.rawValue)\(time)@\(entry.hit)\(percent)\(key)"
            }.joined(separator: ";")
        }

        /// - Throws: `FailpointError` that lists the choices.
        package init(parsing text: String) throws(FailpointError) {
            entries = []
            for part in text.split(separator: ";") {
                let entry = part.filter { !$0.isWhitespace }
                if entry.isEmpty { continue }
                try parse(entry)
            }
        }

        private mutating func parse(_ text: String) throws(FailpointError) {
            let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else {
                throw FailpointError("'\(text)' is not of the form name=action[@hit][*times][%percent][#key]")
            }
            guard let name = Failpoint(rawValue: String(sides[0])) else {
                let choices = Failpoint.allCases.map(\.rawValue).joined(separator: ", ")
                throw FailpointError("'\(sides[0])' is not a failpoint; there are: \(choices)")
            }
            var rest = sides[1]
            let key = try Self.number(after: "#", &rest, in: text, 0...1_000_000_000_000).map { Int64($0) }
            let percent = try Self.number(after: "%", &rest, in: text, 0.000_001...100)
            let times = try Self.number(after: "*", &rest, in: text, 1...1_000_000).map { Int($0) } ?? 1
            let hit = try Self.number(after: "@", &rest, in: text, 1...1_000_000_000).map { Int($0) } ?? 1
            let action = try Self.action(rest, of: name)
            entries.append(Entry(name, action, hit: hit, percent: percent, key: key))
            if percent == nil && key == nil {
                for _ in 1..<max(times, 1) { entries.append(Entry(name, action)) }
            }
        }

        private static func action(_ text: Substring, of name: Failpoint) throws(FailpointError) -> FailpointAction {
            let parts = text.split(separator: "(", maxSplits: 1, omittingEmptySubsequences: false)
            guard let kind = FailpointAction.Kind(rawValue: String(parts[0])), name.actions.contains(kind) else {
                let choices = name.actions.map { kind in
                    kind.rawValue + (kind.defaultMilliseconds.map { "(\($0))" } ?? "")
                }
                throw FailpointError(
                    "'\(text)' is not an action of \(name.rawValue); there are: \(choices.joined(separator: ", "))")
            }
            guard parts.count == 2 else { return FailpointAction(kind) }
            guard kind.defaultMilliseconds != nil, parts[1].hasSuffix(")"), let milliseconds = Int(parts[1].dropLast()),
                (0...maximumMilliseconds).contains(milliseconds)
            else {
                throw FailpointError(
                    "'\(text)' is not an action: only stop and delay take a time, in whole milliseconds up to "
                        + "\(maximumMilliseconds), like delay(100)")
            }
            return FailpointAction(kind, milliseconds: milliseconds)
        }

        /// Takes the number behind the last `mark` off the end of `rest`.
        private static func number(
            after mark: Character, _ rest: inout Substring, in text: String, _ range: ClosedRange<Double>
        ) throws(FailpointError) -> Double? {
            guard let place = rest.lastIndex(of: mark) else { return nil }
            guard let number = Double(rest[rest.index(after: place)...]), range.contains(number) else {
                throw FailpointError(
                    "in '\(text)', '\(mark)' must be followed by a number from \(range.lowerBound) to \(range.upperBound)"
                )
            }
            rest = rest[..<place]
            return number
        }
    }
#endif
