import CCompression
import CKafka
import Foundation
import TestKit
import Testing

@testable import KafkaConnector

/// Records as they lie in a log: checksums, partitions of keys, packed batches.
struct RecordFormatTests {
    /// RFC 3720, B.4.
    @Test func checksumsAreCastagnolis() {
        let vectors: [([UInt8], UInt32)] = [
            ([], 0), ([UInt8](repeating: 0, count: 32), 0x8a91_36aa),
            ([UInt8](repeating: 0xff, count: 32), 0x62a8_ab43),
            (Array(0..<32), 0x46dd_794e), (Array("123456789".utf8), 0xe306_9283),
        ]
        for (bytes, checksum) in vectors { #expect(ckafka_crc32c(bytes, bytes.count) == checksum) }
    }

    @Test func keysHaveThePartitionsOfKafkasOwnProducer() async throws {
        try await TestCluster.run { cluster in
            let topic = try cluster.createTopic("keys")
            let client = try cluster.admin()
            let handle = try #require(ckafka_topic_new(client.pointer, topic, 1))
            defer { ckafka_topic_destroy(handle) }
            var random = SeededRandom(seed: 11)
            for length in 0..<70 {
                let key = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                let expected = ckafka_librdkafka_partition(handle, key, key.count, 12)
                #expect(Int32(ckafka_murmur2(key, key.count) & 0x7fff_ffff) % 12 == expected, "\(key)")
            }
        }
    }

    /// 64 KiB of zeros.
    private static let packed: [(ccompression_kind, String)] = [
        (CCOMPRESSION_GZIP, "H4sIAAAAAAAC/+3BAQEAAACAkP6v7ggK" + String(repeating: "A", count: 84) + "auuOl9cAAAEA"),
        (CCOMPRESSION_ZSTD, "KLUv/WQA/1UAABAAAAEA+38dYAGkFVfx"),
        (CCOMPRESSION_LZ4, "BCJNGGRApwsBAAAfAAEA" + String(repeating: "/", count: 341) + "+dQAAAAAAAAAAAAHOhkDw=="),
    ]

    @Test(arguments: packed.indices)
    func unpackingIsBounded(index: Int) throws {
        let (kind, text) = Self.packed[index]
        let bytes = Array(try #require(Data(base64Encoded: text)))
        #expect(Self.unpack(kind, bytes, limit: 65536) == [UInt8](repeating: 0, count: 65536))
        #expect(Self.unpack(kind, bytes, limit: 65535) == nil)
        #expect(Self.unpack(kind, bytes, limit: 0) == nil)
        #expect(Self.unpack(kind, bytes.dropLast(9), limit: 65536) == nil)
        var random = SeededRandom(seed: 3)
        for _ in 0..<2000 {
            // Whatever comes of it, it ends, and within the limit.
            let damaged = Self.mutated(bytes, &random)
            #expect((Self.unpack(kind, damaged, limit: 100_000)?.count ?? 0) <= 100_000)
        }
    }

    /// A byte as it is, then repetitions of it: the 64 bytes that three say are the most that Snappy has.
    @Test func snappyIsBounded() {
        let count = 1 + 64 * 1000
        var bytes: [UInt8] = [0x81, 0xf4, 0x03, 0x00, 0x78]
        for _ in 0..<1000 { bytes += [0xfe, 0x01, 0x00] }
        #expect(Self.unpack(CCOMPRESSION_SNAPPY, bytes, limit: count) == [UInt8](repeating: 0x78, count: count))
        #expect(Self.unpack(CCOMPRESSION_SNAPPY, bytes, limit: count - 1) == nil)
        #expect(Self.unpack(CCOMPRESSION_SNAPPY, bytes.dropLast(3), limit: count) == nil)
        // Two blocks as Java clients write them.
        let block: [UInt8] = [0x03, 0x08, 0x61, 0x62, 0x63]
        let framed: [UInt8] =
            [0x82] + Array("SNAPPY".utf8) + [0, 0, 0, 0, 1, 0, 0, 0, 1] + [0, 0, 0, 5] + block + [0, 0, 0, 5] + block
        #expect(Self.unpack(CCOMPRESSION_SNAPPY, framed, limit: 100) == Array("abcabc".utf8))
        #expect(Self.unpack(CCOMPRESSION_SNAPPY, framed, limit: 5) == nil)
        var random = SeededRandom(seed: 5)
        for _ in 0..<5000 { _ = Self.unpack(CCOMPRESSION_SNAPPY, Self.mutated(bytes.prefix(60), &random), limit: 4096) }
    }

    private static func unpack(_ kind: ccompression_kind, _ bytes: some Collection<UInt8>, limit: Int) -> [UInt8]? {
        let bytes = Array(bytes)
        var size = 0
        guard let unpacked = ccompression_unpack(kind, bytes, bytes.count, limit, &size) else { return nil }
        defer { ccompression_free(unpacked) }
        return Array(UnsafeBufferPointer(start: unpacked, count: size))
    }

    private static func mutated(_ bytes: some Collection<UInt8>, _ random: inout SeededRandom) -> [UInt8] {
        var bytes = Array(bytes)
        for _ in 0...Int.random(in: 0..<3, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        return bytes
    }
}
