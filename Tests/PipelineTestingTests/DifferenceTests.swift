import Foundation
import PipelineTesting
import Testing

/// What is said of rows that are not as expected.
struct DifferenceTests {
    private static let sql = """
        CREATE TABLE t (a BIGINT, b STRING, c DOUBLE) WITH ('connector' = 'kafka', 'topic' = 't', 'format' = 'json');
        CREATE TABLE u (a BIGINT, b STRING, c DOUBLE) WITH ('connector' = 'print');
        INSERT INTO u SELECT a, b, c FROM t;
        """

    @Test func missingUnexpectedAndDifferingRowsAreToldApart() throws {
        let report = try TestFolder.run(
            sql: Self.sql,
            """
            cases:
              - name: all kinds
                input:
                  t: [{a: 1, b: x, c: 1.5}, {a: 2, b: y}, {a: 3, b: z, c: 3}, {a: 3, b: z, c: 3}]
                expect:
                  u:
                    - {a: 3, b: z, c: 3}
                    - {a: 1, b: x, c: 2.5}
                    - {a: 9, b: q, c: 9}
            """)
        let table = try #require(report.cases.first?.tables.first)
        #expect(table.name == "u")
        #expect(table.line == 7)
        #expect(table.expectedCount == 3)
        #expect(table.actualCount == 4)
        #expect(
            report.text.contains(
                """
                        t:7: u: expected 3 rows, got 4: 1 differing, 1 missing, 2 unexpected
                          ~ {a: 1, b: "x", c: 2.5}  (line 9)
                              c: expected 2.5, got 1.5
                          - {a: 9, b: "q", c: 9.0}  (line 10)
                          + {a: 2, b: "y", c: null}
                          + {a: 3, b: "z", c: 3.0}
                """), "\(report.text)")
        #expect(report.text.hasSuffix("1 case: 0 passed, 1 failed"))
    }

    @Test func theOrderCountsWhereTheCaseSaysSo() throws {
        let report = try TestFolder.run(
            sql: Self.sql,
            """
            cases:
              - name: as it comes
                input: {t: [{a: 1}, {a: 2}, {a: 3}]}
                expect: {u: {ordered: true, rows: [{a: 1}, {a: 2}, {a: 3}]}}
              - name: turned around
                input: {t: [{a: 1}, {a: 2}, {a: 3}]}
                expect: {u: {ordered: true, rows: [{a: 3}, {a: 1}, {a: 2}]}}
              - name: in any order
                input: {t: [{a: 1}, {a: 2}, {a: 3}]}
                expect: {u: [{a: 3}, {a: 1}, {a: 2}]}
            """)
        #expect(report.cases.map(\.passed) == [true, false, true], "\(report.text)")
        #expect(report.cases[1].tables[0].differences.map(\.kind) == [.misplaced], "\(report.text)")
    }

    @Test func rowsByKeyArePairedByIt() throws {
        let report = try TestFolder.run(
            sql: TestSQL.mirror,
            """
            cases:
              - name: by key
                input: {people_topic: [{id: 1, name: ada}, {id: 2, name: grace}]}
                expect: {people: [{id: 2, name: ADA}, {id: 3, name: GRACE}]}
            """)
        #expect(
            report.cases[0].tables[0].differences.map(\.kind) == [.differing, .missing, .unexpected], "\(report.text)")
    }

    @Test func aMissingRowOfMany() throws {
        let rows = (0..<500).map { "{a: \($0), b: x, c: 1}" }
        let report = try TestFolder.run(
            sql: Self.sql,
            """
            cases:
              - name: many
                input: {t: [\(rows.dropLast().joined(separator: ", "))]}
                expect: {u: [\(rows.reversed().joined(separator: ", "))]}
            """)
        #expect(report.cases[0].tables[0].differences.map(\.row) == ["{a: 499, b: \"x\", c: 1.0}"], "\(report.text)")
    }

    @Test func reportsForPrograms() throws {
        let report = try TestFolder.run(
            sql: Self.sql,
            """
            cases:
              - name: wrong <&>
                input: {t: [{a: 1}]}
                expect: {u: [{a: 2}]}
              - name: right
                input: {t: [{a: 1}]}
                expect: {u: [{a: 1}]}
            """)
        #expect(report.junit.contains("<testsuites tests=\"2\" failures=\"1\" errors=\"0\">"))
        #expect(report.junit.contains("name=\"wrong &lt;&amp;&gt;\""))
        #expect(report.junit.contains("<failure message=\"t:5: u: expected 1 row, got 1"))
        let document = try XMLDocumentCheck.elements(report.junit)
        #expect(document == ["testsuites": 1, "testsuite": 1, "testcase": 2, "failure": 1])
    }
}

/// Whether a text is XML, and of which elements.
private final class XMLDocumentCheck {
    static func elements(_ text: String) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        var open: [Substring] = []
        for part in text.split(separator: "<").dropFirst(1) where !part.hasPrefix("?") {
            let end = try #require(part.firstIndex(of: ">"))
            let tag = part[..<end]
            if tag.hasPrefix("/") {
                #expect(open.popLast() == tag.dropFirst())
                continue
            }
            let name = tag.prefix { !$0.isWhitespace && $0 != "/" }
            counts[String(name), default: 0] += 1
            if !tag.hasSuffix("/") { open.append(name) }
        }
        #expect(open.isEmpty)
        return counts
    }
}
