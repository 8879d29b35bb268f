import Dataflow
import HTTPService
import Testing

@testable import JobService

struct SystemBoardTests {
    @Test func retriesInARowAreOneTroubleUntilSomethingComesThrough() {
        let board = SystemBoard()
        board.take("sink a", .retried("no connection"), now: 1000)
        board.take("sink a", .retried("refused"), now: 3000)
        #expect(
            board.current["sink a"]
                == SystemBoard.Entry(
                    retryCount: 2, lastError: "refused",
                    trouble: .init(since: 1000, attemptCount: 2, error: "refused")))
        board.take("sink a", .answered, now: 4000)
        #expect(board.current["sink a"] == SystemBoard.Entry(retryCount: 2, lastError: "refused", trouble: nil))
        board.take("sink a", .retried("again"), now: 9000)
        #expect(board.current["sink a"]?.trouble == .init(since: 9000, attemptCount: 1, error: "again"))
    }

    @Test func anAttemptsTroublesEndWithItAndItsCountsStay() {
        let board = SystemBoard()
        board.take("plays", .retried("no answer"), now: 1000)
        board.endAttempt()
        #expect(board.current["plays"]?.trouble == nil && board.current["plays"]?.retryCount == 1)
    }

    @Test func threadsAreReadByNameWhateverThatHolds() throws {
        let line = "42 (a (b) c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 3"
        let thread = try #require(ThreadGroup.parsed(line))
        #expect(thread.name == "a (b) c" && thread.ticks == 200)
        #expect(ThreadGroup.parsed("nothing") == nil && ThreadGroup.parsed("1 (a) S 1") == nil)
        let own = ThreadGroup.current()
        #expect(own.reduce(0) { $0 + $1.count } > 0)
    }
}
