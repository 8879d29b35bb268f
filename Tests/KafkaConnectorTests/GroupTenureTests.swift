import Dataflow
import Synchronization
import Testing

@testable import KafkaConnector

/// What a member may commit while its group assigns, revokes and takes away.
@Suite(.timeLimit(.minutes(2)))
struct GroupTenureTests {
    private final class News: Sendable {
        let items = Mutex<[MembershipNews]>([])
        func add(_ news: MembershipNews) { items.withLock { $0.append(news) } }
        var all: [MembershipNews] { items.withLock { $0 } }
    }

    @Test func whatComesAndGoesWhileAMemberJoinsEndsNothing() {
        let tenure = GroupTenure()
        tenure.revoke { false }
        #expect(tenure.holds)
        tenure.begin()
        #expect(tenure.holds)
    }

    @Test func aRevokedTenureEndsWhenTheJobHasLetGo() {
        let (tenure, news) = (GroupTenure(), News())
        tenure.begin()
        tenure.observe(news.add)
        var rounds = 0
        tenure.revoke {
            #expect(tenure.holds, "the epoch may still be committed")
            rounds += 1
            if rounds == 3 { tenure.release() }
            return true
        }
        #expect(!tenure.holds)
        #expect(news.all == [.revoked])
    }

    @Test func aRevokedTenureEndsWhenTheTimeIsOver() {
        let (tenure, news) = (GroupTenure(), News())
        tenure.begin()
        tenure.observe(news.add)
        tenure.revoke { false }
        #expect(!tenure.holds)
        #expect(news.all == [.revoked, .budgetSpent])
    }

    /// The group waits for a third of the time after which it would go on without the member.
    @Test(
        arguments: [(nil, 100_000), ("300000", 100_000), ("60000", 20_000), ("86400000", 28_800_000)]
            as [(String?, Int)])
    func theTimeToLetGoFollowsThePollInterval(interval: String?, milliseconds: Int) {
        var values = ["bootstrap.servers": "localhost:9092"]
        values["max.poll.interval.ms"] = interval
        let properties = KafkaProperties(values) { name, message in Issue.record("\(name): \(message)") }
        let budget = KafkaGroupMember.revocationBudget(properties.member(group: "job", instanceID: "job-0"))
        #expect(budget == .milliseconds(milliseconds))
    }

    @Test func aLostTenureIsToldOnceAndStaysLost() {
        let (tenure, news) = (GroupTenure(), News())
        tenure.begin()
        tenure.end(.lost)
        tenure.observe(news.add)
        tenure.end(.lost)
        tenure.begin()
        #expect(!tenure.holds)
        #expect(news.all == [.lost])
    }

    /// A second consumer joins the group: the member is asked for its input, gives it up, and commits nothing of it any more.
    @Test func aRebalanceAsksForTheInputAndWaits() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("rebalanced")
            let id = cluster.name("job")
            let news = News()
            let member = try KafkaGroupMember(
                properties: cluster.properties.member(group: id, instanceID: id), topics: [topic],
                timeoutMilliseconds: 30_000, events: .ignored)
            defer { member.stop() }
            member.tenure.observe { item in
                news.add(item)
                member.tenure.release()
            }
            #expect(member.tenure.holds)
            let other = try KafkaGroupMember(
                properties: cluster.properties.member(group: id, instanceID: "\(id)-other"), topics: [topic],
                timeoutMilliseconds: 30_000, events: .ignored)
            defer { other.stop() }
            #expect(!member.tenure.holds)
            #expect(news.all == [.revoked])
        }
    }

    /// A newer instance of the job takes the place: the older one learns it from its next heartbeat, whether or not it has anything
    /// to commit, and a member that is still joining need not wait for its time to run out.
    @Test func aReplacedMemberIsToldSo() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("replaced")
            let id = cluster.name("job")
            let (stream, news) = AsyncStream.makeStream(of: MembershipNews.self)
            let properties = cluster.properties.member(group: id, instanceID: id)
            let old = try KafkaGroupMember(
                properties: properties, topics: [topic], timeoutMilliseconds: 30_000, events: .ignored)
            defer { old.stop() }
            old.tenure.observe { news.yield($0) }
            let new = try KafkaGroupMember(
                properties: properties, topics: [topic], timeoutMilliseconds: 30_000, events: .ignored)
            defer { new.stop() }
            #expect(await stream.first { _ in true } == .replaced)
            #expect(!old.tenure.holds)
            let error = #expect(throws: KafkaConnectorError.self) { try old.check() }
            #expect(error?.code == .fenced)
            #expect(new.tenure.holds)
        }
    }

    /// What a fence leaves when it fails after the join: nobody stops the member, and its threads and connections end all the same.
    @Test func aMemberThatIsDroppedEndsItsClient() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("dropped")
            let id = cluster.name("job")
            weak var client: ClientHandle?
            do {
                let member = try KafkaGroupMember(
                    properties: cluster.properties.member(group: id, instanceID: id), topics: [topic],
                    timeoutMilliseconds: 30_000, events: .ignored)
                client = member.client
                #expect(client != nil)
            }
            #expect(client == nil)
        }
    }
}
