internal import Synchronization

/// The part of a channel between two workers that both of them touch.
///
/// The lock is held for an append or an exchange of queues only. The receiver takes everything at once, so that a
/// stream of batches costs it one lock for many.
final class SharedChannel: Sendable {
    let capacity: Int
    /// Whether the sender may exceed `capacity` while `isGated` (see `GatePlan`).
    let isElastic = Atomic(false)
    /// Set by the receiver while its operator does not accept this input.
    let isGated = Atomic(false)
    /// Batches pushed and not yet processed, wherever they lie.
    let batchCount = Atomic(0)
    private let arrived = Atomic(0)
    private let queue: Mutex<ElementQueue>
    private let sender: WorkerSignal
    private let receiver: WorkerSignal

    init(capacity: Int, sender: WorkerSignal, receiver: WorkerSignal) {
        self.capacity = capacity
        self.sender = sender
        self.receiver = receiver
        queue = Mutex(ElementQueue(capacity: capacity))
    }

    /// Sender: whether another batch is welcome.
    var hasRoom: Bool {
        batchCount.load(ordering: .relaxed) < capacity
            || (isGated.load(ordering: .relaxed) && isElastic.load(ordering: .relaxed))
    }

    /// Sender.
    func push(_ element: StreamElement) {
        if element.isBatch { batchCount.add(1, ordering: .relaxed) }
        queue.withLock { _ = $0.append(element) }
        arrived.store(1, ordering: .sequentiallyConsistent)
        receiver.wake()
    }

    /// Receiver: everything that has arrived, in exchange for an empty queue.
    func takeAll(_ taken: inout ElementQueue) {
        guard arrived.load(ordering: .sequentiallyConsistent) != 0 else { return }
        arrived.store(0, ordering: .sequentiallyConsistent)
        queue.withLock { swap(&$0, &taken) }
    }

    /// Receiver: a batch has been taken out. Wakes a held-back sender when half of the room is free, so that it is not
    /// woken for every batch.
    func returnCredit() {
        let (_, count) = batchCount.subtract(1, ordering: .acquiringAndReleasing)
        if count == capacity / 2 { sender.wake() }
    }

    /// Receiver: opens or closes the gate.
    func setGated(_ gated: Bool) {
        isGated.store(gated, ordering: .sequentiallyConsistent)
        sender.wake()
    }
}
