import Execution
import JobService
import Testing

struct ExitStatusTests {
    @Test func stateThatFitsNoOperatorIsARefusal() {
        #expect(ExitStatus.of(ExecutionError(.restoreFailed, "state of an operator that is gone")) == .refused)
        #expect(ExitStatus.of(ExecutionError(.noThread, "none left")) == .unavailable)
    }
}
