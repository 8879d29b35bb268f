/// FindCoordinator (key 10), request: the group or transactional id whose coordinator is asked for.
package struct FindCoordinatorRequest: RequestMessage {
    package typealias Response = FindCoordinatorResponse
    package static var api: ApiKey { .findCoordinator }

    /// The key.
    package var key: String = ""
    /// 0: group; 1: transactional id.
    package var keyType: Int8 = 0
    package var coordinatorKeys: [String] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version <= 3 {
            try coder.code(&key)
        }
        if coder.version >= 1 {
            try coder.code(&keyType)
        }
        if coder.version >= 4 {
            try coder.code(&coordinatorKeys)
        }
        try coder.codeTaggedFields()
    }
}

/// FindCoordinator (key 10), answer: the coordinator's address.
package struct FindCoordinatorResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    /// Text for people; nil when there is no error.
    package var errorMessage: String?
    /// The broker's id.
    package var nodeId: Int32 = 0
    /// The host.
    package var host: String = ""
    /// The port.
    package var port: Int32 = 0
    package var coordinators: [Coordinator] = []

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        if coder.version >= 1 {
            try coder.code(&throttleTimeMilliseconds)
        }
        if coder.version <= 3 {
            try coder.code(&errorCode)
        }
        if coder.version >= 1 && coder.version <= 3 {
            try coder.code(&errorMessage)
        }
        if coder.version <= 3 {
            try coder.code(&nodeId)
            try coder.code(&host)
            try coder.code(&port)
        }
        if coder.version >= 4 {
            try coder.code(&coordinators)
        }
        try coder.codeTaggedFields()
    }

    /// One coordinator of the message.
    package struct Coordinator: Message {
        /// The key.
        package var key: String = ""
        /// The broker's id.
        package var nodeId: Int32 = 0
        /// The host.
        package var host: String = ""
        /// The port.
        package var port: Int32 = 0
        /// `none` when it went well.
        package var errorCode: ErrorCode = .none
        /// Text for people; nil when there is no error.
        package var errorMessage: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&key)
            try coder.code(&nodeId)
            try coder.code(&host)
            try coder.code(&port)
            try coder.code(&errorCode)
            try coder.code(&errorMessage)
            try coder.codeTaggedFields()
        }
    }
}
