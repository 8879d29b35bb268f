import DevBroker
import NIOCore
import TestKit
import Testing

@Suite struct FrameAccumulatorTests {
    /// However the stream is cut, the same frames come out.
    @Test(arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func framesAreIndependentOfHowTheyArrive(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let frames = (0..<200).map { index in
            ByteBuffer(repeating: UInt8(truncatingIfNeeded: index), count: Int.random(in: 0..<300, using: &random))
        }
        var stream = ByteBuffer()
        for frame in frames {
            stream.writeInteger(Int32(frame.readableBytes))
            stream.writeImmutableBuffer(frame)
        }
        var accumulator = FrameAccumulator(maxFrameByteCount: 1000)
        var found: [ByteBuffer] = []
        while stream.readableBytes > 0 {
            let count = min(stream.readableBytes, Int.random(in: 1...(seed < 5 ? 9 : 900), using: &random))
            accumulator.append(stream.readSlice(length: count) ?? ByteBuffer())
            while let frame = try accumulator.next() { found.append(frame) }
        }
        #expect(found == frames, "seed \(seed)")
        #expect(accumulator.byteCount == 0)
    }

    @Test(arguments: [-1, 1001, Int32.max])
    func impossibleLengthsAreRefused(length: Int32) {
        var accumulator = FrameAccumulator(maxFrameByteCount: 1000)
        var bytes = ByteBuffer()
        bytes.writeInteger(length)
        accumulator.append(bytes)
        #expect(throws: DevBrokerError.self) { try accumulator.next() }
    }
}
