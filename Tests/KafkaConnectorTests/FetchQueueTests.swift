import KafkaConnector
import Testing

struct FetchQueueTests {
    @Test func allPartitionsTogetherStayWithinTheirShareOfTheLimit() {
        for partitions in [1, 4, 64, 400] {
            let queue = FetchQueue(partitionCount: partitions, memoryLimit: 1 << 30)
            #expect(queue.kibibyteCount * 1024 * partitions <= (1 << 30) / 8)
            #expect(queue.recordCount * partitions * 400 <= (1 << 30) / 8)
        }
        #expect(FetchQueue(partitionCount: 4, memoryLimit: nil) == FetchQueue(partitionCount: 4, memoryLimit: 1 << 40))
    }

    @Test func everyPartitionGetsSomething() {
        let queue = FetchQueue(partitionCount: 10_000, memoryLimit: 64 << 20)
        #expect(queue.recordCount >= 100 && queue.kibibyteCount >= 64)
    }
}
