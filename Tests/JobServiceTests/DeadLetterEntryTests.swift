import Testing

@testable import JobService

/// Dead letters as lines of JSON that somebody edits and puts back.
struct DeadLetterEntryTests {
    private func entry(_ key: [UInt8]?, _ value: [UInt8]?) -> DeadLetterEntry {
        var entry = DeadLetterEntry()
        entry.job = "film"
        entry.operatorName = "plays"
        entry.reason = "value.truncated"
        entry.message = "it ends \"early\""
        entry.topic = "plays"
        entry.partition = 3
        entry.offset = 9_007_199_254_740_995
        entry.timestamp = 1_700_000_000_123
        entry.rawKey = key
        entry.rawValue = value
        entry.headers = #"[{"key":"trace","value":"YWJj"},{"key":"none","value":null}]"#
        entry.failedAt = 1_700_000_001_000
        return entry
    }

    private static let records: [([UInt8]?, [UInt8]?)] = [
        (Array("k".utf8), Array(#"{"id":1,"s":"ü"}"#.utf8)), (nil, Array("".utf8)), ([0xff, 0], nil),
        ([], [0x80, 0x81]),
    ]

    @Test(arguments: records)
    func aLineGivesTheRecordBack(key: [UInt8]?, value: [UInt8]?) throws {
        let entry = entry(key, value)
        let line = entry.json
        #expect(!line.contains("\n"))
        let read = try DeadLetterEntry(json: line)
        #expect(read.place == "plays-3@9007199254740995")
        #expect(read.rawKey == key)
        #expect(read.rawValue == value)
        #expect(read.timestamp == entry.timestamp)
        #expect(read.headerList.map(\.name) == ["trace", "none"])
        #expect(read.headerList.map(\.value) == [Array("abc".utf8), nil])
    }

    @Test func whatIsMissingOrOfAnotherKindIsSaid() {
        let lines = [
            ("nothing", "no JSON object"), (#"{"topic":"t"}"#, "'partition'"),
            (#"{"topic":"t","partition":0,"offset":1}"#, "'value'"),
            (#"{"topic":"t","partition":0,"offset":1,"value":{"id":1}}"#, "'value' must be a text"),
            (#"{"topic":"t","partition":0,"offset":1,"value_base64":"%"}"#, "no base64"),
            (#"{"topic":"t","partition":0,"offset":1,"value":"","timestamp":"yesterday"}"#, "'timestamp'"),
        ]
        for (line, message) in lines {
            let error = #expect(throws: JobServiceError.self) { _ = try DeadLetterEntry(json: line) }
            #expect(error?.message.contains(message) == true, "\(line): \(error?.message ?? "")")
        }
    }

    @Test func filtersMatchReasonsAndTheirFirstParts() {
        var filter = DeadLetterFilter()
        filter.reason = "value"
        #expect(filter.matches(entry(nil, nil)))
        filter.reason = "val"
        #expect(!filter.matches(entry(nil, nil)))
        filter.reason = nil
        filter.places = ["plays-3@9007199254740995"]
        #expect(filter.matches(entry(nil, nil)))
        filter.since = 1_700_000_001_001
        #expect(!filter.matches(entry(nil, nil)))
    }

    @Test func timesAreReadAsTheyAreWritten() {
        for milliseconds in [0, 1, -1, 951_782_400_000, 1_700_000_000_123, -62_135_596_800_000] as [Int64] {
            #expect(TimeText.milliseconds(of: TimeText.full(milliseconds: milliseconds)) == milliseconds)
        }
        #expect(TimeText.milliseconds(of: "2024-02-29T12:30:00Z") == 1_709_209_800_000)
        for text in ["", "2024-02-29", "2024-02-29T12:30Z", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00"] {
            #expect(TimeText.milliseconds(of: text) == nil)
        }
    }
}
