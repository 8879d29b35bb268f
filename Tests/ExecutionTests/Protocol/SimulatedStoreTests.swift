import Execution
import Testing

@testable import TestKit

/// The model of the checkpoint store promises no more than a store does.
struct SimulatedStoreTests {
    private func store(
        _ store: inout SimulatedStore, _ name: String, by writer: Int = 0, landsAt: Int32, syncsAt: Int32
    ) -> Int {
        store.write(name, .acknowledgement(digest: name), by: writer, landsAt: landsAt, syncsAt: syncsAt)
    }

    @Test func whatIsDurableOutlivesTheMachine() {
        var store = SimulatedStore()
        let number = self.store(&store, "a", landsAt: 1, syncsAt: 3)
        let landed = store.settle(2)
        #expect(landed.map(\.name) == ["a"])
        #expect(store.status(number) == .pending, "it is visible, and nobody was told yet that it is stored")
        _ = store.settle(3)
        #expect(store.status(number) == .durable)
        for seed in UInt64(0)..<20 {
            var (crashed, random) = (store, SimulationRandom(seed))
            _ = crashed.crash(4, isNetworked: false, &random)
            #expect(crashed.file("a")?.isDamaged == false)
        }
    }

    @Test func whatIsNotDurableIsLostOrTornOrWhole() {
        var store = SimulatedStore()
        let number = self.store(&store, "a", landsAt: 1, syncsAt: 9)
        _ = store.settle(2)
        var fates: Set<String> = []
        for seed in UInt64(0)..<50 {
            var (crashed, random) = (store, SimulationRandom(seed))
            let damage = crashed.crash(4, isNetworked: false, &random)
            #expect(crashed.status(number) == .lost, "no answer comes any more")
            switch crashed.file("a")?.isDamaged {
            case nil: fates.insert("lost")
            case true?: fates.insert("torn")
            case false?: fates.insert("whole")
            }
            #expect(damage.lost == ["a"] || damage.torn == ["a"] || crashed.file("a")?.isDamaged == false)
        }
        #expect(fates == ["lost", "torn", "whole"])
    }

    @Test func filesArriveWhenTheyDoAndNotInTheOrderOfTheirWrites() {
        var store = SimulatedStore()
        _ = self.store(&store, "first", landsAt: 50, syncsAt: 51)
        _ = self.store(&store, "second", by: 1, landsAt: 20, syncsAt: 21)
        #expect(store.file("first") == nil && store.file("second") == nil)
        let landed = store.settle(60)
        #expect(landed.map(\.name) == ["second", "first"])
        let overtakes = [store.overtakes(2), store.overtakes(1)]
        #expect(overtakes == [false, true])
    }

    @Test func aFileArrivesAfterItsWriterHasGoneWhereItIsOnItsWay() {
        var store = SimulatedStore()
        _ = self.store(&store, "sent", by: 1, landsAt: 50, syncsAt: 51)
        _ = self.store(&store, "temporary", by: 2, landsAt: 50, syncsAt: 51)
        store.forgetWrites(of: 2)
        let landed = store.settle(60)
        #expect(landed.map(\.name) == ["sent"])
    }

    @Test func anOldListLacksWhatIsNewAndNamesWhatHasGone() {
        func manifest(_ digest: String) -> SimulatedStore.Content {
            .manifest(
                SimulatedStore.Manifest(
                    summary: .init(
                        lineage: "L", epoch: 1, name: digest, digest: digest, isAcknowledged: false, offsets: [:]),
                    files: [], state: JobState(), redo: []))
        }
        var store = SimulatedStore()
        _ = store.write("old", manifest("old"), by: 0, landsAt: 1, syncsAt: 2)
        _ = store.write("new", manifest("new"), by: 0, landsAt: 20, syncsAt: 21)
        _ = store.settle(30)
        store.delete(["old"], 40)
        #expect(store.summaries().map(\.name) == ["new"])
        let listed = store.summaries(listedAt: 10)
        #expect(listed.map(\.name) == ["old"])
        #expect(listed.first?.isReadable == false)
    }
}
