/// DeleteGroups (key 42), request: groups to delete.
package struct DeleteGroupsRequest: RequestMessage {
    package typealias Response = DeleteGroupsResponse
    package static var api: ApiKey { .deleteGroups }

    package var groupsNames: [String] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&groupsNames)
        try coder.codeTaggedFields()
    }
}

/// DeleteGroups (key 42), answer: the result per group.
package struct DeleteGroupsResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    package var results: [Result] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&throttleTimeMilliseconds)
        try coder.code(&results)
        try coder.codeTaggedFields()
    }

    /// One result of the message.
    package struct Result: Message {
        /// The consumer group.
        package var groupId: String = ""
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&groupId)
            try coder.code(&errorCode)
            try coder.codeTaggedFields()
        }
    }
}
