/// The 128-bit id of one incarnation of a topic: a topic that is deleted and created again gets another.
package struct TopicId: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Stands for "no id".
    package static let zero = TopicId(high: 0, low: 0)
}
