import Testing

@testable import Execution

struct BarrierAlignerTests {
    private let barrier = CheckpointBarrier(epoch: 7)

    @Test func channelsThatDeliveredAreLeftAloneUntilAllHave() {
        var aligner = BarrierAligner(channelCount: 3)
        #expect(aligner.receive(barrier, from: 1) == .wait)
        #expect(aligner.isBlocked(1))
        #expect(!aligner.isBlocked(0))
        #expect(aligner.receive(barrier, from: 0) == .wait)
        #expect(aligner.receive(barrier, from: 2) == .aligned)
        for channel in 0..<3 { #expect(!aligner.isBlocked(channel)) }
        #expect(aligner.epoch == nil)
    }

    @Test func oneChannelAlignsAtOnce() {
        var aligner = BarrierAligner(channelCount: 1)
        #expect(aligner.receive(barrier, from: 0) == .aligned)
        #expect(aligner.receive(CheckpointBarrier(epoch: 8), from: 0) == .aligned)
    }
}
