import JobService
import Testing

struct MemoryLimitTests {
    @Test(
        arguments: [
            ("1073741824\n", 966_367_638), ("max\n", nil), ("9223372036854771712\n", nil), ("", nil), ("0", nil),
            ("-1", nil),
        ] as [(String, Int?)])
    func aContainersLimitLeavesATenth(file: String, limit: Int?) {
        #expect(MemoryLimit.byteCount(controlGroupLimit: file) == limit)
    }

    @Test(
        arguments: [
            ("5000 700 200 10 0 300 0\n", 500 * 4096), ("5000 700 700 10 0 300 0\n", 0), ("", 0), ("5000 700", 0),
        ])
    func pagesOfFilesDoNotCount(statm: String, used: Int) {
        #expect(UsedMemory.byteCount(statm: Array(statm.utf8), pageByteCount: 4096) == used)
    }

    @Test func thisProcessUsesMemory() {
        #expect(UsedMemory.byteCount > 1 << 20)
    }

    private func read(_ limit: String) throws -> Int? {
        try ServiceConfiguration(environment: ["MILLRACE_MEMORY_LIMIT": limit], workingDirectory: "/srv").memoryLimit
    }

    @Test func theVariableSetsIt() throws {
        #expect(try read("2gb") == 2 << 30)
        #expect(try read("0") == nil)
        #expect { _ = try read("16mb") } throws: { "\($0)".contains("at least 64.0 MiB") }
        #expect { _ = try read("much") } throws: { "\($0)".contains("'much'") }
    }
}
