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

    /// Throws when what a checkpoint wants to read next is not there.
    func check(_ split: SplitState) throws(KafkaConnectorError) {
        let context = ErrorContext(
            topic: split.id.topic, partition: split.id.partition, offset: split.nextOffset)
        if split.nextOffset < earliestOffsets[split.id] ?? 0 { throw KafkaSource.lostRange(context) }
        if split.nextOffset > latestOffsets[split.id] ?? .max {
            throw KafkaConnectorError(
                .logChanged,
                "the checkpoint has read up to offset \(split.nextOffset), but the partition ends at "
                    + "\(latestOffsets[split.id] ?? 0): it was truncated or made anew; to read what there is: "
                    + "millrace run PIPELINE.sql --from-checkpoint none", context: context)
        }
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
