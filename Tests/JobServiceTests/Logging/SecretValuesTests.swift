import Foundation
import Testing

@testable import JobService

struct SecretValuesTests {
    @Test func variablesAreSecretByTheirNamesAndUrlsByTheirForm() {
        let secrets = SecretValues(environment: [
            "MILLRACE_KAFKA_SSL_KEY_PASSWORD": "secret-of-the-key", "MILLRACE_HTTP_TOKEN": "token-0123456789",
            "MILLRACE_POSTGRES_URL": "postgres://user%40x:p4ss%2Fw%40rd@db:5432/film?x=1",
            "OTHER": "jdbc:postgresql://h/d?user=u&password=quer7-pass&x=1", "PGPASSWORD": "of-libpq-1",
            "MILLRACE_KAFKA_SSL_KEY_LOCATION": "/etc/keys/client.key", "MILLRACE_KAFKA_SASL_MECHANISM": "SCRAM-SHA-256",
        ])
        for text in [
            "secret-of-the-key", "token-0123456789", "p4ss%2Fw%40rd", "p4ss/w@rd", "quer7-pass", "of-libpq-1",
        ] {
            #expect(secrets.redacted("<\(text)>") == "<***>", "\(text)")
        }
        for text in ["/etc/keys/client.key", "SCRAM-SHA-256", "postgres://user%40x:", "db:5432/film"] {
            #expect(secrets.redacted(text) == text)
        }
    }

    /// Paths in messages begin with them.
    @Test func workingDirectoriesOfTheShellStay() {
        let secrets = SecretValues(environment: [
            "PWD": "/home/somebody/pipelines", "OLDPWD": "/var/lib/millrace", "DB_PWD": "of-the-database-1",
        ])
        let text = "/home/somebody/pipelines/a.sql:1:19 /var/lib/millrace/checkpoints"
        #expect(secrets.redacted(text) == text)
        #expect(secrets.redacted("of-the-database-1") == "***")
    }

    @Test func filesStandForTheirContent() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("secret-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("from-the-file-1\n".utf8).write(to: file)
        let secrets = SecretValues(environment: ["MILLRACE_KAFKA_SASL_PASSWORD_FILE": file.path])
        #expect(secrets.redacted("a from-the-file-1 b, \(file.path)") == "a *** b, \(file.path)")
    }

    @Test func optionsMayHoldSecretsWithinThem() {
        let jaas = "org.apache.PlainLoginModule required username=\"u\" password=\"within-1\";"
        let pem =
            "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0\nBAQEFAASCBKcwggSjAgEAAo\n-----END PRIVATE KEY-----"
        let secrets = SecretValues.none.adding([
            "properties.sasl.jaas.config": jaas, "properties.ssl.key.pem": pem, "password": "of it's own",
        ])
        for text in [jaas, "within-1", pem, "MIIEvQIBADANBgkqhkiG9w0", "of it's own", "of it''s own"] {
            #expect(secrets.redacted("<\(text)>") == "<***>", "\(text)")
        }
    }

    /// Or `millrace` would be blanked out wherever it stands, which tells the password instead of hiding it.
    @Test func shortWordsAndNamesStay() {
        let secrets = SecretValues(environment: [
            "MILLRACE_POSTGRES_URL": "postgres://enriched_user:enriched_user@db/film",
            "MILLRACE_KAFKA_SASL_PASSWORD": "film",
            "A_PASSWORD": "", "B_PASSWORD": "12345678",
        ])
        #expect(secrets.redacted("film enriched_user 12345678") == "film enriched_user 12345678")
    }
}
