import PipelineTesting
import Testing

/// What is wrong with a test file is said with its line, all at once.
struct FileProblemTests {
    private func problems(_ yaml: String, sql: String = TestSQL.filter) throws -> [String] {
        let report = try TestFolder.run(sql: sql, yaml)
        #expect(report.cases.isEmpty)
        return (report.files[0].error ?? "").split(separator: "\n").map(String.init)
    }

    @Test func unknownKeysTablesAndColumnsAreNamed() throws {
        let found = try problems(
            """
            casse: []
            cases:
              - name: a
                inputs: {}
                expect: {large: []}
            """)
        #expect(
            found.contains {
                $0.hasPrefix(
                    "t:2: there is no key 'casse' here; known are cases, environment, input, now, partitions, pipeline; did you mean 'cases'?"
                )
            }, "\(found)")
        #expect(
            found.contains {
                $0.hasPrefix("t:5: there is no key 'inputs' here;") && $0.hasSuffix("did you mean 'input'?")
            }, "\(found)")
    }

    @Test func namesAreHeldAgainstThePipeline() throws {
        let found = try problems(
            """
            cases:
              - name: a
                partitions: {order: 2}
                input:
                  order: [{id: 1}]
                  orders:
                    - {idd: 1}
                    - {id: 1, item: {nam: x}}
                    - {id: 1, item: 5}
                    - {id: 1, $partitoin: 1}
                    - {id: 1, $delete: true}
                    - [1]
                expect:
                  larg: []
                  large:
                    - {idd: 1}
                    - {id: x}
                    - 5
            """)
        for start in [
            "t:3: partitions are given of 'order', which the pipeline does not read; it reads orders; did you mean 'orders'?",
            "t:6: rows are given to 'order', which the pipeline does not read",
            "t:8: the table 'orders' has no column 'idd'; it has id, item, note; did you mean 'id'?",
            "t:9: the table 'orders' has no column 'item.nam'; it has name, price; did you mean 'name'?",
            "t:10: 'item' of the table 'orders' is an object: give a map",
            "t:11: a record has no '$partitoin'; known are $delete, $headers, $key, $partition, $timestamp, $value; did you mean",
            "t:12: '$delete' is for upsert-kafka tables; 'orders' is append-only",
            "t:13: a row is a map of columns, or a record as text, not a list",
            "t:15: the pipeline does not write 'larg'; it writes large; did you mean 'large'?",
            "t:17: the table 'large' has no column 'idd'",
            "t:18: not a number",
            "t:19: byte 0: the document is not a JSON object",
        ] {
            #expect(found.contains { $0.hasPrefix(start) }, "\(start) not in \(found)")
        }
    }

    @Test func aCaseNeedsANameAndAnExpectation() throws {
        let found = try problems(
            """
            cases:
              - input: {orders: []}
              - name: a
                input: {orders: []}
              - name: a
                expect: {large: []}
                steps: [{advance: soon}, 5]
                now: yesterday
            """)
        for text in [
            "t:3: the case has no 'name'", "expects nothing", "two cases are called 'a'", "'advance' takes",
            "a step is",
            "'now' is 'yesterday'",
        ] {
            #expect(found.contains { $0.contains(text) }, "\(text) not in \(found)")
        }
    }

    @Test func whatIsNotYAMLIsSaidWithItsLine() throws {
        let found = try problems("cases:\n  - name: [a\n")
        #expect(found.first?.contains("this is not YAML") == true, "\(found)")
        #expect(found.first?.hasPrefix("t:") == true, "\(found)")
        let doubled = try problems("cases: []\ncases: []\n")
        #expect(doubled.first == "t:2: 'cases' stands there twice", "\(doubled)")
    }

    @Test func wrongSQLIsSaidAsByValidate() throws {
        let found = try problems("cases: [{name: a, expect: {u: []}}]", sql: "INSERT INTO u SELECT 1 FROM t;")
        #expect(found.contains { $0.contains("^") }, "\(found)")
    }

    @Test func aMissingFileIsNamed() {
        let report = PipelineTest(PipelineTest.Options()).run(["/no/such.test.yaml"])
        #expect(report.hasErrors)
        #expect(report.files[0].error == "cannot read /no/such.test.yaml")
    }
}
