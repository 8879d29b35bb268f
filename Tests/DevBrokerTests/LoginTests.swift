import Crypto
import Foundation
import NIOCore
import TestKit
import Testing

@testable import DevBroker

/// A broker that wants a login hears nobody without one.
@Suite(.timeLimit(.minutes(2)))
struct LoginTests {
    private static let saslHandshake: Int16 = 17
    private static let saslAuthenticate: Int16 = 36

    /// The example of RFC 7677.
    @Test func scramAnswersAsTheStandardSays() throws {
        let pencil = try Self.credential("pencil")
        var server = ScramServer<SHA256>(nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0") { $0 == "user" ? pencil : nil }
        let first = server.take(Array("n,,n=user,r=rOprNGfwEbeRWgbNEkqO".utf8))
        let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
        #expect(first == .next(Array("r=\(nonce),s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8)))
        let final = "c=biws,r=\(nonce),p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        #expect(
            server.take(Array(final.utf8))
                == .success(Array("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=".utf8)))
        #expect(server.take(Array(final.utf8)) == .failure)
    }

    private static func credential(_ password: String) throws -> ScramCredential {
        let salt = try #require(Data(base64Encoded: "W22ZaJ0SNY7soEsUEjb6gQ=="))
        return ScramCredential(SHA256.self, password: password, salt: Array(salt))
    }

    /// Whose password is not known is asked for a proof all the same: an answer must not tell which users there are.
    @Test func scramAnswersAnUnknownUserLikeAKnownOne() throws {
        var security = BrokerSecurity()
        security.users = ["user": "pencil"]
        let users = try #require(UserDirectory(security))
        for name in ["user", "nobody"] {
            var server = ScramServer<SHA256>(nonce: "server", credential: users.scram256)
            guard case .next(let bytes) = server.take(Array("n,,n=\(name),r=client".utf8)) else {
                Issue.record("no answer for \(name)")
                continue
            }
            let answer = String(decoding: bytes, as: UTF8.self)
            #expect(answer.wholeMatch(of: /r=clientserver,s=[A-Za-z0-9+\/]{22}==,i=4096/) != nil, "\(answer)")
        }
    }

    @Test func scramReadsTheSignsThatNamesMayNotHold() throws {
        let pencil = try Self.credential("pencil")
        var server = ScramServer<SHA256>(nonce: "server") { $0 == "a,b=c=2C" ? pencil : nil }
        let answer = server.take(Array("n,,n=a=2Cb=3Dc=3D2C,r=client".utf8))
        #expect(answer == .next(Array("r=clientserver,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096".utf8)))
        #expect(server.user == "a,b=c=2C")
    }

    /// As librdkafka before 2.6.1 does it: its own nonce twice. The proof is for what was said.
    @Test func scramTakesARepeatedNonceUnlessItIsStrict() throws {
        let pencil = try Self.credential("pencil")
        for check in [BrokerSecurity.ScramNonce.ending, .whole] {
            var server = ScramServer<SHA256>(nonce: "server", check: check) { _ in pencil }
            _ = server.take(Array("n,,n=user,r=client".utf8))
            let final = "c=biws,r=clientclientserver"
            let said = "n=user,r=client,r=clientserver,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,\(final)"
            let proof = Self.proof(password: "pencil", salt: pencil.salt, for: said)
            let answer = server.take(Array("\(final),p=\(proof)".utf8))
            if case .success = answer { #expect(check == .ending) } else { #expect(check == .whole) }
        }
    }

    /// What a client shows (RFC 5802, section 3), worked out the long way.
    private static func proof(password: String, salt: [UInt8], for said: String) -> String {
        func code(_ text: Data, _ key: some ContiguousBytes) -> Data {
            Data(HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: key)))
        }
        var block = code(Data(salt) + Data([0, 0, 0, 1]), Data(password.utf8))
        var salted = Array(block)
        for _ in 1..<4096 {
            block = code(block, Data(password.utf8))
            for (index, byte) in block.enumerated() { salted[index] ^= byte }
        }
        let key = code(Data("Client Key".utf8), salted)
        let signature = code(Data(said.utf8), Data(SHA256.hash(data: key)))
        return Data(zip(key, signature).map { $0 ^ $1 }).base64EncodedString()
    }

    @Test func scramRefusesAProofOfAnotherPasswordOrNonce() throws {
        let nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
        let right = "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        let cases: [(password: String?, final: String)] = [
            (nil, "c=biws,r=\(nonce),\(right)"), ("pencil2", "c=biws,r=\(nonce),\(right)"),
            ("pencil", "c=biws,r=x\(nonce),\(right)"),
            ("pencil", "c=biws,r=\(nonce),p="), ("pencil", "c=biws,r=\(nonce)"), ("pencil", ""), ("pencil", ",,,==="),
        ]
        for (password, final) in cases {
            let known = try password.map { try Self.credential($0) }
            var server = ScramServer<SHA256>(nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0") { _ in known }
            _ = server.take(Array("n,,n=user,r=rOprNGfwEbeRWgbNEkqO".utf8))
            #expect(server.take(Array(final.utf8)) == .failure, "\(final)")
        }
    }

    private static func run(_ body: (_ port: Int) throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "millrace-login-\(UUID().uuidString.prefix(8))"
        ).path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var address = BrokerServer.Address()
        address.security.users = ["user": "pencil"]
        let broker = try await BrokerServer.start(directory: directory, address: address)
        let result = Result { try body(broker.port) }
        try await broker.stop()
        try result.get()
    }

    /// A request of a login: key, version, and what follows the header.
    private static func frame(_ key: Int16, version: Int16 = 1, _ body: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer()
        frame.writeInteger(key)
        frame.writeInteger(version)
        frame.writeInteger(Int32(7))
        frame.writeInteger(Int16(-1))
        frame.writeImmutableBuffer(body)
        return frame
    }

    /// Logs in with PLAIN; returns the error code of the answer.
    private static func logIn(_ connection: RawConnection, password: String) throws -> Int16? {
        var mechanism = ByteBuffer(integer: Int16(5))
        mechanism.writeString("PLAIN")
        try connection.send(frame: frame(saslHandshake, mechanism))
        guard case .frame = connection.receive() else { return nil }
        let secret = "\0user\0\(password)"
        var bytes = ByteBuffer(integer: Int32(secret.utf8.count))
        bytes.writeString(secret)
        try connection.send(frame: frame(saslAuthenticate, bytes))
        guard case .frame(let answer) = connection.receive() else { return nil }
        return answer.getInteger(at: answer.readerIndex + 4)
    }

    @Test func requestsBeforeTheLoginEndTheConnection() async throws {
        try await Self.run { port in
            let connection = try RawConnection(port: port)
            try connection.send(MetadataRequest())
            #expect(connection.isClosed)
        }
    }

    @Test func requestsAfterTheLoginAreAnswered() async throws {
        try await Self.run { port in
            let connection = try RawConnection(port: port)
            #expect(try Self.logIn(connection, password: "pencil") == 0)
            #expect(try connection.call(MetadataRequest()).brokers.count == 1)
            let refused = try RawConnection(port: port)
            #expect(try Self.logIn(refused, password: "pen") == 58)
            #expect(refused.isClosed)
        }
    }

    /// Clients ask in the newest version that they know; what is answered must be in it.
    @Test func versionsAreToldBeforeTheLoginInEveryVersion() async throws {
        try await Self.run { port in
            for version in ApiKey.apiVersions.versions {
                let connection = try RawConnection(port: port)
                let ranges = try connection.call(ApiVersionsRequest(), version: version).apiKeys
                #expect(Set(ranges.map(\.apiKey)).isSuperset(of: [17, 18, 36]))
            }
            let connection = try RawConnection(port: port)
            try connection.send(frame: Self.frame(18, version: 99, ByteBuffer()))
            let told = try connection.answer(to: ApiVersionsRequest.self, version: 0)
            #expect(told.errorCode == .unsupportedVersion && !told.apiKeys.isEmpty)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func senselessLoginsDoNoHarm(seed: UInt64) async throws {
        try await Self.run { port in
            var random = SeededRandom(seed: seed)
            for _ in 0..<60 {
                let connection = try RawConnection(port: port, patience: 50)
                let keys: [Int16] = [
                    18, Self.saslHandshake, Self.saslAuthenticate, .random(in: .min ... .max, using: &random),
                ]
                for _ in 0..<3 {
                    var body = ByteBuffer()
                    for _ in 0..<Int.random(in: 0...40, using: &random) {
                        body.writeInteger(UInt8.random(in: 0...255, using: &random))
                    }
                    let key = try #require(keys.randomElement(using: &random))
                    // The other side may have closed already.
                    try? connection.send(frame: Self.frame(key, body))
                }
                _ = connection.receive()
            }
            let connection = try RawConnection(port: port)
            #expect(try Self.logIn(connection, password: "pencil") == 0, "seed \(seed)")
        }
    }
}
