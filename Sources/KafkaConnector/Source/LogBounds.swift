internal import Columnar
internal import Dataflow

/// The first and the end offsets of partitions, as found when a source starts.
struct LogBounds {
    let earliestOffsets: [SplitID: Int64]
    private let latestOffsets: [SplitID: Int64]

    init(earliest: [KafkaPosition], latest: [KafkaPosition]) {
        earliestOffsets = Dictionary(earliest.map { ($0.split, $0.offset) }) { first, _ in first }
        latestOffsets = Dictionary(latest.map { ($0.split, $0.offset) }) { first, _ in first }
    }

    func earliest(_ position: KafkaPosition) -> KafkaPosition { at(position, earliestOffsets[position.split]) }
    func latest(_ position: KafkaPosition) -> KafkaPosition { at(position, latestOffsets[position.split]) }

    private func at(_ position: KafkaPosition, _ offset: Int64?) -> KafkaPosition {
        var result = position
        result.offset = offset ?? 0
        return result
    }

    /// The first offset and the one after the last.
    func bounds(_ split: SplitID) -> (first: Int64, end: Int64) {
        (earliestOffsets[split] ?? 0, latestOffsets[split] ?? .max)
    }

    /// Throws when an offset that the options name is not in the log.
    func check(_ position: KafkaPosition) throws(KafkaConnectorError) {
        let first = earliestOffsets[position.split] ?? 0
        let end = latestOffsets[position.split] ?? 0
        guard position.offset < first || position.offset > end else { return }
        throw KafkaConnectorError(
            .configuration, "the offset to start at is not in the partition, which has \(first) to \(end)",
            context: ErrorContext(topic: position.topic, partition: position.partition, offset: position.offset))
    }
}
