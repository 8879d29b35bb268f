#if FAILPOINTS
    internal import Glibc
    internal import Synchronization

    /// A plan at work: counts passages, says what is due, writes the log.
    package final class FailpointArmory: Sendable {
        fileprivate struct State {
            var waiting: [Failpoint: [FailpointPlan.Entry]] = [:]
            var keyed: [Failpoint: [Int64: FailpointAction]] = [:]
            /// Passages since the last entry of the name came to its end.
            var hits: [Failpoint: Int] = [:]
            var passed: Set<Failpoint> = []
        }

        private let state = Mutex(State())
        private let logPath: String?

        /// What this process's environment arms; nil where it says nothing, or nothing that can be understood: the configuration's
        /// reader refuses that before anything starts.
        package static let ofProcess: FailpointArmory? = {
            let text = getenv(FailpointPlan.variable).map { String(cString: $0) }
            let log = getenv(FailpointPlan.logVariable).map { String(cString: $0) }
            guard text != nil || log != nil else { return nil }
            guard let plan = try? FailpointPlan(parsing: text ?? "") else { return nil }
            return FailpointArmory(plan, logPath: log)
        }()

        /// - Parameter logPath: continued where it exists: what it says was done is not done again.
        package init(_ plan: FailpointPlan, logPath: String?) {
            self.logPath = logPath
            var initial = State()
            for entry in plan.entries {
                if let key = entry.key {
                    initial.keyed[entry.name, default: [:]][key] = entry.action
                } else {
                    initial.waiting[entry.name, default: []].append(entry)
                }
            }
            for line in FailpointLog(path: logPath).lines {
                switch line.event {
                case .hit: initial.hits[line.name, default: 0] += 1
                case .fired: initial.end(line.name)
                case .passed: break
                }
            }
            state.withLock { $0 = initial }
        }

        /// Counts a passage.
        ///
        /// - Parameter key: what it is about, where the point has one.
        /// - Returns: what is to happen now; already in the log, but for what a key has set off.
        package func fire(_ name: Failpoint, key: Int64? = nil) -> FailpointAction? {
            state.withLock { state in
                if state.passed.insert(name).inserted { write(.init(.passed, name, nil)) }
                if let key, let action = state.keyed[name]?[key] { return action }
                guard let entry = state.waiting[name]?.first else { return nil }
                if let percent = entry.percent {
                    guard Double.random(in: 0..<100) < percent else { return nil }
                    write(.init(.fired, name, entry.action.kind))
                    return entry.action
                }
                let hits = state.hits[name, default: 0] + 1
                state.hits[name] = hits
                guard hits >= entry.hit else {
                    write(.init(.hit, name, nil))
                    return nil
                }
                write(.init(.fired, name, entry.action.kind))
                state.end(name)
                return entry.action
            }
        }

        private func write(_ line: FailpointLog.Line) {
            FailpointLog(path: logPath).append(line)
        }
    }

    extension FailpointArmory.State {
        /// The first entry of a name has acted.
        fileprivate mutating func end(_ name: Failpoint) {
            guard let first = waiting[name]?.first, first.percent == nil else { return }
            waiting[name]?.removeFirst()
            hits[name] = 0
        }
    }
#endif
