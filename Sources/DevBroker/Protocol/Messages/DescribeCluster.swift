/// DescribeCluster (key 60), request: the wish to know the cluster.
package struct DescribeClusterRequest: RequestMessage {
    package typealias Response = DescribeClusterResponse
    package static var api: ApiKey { .describeCluster }

    package var includeClusterAuthorizedOperations: Bool = false
    package var endpointType: Int8 = 1

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&includeClusterAuthorizedOperations)
        if coder.version >= 1 {
            try coder.code(&endpointType)
        }
        try coder.codeTaggedFields()
    }
}

/// DescribeCluster (key 60), answer: brokers, controller and cluster id.
package struct DescribeClusterResponse: Message {
    /// How long the client should pause; this broker never throttles.
    package var throttleTimeMilliseconds: Int32 = 0
    /// `none` when it went well.
    package var errorCode: ErrorCode = .none
    /// Text for people; nil when there is no error.
    package var errorMessage: String?
    package var endpointType: Int8 = 1
    /// The cluster's id.
    package var clusterId: String = ""
    /// The controller: this broker.
    package var controllerId: Int32 = -1
    /// The brokers.
    package var brokers: [Broker] = []
    package var clusterAuthorizedOperations: Int32 = .min

    package init() {}

    package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
        try coder.code(&throttleTimeMilliseconds)
        try coder.code(&errorCode)
        try coder.code(&errorMessage)
        if coder.version >= 1 {
            try coder.code(&endpointType)
        }
        try coder.code(&clusterId)
        try coder.code(&controllerId)
        try coder.code(&brokers)
        try coder.code(&clusterAuthorizedOperations)
        try coder.codeTaggedFields()
    }

    /// One broker.
    package struct Broker: Message {
        /// The broker's id.
        package var brokerId: Int32 = 0
        /// The host.
        package var host: String = ""
        /// The port.
        package var port: Int32 = 0
        /// Always nil here.
        package var rack: String?

        package init() {}

        package mutating func code(with coder: inout some MessageCoder) throws(DevBrokerError) {
            try coder.code(&brokerId)
            try coder.code(&host)
            try coder.code(&port)
            try coder.code(&rack)
            try coder.codeTaggedFields()
        }
    }
}
