/// ListGroups (key 16), request: filters on the groups to list.
package struct ListGroupsRequest: RequestMessage {
    package typealias Response = ListGroupsResponse
    package static var api: ApiKey { .listGroups }

    package var statesFilter: [String] = []
    package var typesFilter: [String] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 4 {
            try coder.code(&statesFilter)
        }
        if coder.version >= 5 {
            try coder.code(&typesFilter)
        }
        try coder.codeTaggedFields()
    }
}

/// ListGroups (key 16), answer: the groups known.
package struct ListGroupsResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    /// The groups.
    package var groups: [Group] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 1 {
            try coder.code(&throttleTimeMilliseconds)
        }
        try coder.code(&errorCode)
        try coder.code(&groups)
        try coder.codeTaggedFields()
    }

    /// One group.
    package struct Group: Message {
        /// The consumer group.
        package var groupId: String = ""
        /// `consumer` for consumers.
        package var protocolType: String = ""
        package var groupState: String = ""
        package var groupType: String = ""

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&groupId)
            try coder.code(&protocolType)
            if coder.version >= 4 {
                try coder.code(&groupState)
            }
            if coder.version >= 5 {
                try coder.code(&groupType)
            }
            try coder.codeTaggedFields()
        }
    }
}
