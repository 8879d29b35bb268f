internal import NIOCore

/// What a fault script has set going in a server and is not at its end yet.
struct FaultState {
    var script = FaultScript()
    /// What becomes of answers that the broker owes.
    var held: [Broker.ConnectionId: (request: IncomingRequest, plan: FaultPlan)] = [:]
    /// The most requests that are held back; for one more the first of them is let go.
    static let maxParkedCount = 1000
    /// Requests that are applied once others were.
    var parked: [(request: IncomingRequest, api: ApiKey, remaining: Int)] = []
    /// Requests that came while the broker pauses; those without a plan were not asked about yet.
    var waiting: [(request: IncomingRequest, plan: FaultPlan?)] = []
    var isPaused = false
    /// Counts pauses, so that the end of an earlier one does not end a later one.
    var pauseCount = 0
    var isCrashed = false
    /// For corrupted bytes.
    var random = SplitMix64(state: 1)

    /// Whether requests need not be looked at.
    var isIdle: Bool { script.isEmpty && parked.isEmpty && !isPaused && !isCrashed }
}
