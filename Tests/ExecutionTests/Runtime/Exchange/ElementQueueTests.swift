import Columnar
import TestKit
import Testing

@testable import Execution

struct ElementQueueTests {
    private func watermark(_ value: Int64) -> StreamElement { .watermark(Timestamp(microseconds: value)) }

    private func value(_ element: StreamElement?) -> Int64? {
        guard case .watermark(let watermark) = element else { return nil }
        return watermark.microseconds
    }

    @Test func elementsLeaveInOrderThroughGrowth() {
        var queue = ElementQueue(capacity: 4)
        var (next, expected) = (Int64(0), Int64(0))
        for step in 1...50 {
            for _ in 0..<step {
                queue.append(.barrier(CheckpointBarrier(epoch: next)))
                next += 1
            }
            for _ in 0..<(step / 2) {
                guard case .barrier(let barrier) = queue.popFirst() else { return #expect(Bool(false)) }
                #expect(barrier.epoch == expected)
                expected += 1
            }
        }
        let count = queue.count
        #expect(count == Int(next - expected))
    }

    @Test func watermarkReplacesOneThatIsLast() {
        var queue = ElementQueue(capacity: 4)
        queue.append(watermark(1))
        let isLonger = queue.append(watermark(2))
        #expect(!isLonger)
        queue.append(.caughtUp)
        queue.append(watermark(3))
        let values = (0..<4).map { _ in value(queue.popFirst()) }
        #expect(values == [2, nil, 3, nil])
    }
}
