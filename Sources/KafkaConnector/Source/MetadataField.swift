internal import Columnar
internal import Dataflow

/// A metadata column of a scan.
struct MetadataField: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case topic, partition, offset, timestamp, headers
        case timestampType = "timestamp-type"
    }

    let kind: Kind
    let column: Int

    init(_ key: String, column: Int, name: String) throws(KafkaConnectorError) {
        guard let kind = Kind(rawValue: key) else {
            throw KafkaConnectorError(.configuration, "column '\(name)': there is no metadata '\(key)'")
        }
        self.kind = kind
        self.column = column
    }

    /// By librdkafka's `rd_kafka_timestamp_type_t`.
    static let timestampTypes: [[UInt8]] = ["NoTimestampType", "CreateTime", "LogAppendTime"].map { Array($0.utf8) }

    /// What a table may declare.
    static let columns: [String: ConnectorCapabilities.MetadataColumn] = [
        Kind.topic.rawValue: .init(type: .string, isNullable: false, isWritable: false),
        Kind.partition.rawValue: .init(type: .int, isNullable: false, isWritable: false),
        Kind.offset.rawValue: .init(type: .bigint, isNullable: false, isWritable: false),
        Kind.timestamp.rawValue: .init(type: .timestampLTZ(precision: 3), isNullable: true, isWritable: true),
        Kind.timestampType.rawValue: .init(type: .string, isNullable: false, isWritable: false),
        Kind.headers.rawValue: .init(type: .string, isNullable: false, isWritable: false),
    ]
}

/// A record's headers as text.
enum HeaderText {
    /// A JSON array of `{"key": text, "value": base64 or null}`, in the record's order.
    static func json(_ batch: MessageBatch, _ index: Int) -> String {
        var text = "["
        batch.forEachHeader(index) { name, value in
            if text.utf8.count > 1 { text += "," }
            text += "{\"key\":\"" + escaped(String(decoding: name, as: UTF8.self)) + "\",\"value\":"
            text += value.map { "\"" + base64($0) + "\"" } ?? "null"
            text += "}"
        }
        return text + "]"
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static func base64(_ bytes: UnsafeRawBufferPointer) -> String {
        var result: [UInt8] = []
        result.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = (0..<3).map { start + $0 < bytes.count ? UInt32(bytes[start + $0]) : 0 }
            let bits = group[0] << 16 | group[1] << 8 | group[2]
            for position in 0..<4 {
                let isPadding = start + position > bytes.count
                result.append(isPadding ? UInt8(ascii: "=") : alphabet[Int(bits >> UInt32(18 - 6 * position) & 63)])
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
