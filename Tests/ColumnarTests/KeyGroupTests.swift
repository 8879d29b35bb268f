import Columnar
import Testing

struct KeyGroupTests {
    @Test(arguments: [1, 2, 3, 7, 128], [1, 128, 1024])
    func rangesPartitionTheKeyGroups(parallelism: Int, count: Int) {
        var next = 0
        for subtask in 0..<parallelism {
            let range = KeyGroup.range(subtask: subtask, parallelism: parallelism, count: count)
            #expect(range.lowerBound == next)
            for index in range {
                #expect(KeyGroup.subtask(ofKeyGroup: index, parallelism: parallelism, count: count) == subtask)
            }
            next = range.upperBound
        }
        #expect(next == count)
    }

    @Test func everyHashHasAKeyGroup() {
        for hash in [0, 1, UInt64.max, 1 << 63, 0x0123_4567_89ab_cdef] as [UInt64] {
            for count in [1, 2, 100, 128, 4096] {
                #expect((0..<count).contains(KeyGroup.index(ofHash: hash, count: count)))
            }
        }
        #expect(KeyGroup.index(ofHash: 0, count: 128) == 0)
        #expect(KeyGroup.index(ofHash: .max, count: 128) == 127)
    }
}
