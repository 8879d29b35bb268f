import Dataflow
import KafkaConnector

/// Texts that we write somewhere and read back: what is read is written again as the same text, else it is not ours.
enum MetadataFuzz {
    static func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        if let metadata = CommitMetadata(text) {
            try FuzzFinding.check(metadata.text == text, "'\(text)' was read as '\(metadata.text)'")
            try FuzzFinding.check(
                text.utf8.count <= 128, "\(text.utf8.count) bytes beside an offset were taken as ours")
            let record = EpochRecord(
                lineage: metadata.lineage, epoch: metadata.epoch, manifestDigest: metadata.digestPrefix,
                splits: [])
            try FuzzFinding.check(CommitMetadata(record) == metadata, "\(metadata) and its record differ")
        }
        if let duration = DurationText.parse(text) {
            try FuzzFinding.check(duration >= .zero, "'\(text)' is \(duration)")
            try FuzzFinding.check(
                DurationText.parse(duration.sql).map { $0.microseconds == duration.microseconds } ?? false,
                "'\(text)' is \(duration), written as \(duration.sql)")
        }
    }

    static func seeds() -> [[UInt8]] {
        [
            "v1;4c4ce6e8-9f1e-4c0e-8d4d-2a0f3b5c6d7e;42;0123456789abcdef", "v1;a;0;", "v1;;1;0",
            "v2;a;1;b", "500 ms",
            "5s", "1 min", "2 hours", "100 d", "1", "", "v1;a;9223372036854775807;f", "10 µs",
        ].map { Array($0.utf8) }
    }

    static let dictionary = [
        "v1;", ";", "-1", "+1", "007", "9223372036854775807", "ms", "seconds", "min", "d", " ", "µs",
        "\u{0}", "é",
    ]
}
