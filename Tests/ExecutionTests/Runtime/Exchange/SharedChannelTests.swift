import TestKit
import Testing

@testable import Execution

struct SharedChannelTests {
    private let batch = StreamElement.batch(ScriptedRow.batch([ScriptedRow(key: 1, value: 1, time: 1)]))

    private func channel(_ capacity: Int) -> SharedChannel {
        SharedChannel(capacity: capacity, sender: WorkerSignal(), receiver: WorkerSignal())
    }

    @Test func creditIsUsedByBatchesAloneAndReturnedWhenTheyAreProcessed() {
        let shared = channel(2)
        let input = InputChannel(inputNumber: 0, capacity: 2, shared: shared)
        for _ in 0..<2 {
            #expect(shared.hasRoom)
            shared.push(batch)
            shared.push(.caughtUp)
        }
        #expect(!shared.hasRoom)
        // Taken over but not processed: still in the way.
        #expect(input.first()?.isBatch == true)
        #expect(!shared.hasRoom)
        #expect(input.pop()?.isBatch == true)
        #expect(shared.hasRoom)
        #expect(input.batchCount == 1)
    }

    @Test func closedGateOfACircularJobLetsTheSenderGoOn() {
        let shared = channel(1)
        let input = InputChannel(inputNumber: 0, capacity: 1, shared: shared)
        shared.push(batch)
        input.setGated(true)
        #expect(!shared.hasRoom)
        input.isElastic = true
        #expect(shared.hasRoom)
        input.setGated(false)
        #expect(!shared.hasRoom)
    }
}
