import DevBroker
import NIOCore
import TestKit
import Testing

@Suite struct CRC32CTests {
    /// The check value that catalogues of checksums give for the polynomial.
    @Test func theCheckValueIsRight() {
        #expect(CRC32C.checksum(of: ByteBuffer(string: "123456789")) == 0xe306_9283)
        #expect(CRC32C.checksum(of: ByteBuffer()) == 0)
    }

    @Test func everyLengthAndStartAgreesWithTheDefinition() {
        var random = SeededRandom(seed: 7)
        let bytes = ByteBuffer(bytes: (0..<100).map { _ in UInt8.random(in: 0...255, using: &random) })
        for start in 0..<40 {
            for end in start...100 {
                var slice = bytes
                slice.moveReaderIndex(to: start)
                slice.moveWriterIndex(to: end)
                #expect(CRC32C.checksum(of: slice) == bitwise(slice))
            }
        }
    }

    private func bitwise(_ buffer: ByteBuffer) -> UInt32 {
        var crc: UInt32 = ~0
        for byte in buffer.readableBytesView {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? (crc >> 1) ^ 0x82f6_3b78 : crc >> 1 }
        }
        return ~crc
    }
}
