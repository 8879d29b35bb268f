import HTTPService
import Testing

@testable import JobService

struct HTTPConfigurationTests {
    private func read(_ environment: [String: String]) throws -> ServiceConfiguration {
        try ServiceConfiguration(environment: environment, workingDirectory: "/srv")
    }

    @Test func withoutVariablesTheLoopbackAddressIsServed() throws {
        let configuration = try read([:])
        #expect(configuration.http?.address == HTTPAddress(host: "127.0.0.1", port: 8081))
        #expect(configuration.http?.token == nil && configuration.http?.readPolicy == .open)
        #expect(!configuration.isHTTPAddressChosen)
    }

    @Test func anEmptyAddressServesNothing() throws {
        #expect(try read(["MILLRACE_HTTP_ADDRESS": ""]).http == nil)
        #expect(try read(["MILLRACE_HTTP_ADDRESS": "0.0.0.0:9000"]).isHTTPAddressChosen)
    }

    @Test(arguments: [
        ["MILLRACE_HTTP_ADDRESS": "8081"], ["MILLRACE_HTTP_TOKEN": "short"],
        ["MILLRACE_HTTP_TOKEN": "with a space in the middle"],
        ["MILLRACE_HTTP_READ": "token"], ["MILLRACE_HTTP_READ": "nobody"],
    ])
    func mistakesNameTheirVariable(environment: [String: String]) {
        let error = #expect(throws: JobServiceError.self) { try read(environment) }
        #expect(error.map { "\($0)".contains(environment.keys.first ?? "?") } == true)
        #expect(error.map { !"\($0)".contains("short") && !"\($0)".contains("with a space") } == true)
    }

    @Test func theTokenIsNeverPrinted() throws {
        let configuration = try read(["MILLRACE_HTTP_TOKEN": "c4nary-0123456789", "MILLRACE_HTTP_READ": "token"])
        #expect(!configuration.report().contains("c4nary"))
        #expect(configuration.httpEntries().contains { $0.variable == "MILLRACE_HTTP_TOKEN" && $0.value == "(set)" })
    }

    @Test func valuesInForceAreShownAndSecretsAreNot() throws {
        let configuration = try read([
            "MILLRACE_KAFKA_LINGER_MS": "7", "MILLRACE_KAFKA_SASL_PASSWORD": "c4nary-of-kafka",
            "MILLRACE_POSTGRES_URL": "postgres://film:c4nary-of-postgres@db/film",
            "MILLRACE_TABLE_PLAYS_SCAN_STARTUP_MODE": "earliest-offset",
            "MILLRACE_TABLE_PLAYS_PASSWORD": "c4nary-of-plays",
        ])
        let entries = configuration.httpEntries(decided: ["MILLRACE_CHECKPOINT_INTERVAL": "250ms"])
        let values = Dictionary(entries.map { ($0.variable, $0.value) }, uniquingKeysWith: { first, _ in first })
        #expect(values["MILLRACE_CHECKPOINT_INTERVAL"] == "250ms" && values["MILLRACE_KAFKA_LINGER_MS"] == "7")
        #expect(values["MILLRACE_KAFKA_SASL_PASSWORD"] == "(set)" && values["MILLRACE_TABLE_PLAYS_PASSWORD"] == "(set)")
        #expect(values["MILLRACE_POSTGRES_URL"] == "postgres://film:***@db/film")
        #expect(values["MILLRACE_TABLE_PLAYS_SCAN_STARTUP_MODE"] == "earliest-offset")
        #expect(!"\(entries)".contains("c4nary"))
    }

    @Test(arguments: [
        ("'properties.sasl.password' = 'c4nary', 'topic' = 'a'", "'properties.sasl.password' = '***', 'topic' = 'a'"),
        ("  'url' = 'postgres://u:c4nary@h/d?x=1'", "  'url' = 'postgres://u:***@h/d?x=1'"),
        ("'url' = 'postgres://u:c4@n:ary@h/d'", "'url' = 'postgres://u:***@h/d'"),
        ("'url' = 'host=h password=c4nary dbname=d'", "'url' = 'host=h password=*** dbname=d'"),
        ("jdbc:postgresql://h/d?user=u&password=c4nary&x=1", "jdbc:postgresql://h/d?user=u&password=***&x=1"),
        ("SELECT 'it''s', a FROM b -- http://h/p", "SELECT 'it''s', a FROM b -- http://h/p"),
    ])
    func passwordsAreMasked(text: String, masked: String) {
        #expect(SecretMask.masked(text) == masked)
        #expect(SecretMask.masked("\(text)\n\(text)") == "\(masked)\n\(masked)")
    }
}
