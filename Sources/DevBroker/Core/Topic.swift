/// A topic with the logs of its partitions, in their order.
package final class Topic {
    package let name: String
    package let id: TopicId
    package internal(set) var configuration: TopicConfiguration
    package internal(set) var logs: [PartitionLog] = []

    init(name: String, id: TopicId, configuration: TopicConfiguration) {
        self.name = name
        self.id = id
        self.configuration = configuration
    }

    func log(_ partition: Int32) -> PartitionLog? {
        logs.indices.contains(Int(partition)) ? logs[Int(partition)] : nil
    }

    static func folder(_ name: String, _ partition: Int32) -> String { "\(name)-\(partition)" }

    /// Whether Kafka allows the name.
    package static func isLegalName(_ name: String) -> Bool {
        guard !name.isEmpty, name.utf8.count <= 249, name != ".", name != ".." else { return false }
        return name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
    }
}
