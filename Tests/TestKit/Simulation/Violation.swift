/// A promise that was broken in a history.
package struct Violation: Hashable, Sendable {
    /// Which promise.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A row became visible a second time.
        case doubledRows
        /// A row became visible whose predecessor is missing.
        case lostRows
        /// A row is not what the recomputation gives: state and offsets did not belong together.
        case wrongRows
        /// The restored state is not that of the restored offsets.
        case wrongState
        /// What was decided and what is visible do not belong to the same input.
        case offsetsApart
        /// The sinks differ after everything has come to rest.
        case sinksDiffer
        /// Nothing was damaged or lost that could justify that the job refuses to go on.
        case unjustifiedRefusal
        /// Two checkpoints that were committed have one number, so that a start by hand may take the wrong one.
        case numberReused
        /// The job goes on although somebody has changed by hand what says where it stands.
        case missedRefusal
        /// The job does not come to its end after the last fault.
        case stuck
    }

    package var kind: Kind
    package var text: String
}
