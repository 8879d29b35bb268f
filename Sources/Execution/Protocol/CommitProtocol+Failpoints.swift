internal import Dataflow
internal import Failpoints

/// The points around each action of the protocol.
extension CommitProtocol.Action {
    /// Passes the point in front of the action.
    ///
    /// - Throws: what an action throws whose system has gone away.
    func passBefore(decider: String?) throws(DataflowError) {
        switch self {
        case .fence: try Failpoint.beforeFence.hit(DataflowError.atFailpoint)
        case .readCheckpoints: try Failpoint.beforeReadCheckpoints.hit(DataflowError.atFailpoint)
        case .applyRedo: try Failpoint.beforeApplyRedo.hit(DataflowError.atFailpoint)
        case .start: try Failpoint.beforeStart.hit(DataflowError.atFailpoint)
        case .capture: try Failpoint.beforeCapture.hit(DataflowError.atFailpoint)
        case .store: try Failpoint.beforeStore.hit(DataflowError.atFailpoint)
        case .prepare: try Failpoint.beforePrepare.hit(DataflowError.atFailpoint)
        case .commit(decider, _): try Failpoint.beforeDecision.hit(DataflowError.atFailpoint)
        case .commit: try Failpoint.beforeFollowerCommit.hit(DataflowError.atFailpoint)
        case .acknowledge: try Failpoint.beforeAcknowledge.hit(DataflowError.atFailpoint)
        default: break
        }
    }

    /// Passes the point behind the action, where it has succeeded.
    func passAfter(_ event: CommitProtocol.Event?, decider: String?) throws(DataflowError) {
        if case .commitFailed = event { return }
        switch self {
        case .fence: try Failpoint.afterFence.hit(DataflowError.atFailpoint)
        case .readCheckpoints: try Failpoint.afterReadCheckpoints.hit(DataflowError.atFailpoint)
        case .applyRedo: try Failpoint.afterApplyRedo.hit(DataflowError.atFailpoint)
        case .start: try Failpoint.afterStart.hit(DataflowError.atFailpoint)
        case .capture: try Failpoint.afterCapture.hit(DataflowError.atFailpoint)
        case .store: try Failpoint.afterStore.hit(DataflowError.atFailpoint)
        case .prepare: try Failpoint.afterPrepare.hit(DataflowError.atFailpoint)
        case .commit(decider, _): try Failpoint.afterDecision.hit(DataflowError.atFailpoint)
        case .commit: try Failpoint.afterFollowerCommit.hit(DataflowError.atFailpoint)
        case .acknowledge: try Failpoint.afterAcknowledge.hit(DataflowError.atFailpoint)
        default: break
        }
    }
}

extension DataflowError {
    /// What a step throws whose system does not answer.
    static var atFailpoint: DataflowError {
        DataflowError(.unavailable, "the step was made to fail (MILLRACE_FAILPOINTS)")
    }
}
