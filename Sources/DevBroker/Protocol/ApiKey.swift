/// The requests that this broker serves, by their number on the wire.
package enum ApiKey: Int16, CaseIterable, Hashable, Sendable {
    case produce = 0
    case fetch = 1
    case listOffsets = 2
    case metadata = 3
    case offsetCommit = 8
    case offsetFetch = 9
    case findCoordinator = 10
    case joinGroup = 11
    case heartbeat = 12
    case leaveGroup = 13
    case syncGroup = 14
    case describeGroups = 15
    case listGroups = 16
    case apiVersions = 18
    case createTopics = 19
    case deleteTopics = 20
    case deleteRecords = 21
    case initProducerId = 22
    case offsetForLeaderEpoch = 23
    case addPartitionsToTxn = 24
    case addOffsetsToTxn = 25
    case endTxn = 26
    case txnOffsetCommit = 28
    case describeConfigs = 32
    case alterConfigs = 33
    case createPartitions = 37
    case deleteGroups = 42
    case incrementalAlterConfigs = 44
    case offsetDelete = 47
    case describeCluster = 60
    case describeProducers = 61
    case describeTransactions = 65
    case listTransactions = 66

    /// The versions served, both ends included.
    package var versions: ClosedRange<Int16> {
        switch self {
        case .produce: 0...9
        case .fetch: 4...12
        case .listOffsets: 1...7
        case .metadata: 0...12
        case .offsetCommit: 2...9
        case .offsetFetch: 1...9
        case .findCoordinator: 0...4
        case .joinGroup: 0...9
        case .heartbeat: 0...4
        case .leaveGroup: 0...5
        case .syncGroup: 0...5
        case .describeGroups: 0...6
        case .listGroups: 0...5
        case .apiVersions: 0...4
        case .createTopics: 2...7
        case .deleteTopics: 1...6
        case .deleteRecords: 0...2
        case .initProducerId: 0...4
        case .offsetForLeaderEpoch: 2...4
        case .addPartitionsToTxn: 0...3
        case .addOffsetsToTxn: 0...3
        case .endTxn: 0...3
        case .txnOffsetCommit: 0...4
        case .describeConfigs: 1...4
        case .alterConfigs: 0...2
        case .createPartitions: 0...3
        case .deleteGroups: 0...2
        case .incrementalAlterConfigs: 0...1
        case .offsetDelete: 0...0
        case .describeCluster: 0...1
        case .describeProducers: 0...0
        case .describeTransactions: 0...0
        case .listTransactions: 0...1
        }
    }

    /// The first version with compact strings and tagged fields; `Int16.max` when there is none.
    package var firstFlexibleVersion: Int16 {
        switch self {
        case .produce: 9
        case .fetch: 12
        case .listOffsets: 6
        case .metadata: 9
        case .offsetCommit: 8
        case .offsetFetch: 6
        case .findCoordinator: 3
        case .joinGroup: 6
        case .heartbeat: 4
        case .leaveGroup: 4
        case .syncGroup: 4
        case .describeGroups: 5
        case .listGroups: 3
        case .apiVersions: 3
        case .createTopics: 5
        case .deleteTopics: 4
        case .deleteRecords: 2
        case .initProducerId: 2
        case .offsetForLeaderEpoch: 4
        case .addPartitionsToTxn: 3
        case .addOffsetsToTxn: 3
        case .endTxn: 3
        case .txnOffsetCommit: 3
        case .describeConfigs: 4
        case .alterConfigs: 2
        case .createPartitions: 2
        case .deleteGroups: 2
        case .incrementalAlterConfigs: 1
        case .offsetDelete: Int16.max
        case .describeCluster: 0
        case .describeProducers: 0
        case .describeTransactions: 0
        case .listTransactions: 0
        }
    }
}
