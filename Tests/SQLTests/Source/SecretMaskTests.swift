import Dataflow
import SQL
import Testing

struct SecretMaskTests {
    /// What is printed about an error at the end of the line.
    private func excerpt(_ line: String) -> String {
        let (source, _) = SourceText.substituting(line, fileName: "job.sql", environment: [:])
        let end = line.utf8.count
        return source.error(.syntax, "wrong", at: SourceRange(start: end - 1, end: end)).excerpt
    }

    @Test(arguments: [
        ("'password' = 'canary', 'a' = 'b'", "'password' = '******', 'a' = 'b'"),
        ("'properties.sasl.password'='it''s'", "'properties.sasl.password'='*****'"),
        ("'properties.ssl.key.pem'\t=\t'kéy'", "'properties.ssl.key.pem'\t=\t'***'"),
        ("'url' = 'postgres://u:can:a/ry@h:1/d'", "'url' = 'postgres://u:********@h:1/d'"),
        (
            "'url' = 'jdbc:postgresql://h/d?user=u&password=canary&x=1'",
            "'url' = 'jdbc:postgresql://h/d?user=u&password=******&x=1'"
        ),
        ("'url' = 'postgres://u:canary'", "'url' = 'postgres://u:******'"),
        ("'url' = 'host=h password=canary user=u'", "'url' = 'host=h password=****** user=u'"),
        ("'password' = 'never closed", "'password' = '************"),
        ("-- it's a note\n'password' = 'canary'", "'password' = '******'"),
        ("'topic' = 'a:b', 'url' = 'postgres://h:1/d'", "'topic' = 'a:b', 'url' = 'postgres://h:1/d'"),
        ("SELECT 'password', 'shown'", "SELECT 'password', 'shown'"),
        ("'password' = \"canary\", 'a' = 'b'", "'password' = \"******\", 'a' = 'b'"),
        ("'password' = `canary`", "'password' = `******`"),
        ("'password' = ca-na$ry, 'a' = 'b'", "'password' = ********, 'a' = 'b'"),
        ("('sasl.password' = canary)", "('sasl.password' = ******)"),
        ("\"password\" = 'canary'", "\"password\" = '******'"),
        ("sasl.password = 'canary'", "sasl.password = '******'"),
        ("'url' = postgres://u:canary@h/d, 'a' = 'b'", "'url' = postgres://u:******@h/d, 'a' = 'b'"),
        ("'url' = \"postgres://u:canary@h/d\"", "'url' = \"postgres://u:******@h/d\""),
        ("'sasl.pasword' = 'canary'", "'sasl.pasword' = '******'"), ("'passwrd' = 'canary'", "'passwrd' = '******'"),
        ("'password' 'canary', 'a' = 'b'", "'password' '******', 'a' = 'b'"),
        ("'a' = \"x\"y\", 'password' = \"canary\"", "'a' = \"x\"y\", 'password' = \"******\""),
        ("'a = 'b', 'sasl.password' = 'canary', 'c' = 'd'", "'a = 'b', 'sasl.password' = '******', 'c' = 'd'"),
        ("'topic' = films, 'a' = b", "'topic' = films, 'a' = b"),
    ])
    func passwordsAreNeverQuoted(line: String, shown: String) {
        #expect(excerpt(line) == shown)
    }

    /// The message names what was found where a literal should be.
    @Test(arguments: ["canary", "\"canary\"", "`canary`", "canary word"])
    func messagesDoNotNameAPasswordInTheWrongQuotes(value: String) {
        let text = "CREATE TABLE t (id BIGINT) WITH ('connector' = 'print', 'password' = \(value))"
        #expect {
            _ = try SQLCompiler(catalog: Catalog([]), environment: [:], optionOverrides: { _, _ in [:] })
                .compile(text, fileName: "job.sql")
        } throws: { error in
            !"\(error)".contains("canary") && "\(error)".contains("***")
        }
    }

    /// A connector quotes the value of the option that it refuses.
    @Test func messagesNameTheVariableInPlaceOfItsValue() {
        let (source, _) = SourceText.substituting(
            "'sink.on-error' = '${POLICY}', 'n' = '${N}'", fileName: "job.sql",
            environment: ["POLICY": "canary", "N": "7"])
        let error = source.error(
            .invalidOption, "'sink.on-error' is 'canary', not 7", at: SourceRange(start: 0, end: 5), hint: "canary!")
        #expect(error.message == "'sink.on-error' is '${POLICY}', not 7" && error.hint == "${POLICY}!")
    }

    @Test func theCaretStaysUnderItsPlace() {
        let line = "'password' = 'gëheim', 'topicc' = 'a'"
        let (source, _) = SourceText.substituting(line, fileName: "job.sql", environment: [:])
        let start = line.utf8.count - "'topicc' = 'a'".utf8.count
        let error = source.error(.invalidOption, "wrong", at: SourceRange(start: start, end: start + 8))
        #expect(error.location.column == 24)
        #expect(error.excerpt.count == line.count)
    }
}
