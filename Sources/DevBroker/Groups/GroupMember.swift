internal import NIOCore

/// A request whose answer comes later.
package struct ReplyToken: Hashable, Sendable {
    package var rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

/// One member of a group.
struct GroupMember {
    /// An assignor that the member knows.
    struct AssignmentProtocol: Equatable {
        var name: String
        var metadata: ByteBuffer
    }

    var id: String
    /// Set for static members.
    var instanceId: String?
    var clientId: String
    var clientHost: String
    var sessionTimeoutMilliseconds: Int32
    var rebalanceTimeoutMilliseconds: Int32
    /// Best first.
    var protocols: [AssignmentProtocol]
    var assignment = ByteBuffer()
    /// When the member is removed unless it is heard of.
    var sessionDeadline: Int64
    /// The join request being held.
    var awaitsJoin: ReplyToken?
    /// The sync request being held.
    var awaitsSync: ReplyToken?
    /// Whether the member has synced in the current generation.
    var hasSynced = false

    func metadata(for protocolName: String?) -> ByteBuffer {
        protocols.first { $0.name == protocolName }?.metadata ?? ByteBuffer()
    }
}
