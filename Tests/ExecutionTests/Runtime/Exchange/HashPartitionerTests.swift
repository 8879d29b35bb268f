import Columnar
import TestKit
import Testing

@testable import Execution

struct HashPartitionerTests {
    @Test(arguments: [1, 2, 3, 7, 128])
    func rowsGoWhereTheirKeyGroupLives(targetCount: Int) {
        var random = SeededRandom(seed: 5)
        let partitioner = HashPartitioner(keys: [0], targetCount: targetCount, keyGroupCount: 128)
        for size in [0, 1, 100, 4096] {
            let rows = (0..<size).map {
                ScriptedRow(key: Int64.random(in: 0..<99, using: &random), value: Int64($0), time: 0)
            }
            let whole = ScriptedRow.batch(rows)
            let selected = whole.selecting(SelectionVector((0..<Int32(size)).filter { $0 % 3 != 1 }))
            for batch in [whole, selected] {
                var seen: [ScriptedRow] = []
                partitioner.split(batch) { target, part in
                    var hashes = [UInt64](repeating: 0, count: max(part.rowCount, 1))
                    KeyHash.hash(part, keys: [0], into: &hashes)
                    part.forEachRow { row in
                        let group = KeyGroup.index(ofHash: hashes[row], count: 128)
                        #expect(KeyGroup.subtask(ofKeyGroup: group, parallelism: targetCount, count: 128) == target)
                        #expect(KeyGroup.range(subtask: target, parallelism: targetCount, count: 128).contains(group))
                    }
                    #expect(part.columns.first === batch.columns.first)
                    seen.append(contentsOf: ScriptedRow.rows(part))
                }
                #expect(seen.sorted { $0.value < $1.value } == ScriptedRow.rows(batch))
            }
        }
    }
}
