/// What a task found to do.
enum StepResult: Sendable {
    case progressed
    /// No input, or none that may be taken.
    case starved
    /// Input, but no room behind.
    case heldBack
}
