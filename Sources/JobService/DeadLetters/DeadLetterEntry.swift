package import Dataflow
internal import Foundation

/// A dead letter as it is kept.
package struct DeadLetterEntry: Sendable, Equatable {
    package var job = ""
    package var operatorName = ""
    package var reason = ""
    package var message = ""
    package var topic: String?
    package var partition: Int32?
    package var offset: Int64?
    /// Of the record, milliseconds.
    package var timestamp: Int64?
    package var rawKey: [UInt8]?
    package var rawValue: [UInt8]?
    /// JSON: an array of `{"key": text, "value": base64}`.
    package var headers: String?
    /// Milliseconds.
    package var failedAt: Int64?
    /// When the record was put back; as text.
    package var replayedAt: String?
    /// What it does not hold of its record.
    package var gap = DeadLetterGap()

    /// Whether the record's bytes are to be taken from its topic. A letter without a message cannot say what it lacks.
    package var lacksRecord: Bool { !gap.isEmpty || message.isEmpty }

    /// Moves what message or reason say of a gap to where it belongs.
    mutating func readGap() {
        for text in [\DeadLetterEntry.message, \.reason] where gap.isEmpty {
            (self[keyPath: text], gap) = DeadLetterGap.split(self[keyPath: text])
        }
    }

    /// `topic-partition@offset`; nil where the record is not known.
    package var place: String? {
        guard let topic, let partition, let offset else { return nil }
        return "\(topic)-\(partition)@\(offset)"
    }
}

/// Which dead letters are meant.
package struct DeadLetterFilter: Sendable {
    /// A reason, or the beginning of several: `expression`.
    package var reason: String?
    package var operatorName: String?
    package var topic: String?
    package var job: String?
    /// Milliseconds since 1970.
    package var since: Int64?
    /// `topic-partition@offset`.
    package var places: Set<String> = []

    package init() {}

    package func matches(_ entry: DeadLetterEntry) -> Bool {
        if let reason, entry.reason != reason, !entry.reason.hasPrefix(reason + ".") { return false }
        if let operatorName, entry.operatorName != operatorName { return false }
        if let topic, entry.topic != topic { return false }
        if let job, entry.job != job { return false }
        if let since, (entry.failedAt ?? 0) < since { return false }
        if !places.isEmpty, !(entry.place.map { places.contains($0) } ?? false) { return false }
        return true
    }
}

extension DeadLetterFilter {
    /// A time such as `12h`, in milliseconds; nil for what is none.
    package static func milliseconds(_ text: String) -> Int64? { DurationText.parse(text)?.milliseconds }
}

// MARK: - JSON

extension DeadLetterEntry {
    /// One JSON object without line ends; what is UTF-8 stands as text, so that it can be mended in an editor, other bytes as base64.
    package var json: String {
        var object: [String: Any] = [
            "job": job, "operator": operatorName, "reason": reason, "message": message,
        ]
        object["topic"] = topic
        object["partition"] = partition
        object["offset"] = offset
        object["timestamp"] = timestamp.map { TimeText.full(milliseconds: $0) }
        object["failed_at"] = failedAt.map { TimeText.full(milliseconds: $0) }
        object["replayed_at"] = replayedAt
        if !gap.isEmpty { object["incomplete"] = gap.mark.trimmingCharacters(in: .whitespaces) }
        object["headers"] = headers.flatMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) }
        Self.put(rawKey, "key", into: &object)
        Self.put(rawValue, "value", into: &object)
        let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data ?? Data("{}".utf8), as: UTF8.self)
    }

    private static func put(_ bytes: [UInt8]?, _ name: String, into object: inout [String: Any]) {
        guard let bytes else {
            object[name] = NSNull()
            return
        }
        if let text = String(validating: bytes, as: UTF8.self) {
            object[name] = text
        } else {
            object[name + "_base64"] = Data(bytes).base64EncodedString()
        }
    }

    /// Reads a line that `json` wrote and somebody may have edited: topic, partition, offset, key, value and headers count.
    ///
    /// - Throws: `JobServiceError(.invalidInput)` that says what is wrong.
    package init(json line: String) throws(JobServiceError) {
        guard let object = (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any] else {
            throw JobServiceError(.invalidInput, "it is no JSON object")
        }
        guard let topic = object["topic"] as? String, let partition = object["partition"] as? Int,
            let offset = object["offset"] as? Int
        else { throw JobServiceError(.invalidInput, "it has no 'topic', 'partition' and 'offset'") }
        self.init()
        self.topic = topic
        self.partition = Int32(clamping: partition)
        self.offset = Int64(offset)
        if let text = object["timestamp"] as? String {
            guard let milliseconds = TimeText.milliseconds(of: text) else {
                throw JobServiceError(.invalidInput, "'timestamp' is no time such as 2026-01-31T12:00:00.000Z")
            }
            timestamp = milliseconds
        }
        rawKey = try Self.bytes("key", of: object)
        rawValue = try Self.bytes("value", of: object)
        if let given = object["headers"], !(given is NSNull) {
            guard given is [[String: Any]], let data = try? JSONSerialization.data(withJSONObject: given) else {
                throw JobServiceError(.invalidInput, "'headers' is no array of objects")
            }
            headers = String(decoding: data, as: UTF8.self)
        }
    }

    private static func bytes(_ name: String, of object: [String: Any]) throws(JobServiceError) -> [UInt8]? {
        if let text = object[name + "_base64"] {
            guard let text = text as? String, let data = Data(base64Encoded: text) else {
                throw JobServiceError(.invalidInput, "'\(name)_base64' is no base64")
            }
            return Array(data)
        }
        switch object[name] {
        case let text as String: return Array(text.utf8)
        case is NSNull: return nil
        case nil where name == "key": return nil
        default:
            throw JobServiceError(
                .invalidInput, "'\(name)' must be a text (a JSON value goes into it as text), or null for none")
        }
    }

    /// The headers one by one.
    var headerList: [(name: String, value: [UInt8]?)] {
        let list = headers.flatMap { try? JSONSerialization.jsonObject(with: Data($0.utf8)) } as? [[String: Any]]
        return (list ?? []).compactMap { header in
            guard let name = header["key"] as? String else { return nil }
            return (name, (header["value"] as? String).flatMap { Data(base64Encoded: $0) }.map(Array.init))
        }
    }

    /// Reads a file of lines that `json` wrote; empty ones are passed over.
    ///
    /// - Throws: `JobServiceError(.invalidInput)` with the line.
    package static func read(_ path: String) throws(JobServiceError) -> [DeadLetterEntry] {
        guard let data = FileManager.default.contents(atPath: path), let text = String(data: data, encoding: .utf8)
        else {
            throw JobServiceError(.invalidInput, "cannot read \(path) as UTF-8 text")
        }
        var entries: [DeadLetterEntry] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard line.contains(where: { !$0.isWhitespace }) else { continue }
            do {
                entries.append(try DeadLetterEntry(json: String(line)))
            } catch {
                throw JobServiceError(.invalidInput, "\(path):\(number + 1): \(error.message)")
            }
        }
        return entries
    }
}
