import PipelineTesting
import Testing

/// Records that are put aside, and jobs that fail.
struct DeadLetterTests {
    @Test func rejectedRecordsAndRowsAreKnownByWhatTheCaseSays() throws {
        let report = try TestFolder.run(
            sql: TestSQL.deadLetters,
            """
            cases:
              - name: all of them
                input:
                  orders:
                    - '{"id": '
                    - {a: 1, b: 1}
                    - {id: 3, a: 1, b: 0}
                    - {id: 4, a: 6, b: 2}
                expect:
                  shares: [{id: 4, share: 3}]
                dead-letters:
                  - {offset: 2, value: '{"id":3,"a":1,"b":0}'}
                  - value.truncated
                  - {table: orders, reason: value.null-in-not-null-field, message: NOT NULL, topic: orders, partition: 0}
            """)
        #expect(report.isPassed, "\(report.text)")
    }

    @Test func whatNobodyExpectsToBePutAsideFailsTheCase() throws {
        let report = try TestFolder.run(
            sql: TestSQL.deadLetters,
            """
            cases:
              - name: one too many
                input: {orders: ['{']}
                expect: {shares: []}
              - name: another reason
                input: {orders: ['{']}
                dead-letters: [value.empty]
              - name: looked at as a table
                input: {orders: ['{']}
                expect:
                  rejected:
                    rows: [{operator: orders, reason: value.truncated, topic: orders, partition: 0, offset: 0, raw_value: ew==}]
                    ignore: [message, failed_at]
            """)
        #expect(report.cases.map(\.passed) == [false, false, true], "\(report.text)")
        #expect(report.text.contains("+ {operator: orders, reason: value.truncated"), "\(report.text)")
        #expect(report.text.contains("- {reason: value.empty}  (line 8)"), "\(report.text)")
    }

    @Test func aJobMayBeExpectedToFail() throws {
        let report = try TestFolder.run(
            sql: TestSQL.filter,
            """
            cases:
              - name: fails
                input:
                  orders: [{id: 1, item: {name: Lamp, price: 100}}, '[]']
                fails: the document is not a JSON object
              - name: fails otherwise
                input: {orders: ['[]']}
                fails: something else
              - name: fails unexpectedly
                steps: [{orders: ['[]']}]
                expect: {large: []}
              - name: does not fail
                input: {orders: []}
                fails: not a JSON object
            """)
        #expect(report.cases.map(\.passed) == [true, false, false, false], "\(report.text)")
        #expect(report.text.contains("the job failed, but its error does not say 'something else'"), "\(report.text)")
        #expect(report.text.contains("t:10: the job failed: a record cannot be decoded"), "\(report.text)")
        #expect(report.text.contains("the job did not fail"), "\(report.text)")
    }
}
