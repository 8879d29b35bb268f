internal import NIOCore

/// Decides who is in which group and keeps committed offsets: a state machine without files, sockets or clock.
///
/// After every call the owner sends the answers in `takeReplies()` and keeps the groups in `takeChanged()`.
package struct GroupCoordinator {
    /// An answer to a request that was held.
    package enum Reply {
        case join(ReplyToken, JoinGroupResponse)
        case sync(ReplyToken, SyncGroupResponse)
    }

    package internal(set) var groups: [String: ConsumerGroup] = [:]
    let configuration: BrokerConfiguration
    /// Makes the unique part of member ids.
    let newMemberSuffix: () -> String
    private var replies: [Reply] = []
    private var changed: Set<String> = []

    package init(configuration: BrokerConfiguration, newMemberSuffix: @escaping () -> String) {
        self.configuration = configuration
        self.newMemberSuffix = newMemberSuffix
    }

    /// The answers that became due, in order.
    package mutating func takeReplies() -> [Reply] {
        defer { replies.removeAll(keepingCapacity: true) }
        return replies
    }

    /// The groups whose members or generation changed since the last call.
    package mutating func takeChanged() -> [String] {
        defer { changed.removeAll(keepingCapacity: true) }
        return changed.sorted()
    }

    mutating func noteChanged(_ groupId: String) { changed.insert(groupId) }

    mutating func reply(_ reply: Reply) { replies.append(reply) }
}

extension JoinGroupResponse {
    static func refused(_ error: ErrorCode, memberId: String) -> JoinGroupResponse {
        var response = JoinGroupResponse()
        response.errorCode = error
        response.memberId = memberId
        response.protocolName = ""
        return response
    }
}

extension SyncGroupResponse {
    static func refused(_ error: ErrorCode) -> SyncGroupResponse {
        var response = SyncGroupResponse()
        response.errorCode = error
        return response
    }
}
