import Testing

@testable import PostgresConnector

struct UnitSizeTests {
    @Test func whatIsMergedGrowsWhileTheSessionIsBusy() {
        let merged = UnitSize(rowCount: nil, hasKey: true, memoryLimit: nil)
        #expect(merged.readyRowCount == 20_000 && merged.maximumRowCount == 200_000)
        #expect(merged.maximumByteCount == 32 << 20)
        let appended = UnitSize(rowCount: nil, hasKey: false, memoryLimit: nil)
        #expect(appended.readyRowCount == appended.maximumRowCount && appended.maximumByteCount == 8 << 20)
    }

    @Test func whatIsSaidIsKept() {
        let size = UnitSize(rowCount: 500, hasKey: true, memoryLimit: nil)
        #expect(size.readyRowCount == 500 && size.maximumRowCount == 500)
    }

    @Test(arguments: [(256, 8), (16, 1), (4096, 32)])
    func aUnitIsAPartOfTheMemory(limit: Int, mebibytes: Int) {
        #expect(
            UnitSize(rowCount: nil, hasKey: true, memoryLimit: limit << 20).maximumByteCount == mebibytes << 20)
    }
}
