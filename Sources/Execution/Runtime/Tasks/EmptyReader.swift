internal import Dataflow

/// The reader of a source subtask for which there are no splits.
final class EmptyReader: SourceReader {
    let splits: [SplitID] = []

    func read(split: Int, maximumRowCount: Int) throws -> SourceRead {
        preconditionFailure("split \(split) of none")
    }

    func state(split: Int) -> SplitState {
        preconditionFailure("split \(split) of none")
    }

    func isCaughtUp(split: Int) -> Bool { true }

    func close() {}
}
