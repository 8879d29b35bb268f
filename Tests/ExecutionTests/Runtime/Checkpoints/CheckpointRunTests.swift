import StateBackends
import TestKit
import Testing

@testable import Execution

struct CheckpointRunTests {
    private func outcome() -> (Observed<[String]>, CheckpointRun.Completion) {
        let outcomes = Observed<[String]>([])
        return (
            outcomes,
            { result in
                outcomes.update { outcomes in
                    switch result {
                    case .success(let capture): outcomes.append("\(capture.epoch) final \(capture.isFinal)")
                    case .failure(let error): outcomes.append((error as? ExecutionError)?.code.rawValue ?? "?")
                    }
                }
            }
        )
    }

    @Test func isWholeWhenEveryTaskHasReported() {
        let (outcomes, completion) = outcome()
        let run = CheckpointRun(taskCount: 2)
        var seen = 0
        #expect(run.begin(CheckpointBarrier(epoch: 1), completion))
        #expect(run.barrier(since: &seen) == nil)
        run.release()
        #expect(run.barrier(since: &seen) == CheckpointBarrier(epoch: 1))
        #expect(run.barrier(since: &seen) == nil)
        var unfinished = TaskCapture()
        unfinished.hasEnded = false
        run.report(unfinished, epoch: 1)
        #expect(outcomes.read { $0 } == [])
        run.report(TaskCapture(), epoch: 1)
        #expect(outcomes.read { $0 } == ["1 final false"])
    }

    @Test func secondAtATimeAndFallingEpochsAreRefused() {
        let (outcomes, completion) = outcome()
        let run = CheckpointRun(taskCount: 1)
        #expect(run.begin(CheckpointBarrier(epoch: 5), completion))
        #expect(!run.begin(CheckpointBarrier(epoch: 6), completion))
        run.report(TaskCapture(), epoch: 5)
        #expect(!run.begin(CheckpointBarrier(epoch: 5), completion))
        #expect(outcomes.read { $0 } == ["checkpointAborted", "5 final true", "checkpointAborted"])
    }

    @Test func closingFailsWhatIsUnderWayAndWhatFollows() {
        let (outcomes, completion) = outcome()
        let run = CheckpointRun(taskCount: 1)
        #expect(run.begin(CheckpointBarrier(epoch: 1), completion))
        run.close(ExecutionError(.subtaskFailed, "gone"))
        run.report(TaskCapture(), epoch: 1)
        #expect(!run.begin(CheckpointBarrier(epoch: 2), completion))
        #expect(outcomes.read { $0 } == ["subtaskFailed", "subtaskFailed"])
    }
}
