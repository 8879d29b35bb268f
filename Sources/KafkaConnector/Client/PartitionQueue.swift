/// What is fetched of one topic-partition. Not reading it is the back-pressure: nothing more is fetched when it is full.
///
/// Read by one thread at a time.
protocol PartitionQueue: AnyObject {
    /// Takes up to `limit` messages that are already here, at offsets from `minimumOffset` on, ascending. Never waits.
    ///
    /// - Returns: how many items were taken, ends of the partition and errors included, at most `limit`; fewer when nothing is left now:
    ///   who is told so reads again only once it is woken.
    func read(minimumOffset: Int64, limit: Int, into batch: MessageBatch) -> Int
}
