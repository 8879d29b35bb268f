internal import Glibc

/// What goes wrong, in turn.
enum SoakFault: String, CaseIterable {
    case killBroker = "kill -9 broker"
    case restartPostgres = "restart PostgreSQL"
    case terminateBackends = "terminate backends"
    case pause = "SIGSTOP 15 s"
    case cut = "cut connections 5 s"
    case killJob = "kill -9 job"

    /// The job is killed first and then in every tenth round only: little can be said about the growth of a process
    /// that lives for a few minutes.
    static func at(_ number: Int) -> SoakFault {
        let others = allCases.filter { $0 != .killJob }
        let period = others.count * 10 + 1
        return number % period == 0 ? .killJob : others[(number % period - 1) % others.count]
    }

    /// Seconds until `end`; nil for what happens at once.
    var seconds: Double? {
        switch self {
        case .pause: 15
        case .cut: 5
        default: nil
        }
    }

    func begin(_ system: SoakSystem) throws {
        switch self {
        case .killBroker: try system.killBroker()
        case .restartPostgres: try system.restartPostgres()
        case .terminateBackends: try system.terminateBackends()
        case .pause: system.signalJob(SIGSTOP)
        case .cut: try system.cutConnections(true)
        case .killJob: try system.killJob()
        }
    }

    func end(_ system: SoakSystem) throws {
        switch self {
        case .pause: system.signalJob(SIGCONT)
        case .cut: try system.cutConnections(false)
        default: break
        }
    }
}
