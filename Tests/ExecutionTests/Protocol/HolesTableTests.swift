import Foundation
import Testing

/// The table of holes in section 3.6 of the exactly-once design, line by line: where each answer is tested.
struct HolesTableTests {
    /// A line of the table, and its tests as `File.function` below the folder of the tests.
    private static let lines: [(hole: String, tests: [String])] = [
        (
            "timeout on commit_transaction",
            ["ExecutionTests/Protocol/ProtocolHolesTests.timeoutOnCommitIsNeverTakenForAborted"]
        ),
        (
            "zombie, Kafka",
            [
                "KafkaConnectorTests/CommitHolesTests.zombieOfTheSameTransactionalId",
                "KafkaConnectorTests/CommitHolesTests.zombieOfAnotherTransactionalId",
                "KafkaConnectorTests/CommitHolesTests.zombieOfAnOlderGeneration",
            ]
        ),
        (
            "zombie, Postgres",
            [
                "PostgresConnectorTests/ProtocolTests.zombieCannotCommit",
                "PostgresConnectorTests/ProtocolTests.zombieIsFoundByTheCommitItself",
            ]
        ),
        (
            "zombie, store",
            [
                "ExecutionTests/Protocol/ProtocolHolesTests.zombieInTheStoreLeavesGarbageThatNobodyRestores",
                "CheckpointStorageTests/StoreHolesTests.zombieCannotOverwrite",
            ]
        ),
        (
            "two different jobs/instances with one transactional.id",
            [
                "ExecutionTests/Protocol/ProtocolHolesTests.twoInstancesWithOneIdEndAfterTwoFencings",
                "EndToEndTests/HolesTests.twoInstancesWithOneId",
            ]
        ),
        (
            "rebalance in the middle",
            [
                "ExecutionTests/Protocol/ProtocolHolesTests.rebalanceInTheMiddleOfAnEpochFinishesIt",
                "ExecutionTests/Protocol/MembershipTests.afterTheInputIsLostNothingIsCommitted",
                "KafkaConnectorTests/GroupTenureTests.theTimeToLetGoFollowsThePollInterval",
            ]
        ),
        ("metadata size", ["KafkaConnectorTests/CommitHolesTests.metadataSize"]),
        (
            "offset retention",
            [
                "ExecutionTests/Protocol/ProtocolHolesTests.offsetsThatExpireAfterAFirstCommitInDoubtAreNotABeginning",
                "JobServiceTests/ConfigurationHolesTests.offsetRetention",
            ]
        ),
        (
            "topic deleted / recreated",
            [
                "KafkaConnectorTests/SourceHolesTests.topicDeleted",
                "KafkaConnectorTests/SourceHolesTests.topicRecreatedWithAsManyRecords",
                "KafkaConnectorTests/SourceHolesTests.topicRecreatedShorter",
            ]
        ),
        ("truncation (unclean election)", ["KafkaConnectorTests/SourceHolesTests.truncationAtRunTime"]),
        (
            "retention ran past us",
            [
                "KafkaConnectorTests/SourceHolesTests.retentionRanPastUs",
                "KafkaConnectorTests/SourceHolesTests.retentionRanPastUsAtRunTime",
            ]
        ),
        (
            "partitions added",
            [
                "KafkaConnectorTests/SourceHolesTests.partitionsAdded",
                "KafkaConnectorTests/SourceHolesTests.partitionsAddedToAKeyedTable",
            ]
        ),
        (
            "transaction.timeout vs interval",
            [
                "KafkaConnectorTests/CommitHolesTests.transactionTimeoutAgainstInterval",
                "KafkaConnectorTests/CommitHolesTests.anEpochIsCommittedBeforeHalfOfItsTransactionsTime",
                "KafkaConnectorTests/CommitHolesTests.transactionTimeoutBeyondTheBrokers",
                "EndToEndTests/HolesTests.tooRareCheckpointsAreRefusedBeforeAnythingIsRead",
            ]
        ),
        (
            "LSO stall downstream",
            [
                "KafkaConnectorTests/CommitHolesTests.lastStableOffsetStall",
                "KafkaConnectorTests/CommitHolesTests.outputSpoolHoldsNoReaderUpBeforeTheCommit",
                "KafkaConnectorTests/CommitHolesTests.outputSpoolThatIsFullLetsRowsGo",
            ]
        ),
        (
            "torn manifest",
            [
                "ExecutionTests/Checkpoint/ManifestHolesTests.tornManifest",
                "ExecutionTests/Checkpoint/ManifestHolesTests.anUnreadableManifestThatTheDeciderDoesNotNameIsPassedOver",
            ]
        ),
        ("fsync fails", ["EndToEndTests/HolesTests.syncFailureIsFatal"]),
        (
            "ENOSPC",
            [
                "EndToEndTests/HolesTests.noSpaceForCheckpoints", "EndToEndTests/HolesTests.tooLittleFreeSpace",
                "CheckpointStorageTests/StoreHolesTests.noSpaceIsMetEarlier",
            ]
        ),
        ("non-transactional sinks (HTTP, files)", ["EndToEndTests/HolesTests.nonTransactionalSinksLoseNothing"]),
        (
            "clocks",
            [
                "ExecutionTests/Checkpoint/ManifestHolesTests.waitsDoNotFollowTheWallClock",
                "EndToEndTests/HolesTests.oneRecordFromTheFutureClosesNothing",
            ]
        ),
        (
            "nondeterminism (now(), random, lookup)",
            [
                "ExecutionTests/Protocol/ProtocolHolesTests.nondeterminismOfADecidedEpochIsNotComputedAnew",
                "EndToEndTests/HolesTests.nondeterminismOfADecidedEpochIsNotComputedAnew",
            ]
        ),
        ("duplicates from upstream producers", ["EndToEndTests/HolesTests.duplicatesFromUpstreamProducers"]),
        (
            "poison message",
            [
                "EndToEndTests/BadInputTests.poisonMessageEndsTheJobWithItsPlace",
                "EndToEndTests/BadInputTests.poisonMessagesAreWrittenOnceWithTheRestThroughKills",
                "EndToEndTests/QuarantineTests.poisonMessageThatNoErrorNamesIsSearchedFor",
            ]
        ),
        (
            "checkpoint id reuse",
            [
                "ExecutionTests/Protocol/ProtocolHolesTests.checkpointIdReuseDoesNotMixUpTheRowsOfTwoManifests",
                "ExecutionTests/Protocol/ProtocolHolesTests.checkpointIdReuseAfterAFailoverIsNotTakenForTheSameHistory",
                "ExecutionTests/Protocol/ProtocolHolesTests.checkpointIdReuseDoesNotHappenWhenAJobIsForked",
            ]
        ),
        (
            "state schema/operator change",
            [
                "StateBackendsTests/StateDescriptorTests.stateSchemaChangeIsNamed",
                "ExecutionTests/Runtime/JobExecutionTests.stateSchemaChangeIsRefused",
                "ExecutionTests/Runtime/JobExecutionTests.stateOfAnotherJobIsRefusedAndEverythingClosed",
            ]
        ),
    ]

    @Test func everyLineOfTheTableHasItsTests() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        for line in Self.lines {
            #expect(!line.tests.isEmpty, "\(line.hole)")
            for test in line.tests {
                let parts = test.split(separator: ".")
                let text = try String(contentsOf: folder.appending(path: "\(parts[0]).swift"), encoding: .utf8)
                #expect(text.contains("func \(parts[1])("), "\(line.hole): there is no test \(test)")
            }
        }
    }
}
