import JobService
import Testing

struct MemoryGuardTests {
    private static let second: UInt64 = 1_000_000_000
    private static let limit = 1024 << 20
    /// 64 MiB below the limit.
    private static let high = 960 << 20
    private static let low = 900 << 20

    @Test func nothingIsDoneWhileThereIsRoom() {
        var guarding = MemoryGuard(limit: Self.limit)
        for time in 0..<20 as Range<UInt64> {
            #expect(guarding.step(used: Self.high - 1, epoch: 3, .running, now: time * Self.second) == .nothing)
        }
        #expect(!guarding.isHolding)
    }

    @Test func readingGoesOnOnceACheckpointHasMadeRoom() {
        var guarding = MemoryGuard(limit: Self.limit)
        #expect(guarding.step(used: Self.high, epoch: 3, .running, now: 0) == .hold)
        #expect(guarding.step(used: Self.high + 1, epoch: 3, .running, now: Self.second / 2) == .nothing)
        #expect(guarding.step(used: Self.high + 1, epoch: 3, .running, now: Self.second) == .relieve)
        #expect(guarding.step(used: Self.high + 1, epoch: 4, .running, now: Self.second + 1) == .nothing)
        #expect(guarding.step(used: Self.low, epoch: 4, .running, now: Self.second + 2) == .release)
        #expect(guarding.step(used: Self.low, epoch: 4, .running, now: Self.second + 3) == .nothing)
    }

    @Test func memoryThatFillsFastIsHeldBeforeItIsThere() {
        var guarding = MemoryGuard(limit: Self.limit)
        #expect(guarding.step(used: 500 << 20, epoch: 3, .running, now: 0) == .nothing)
        #expect(guarding.step(used: 700 << 20, epoch: 3, .running, now: 1) == .nothing)
        #expect(guarding.step(used: 850 << 20, epoch: 3, .running, now: 2) == .hold)
        // What is on its way may still come.
        #expect(guarding.step(used: 880 << 20, epoch: 3, .running, now: 3) == .nothing)
        #expect(guarding.step(used: 880 << 20, epoch: 3, .running, now: Self.second) == .release)
    }

    /// The checkpoint after the last commit may have been under way when reading stopped: only the one after it tells.
    @Test func whatTwoCheckpointsDoNotMakeLessIsNeeded() {
        var guarding = MemoryGuard(limit: Self.limit)
        #expect(guarding.step(used: Self.high, epoch: 3, .running, now: 0) == .hold)
        #expect(guarding.step(used: Self.high, epoch: 4, .running, now: 1) == .nothing)
        #expect(guarding.step(used: Self.high, epoch: 5, .running, now: 2) == .stop)
    }

    @Test func aLittleLessAfterTwoCheckpointsIsEnoughToGoOn() {
        var guarding = MemoryGuard(limit: Self.limit)
        #expect(guarding.step(used: Self.high, epoch: 3, .running, now: 0) == .hold)
        #expect(guarding.step(used: Self.high - 1, epoch: 5, .running, now: 1) == .release)
        #expect(guarding.step(used: Self.high, epoch: 5, .running, now: 2) == .hold)
    }

    @Test func aSystemThatIsAwayMayTakeItsTime() {
        var guarding = MemoryGuard(limit: Self.limit)
        #expect(guarding.step(used: Self.high, epoch: 3, .running, now: 0) == .hold)
        for time in 1..<600 as Range<UInt64> {
            #expect(guarding.step(used: Self.high, epoch: 3, .running, now: time * Self.second) == .relieve)
        }
        #expect(guarding.step(used: Self.high, epoch: 3, .waiting, now: 601 * Self.second) == .release)
    }

    @Test(arguments: [.starting, .waiting, .running] as [MemoryGuard.Phase])
    func theLimitIsNeverPassed(phase: MemoryGuard.Phase) {
        var guarding = MemoryGuard(limit: Self.limit)
        #expect(guarding.step(used: Self.limit, epoch: 0, phase, now: 0) == .stop)
    }

    @Test func stateThatIsPutBackIsNotWaitedFor() {
        var guarding = MemoryGuard(limit: Self.limit)
        #expect(guarding.step(used: Self.high, epoch: 0, .starting, now: 0) == .nothing)
        #expect(guarding.step(used: 1000 << 20, epoch: 0, .starting, now: 1) == .stop)
    }

    @Test(arguments: [64, 256, 1024, 65_536])
    func someRoomIsLeftForACheckpoint(mebibytes: Int) {
        let guarding = MemoryGuard(limit: mebibytes << 20)
        #expect(guarding.releaseAt < guarding.holdAt && guarding.holdAt < guarding.limit)
        #expect(guarding.limit - guarding.holdAt >= min(guarding.limit / 4, 64 << 20))
    }
}
