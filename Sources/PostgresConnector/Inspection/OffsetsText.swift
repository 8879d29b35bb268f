internal import Dataflow
internal import Foundation

/// Reads the offsets that a bookkeeping row or an epoch marker holds.
enum OffsetsText {
    private struct Item: Decodable {
        var topic: String
        var partition: Int32
        var offset: Int64
    }

    /// Of two tables on one topic the slower one's position counts. Text that is no list of offsets gives none.
    static func read(_ json: String) -> [SplitID: Int64] {
        let items = (try? JSONDecoder().decode([Item].self, from: Data(json.utf8))) ?? []
        return Dictionary(
            items.map { (SplitID(topic: $0.topic, partition: $0.partition), $0.offset) }, uniquingKeysWith: min)
    }
}
