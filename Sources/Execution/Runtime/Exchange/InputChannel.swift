internal import Synchronization

/// The receiving end of a channel; belongs to the receiver's worker, and to the sender's when that is the same.
final class InputChannel {
    let inputNumber: Int
    /// Nil where sender and receiver live on one worker: no lock then.
    let shared: SharedChannel?
    private let capacity: Int
    private var queue: ElementQueue
    private var localBatchCount = 0
    private var isGated = false
    var isElastic = false {
        didSet { shared?.isElastic.store(isElastic, ordering: .relaxed) }
    }

    init(inputNumber: Int, capacity: Int, shared: SharedChannel?) {
        self.inputNumber = inputNumber
        self.capacity = capacity
        self.shared = shared
        queue = ElementQueue(capacity: capacity)
    }

    /// Batches waiting.
    var batchCount: Int { shared?.batchCount.load(ordering: .relaxed) ?? localBatchCount }

    /// The element that `pop` will return.
    func first() -> StreamElement? {
        if let element = queue.first { return element }
        guard let shared else { return nil }
        shared.takeAll(&queue)
        return queue.first
    }

    func pop() -> StreamElement? {
        guard let element = queue.popFirst() else { return nil }
        if element.isBatch {
            if let shared { shared.returnCredit() } else { localBatchCount -= 1 }
        }
        return element
    }

    /// Tells the sender whether the operator refuses this input at present.
    func setGated(_ gated: Bool) {
        guard gated != isGated else { return }
        isGated = gated
        shared?.setGated(gated)
    }

    /// Sender on the same worker.
    var hasLocalRoom: Bool { localBatchCount < capacity || (isGated && isElastic) }

    /// Sender on the same worker.
    func pushLocal(_ element: StreamElement) {
        if element.isBatch { localBatchCount += 1 }
        queue.append(element)
    }
}

/// The sending end of a channel.
enum OutputChannel {
    case local(InputChannel)
    case shared(SharedChannel)

    var hasRoom: Bool {
        switch self {
        case .local(let channel): channel.hasLocalRoom
        case .shared(let channel): channel.hasRoom
        }
    }

    func push(_ element: StreamElement) {
        switch self {
        case .local(let channel): channel.pushLocal(element)
        case .shared(let channel): channel.push(element)
        }
    }
}
