internal import Columnar
internal import Dispatch
internal import Foundation
internal import Synchronization

/// Counts what is committed in the job's topic while it is being written, from a thread of its own.
final class CommittedRows: Sendable {
    private let rows = Atomic(0)
    private let isStopping = Atomic(false)
    private let hasEnded = DispatchSemaphore(value: 0)

    init(address: String) {
        let reader = TopicReader(address: address, topic: "rated", fields: [("id", .bigint)])
        Thread { [self] in
            defer { hasEnded.signal() }
            try? reader.follow { batch in
                rows.add(batch.selectedCount, ordering: .releasing)
                return !isStopping.load(ordering: .acquiring)
            }
        }.start()
    }

    var count: Int { rows.load(ordering: .acquiring) }

    /// Ends with the next rows; while the job still writes.
    func stop() {
        isStopping.store(true, ordering: .releasing)
        hasEnded.wait()
    }
}
