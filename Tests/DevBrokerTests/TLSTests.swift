import Foundation
import NIOCore
import TLSInspection
import TestKit
import Testing

@testable import DevBroker

/// The server's side of TLS, with what clients of the protocol do not send. Whole exchanges are in KafkaConnectorTests.
@Suite(.timeLimit(.minutes(2)))
struct TLSTests {
    private static let authority = Result { try Certificates() }

    private static func run(_ tls: BrokerSecurity.TLS?, _ body: (_ port: Int) throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent(
            "millrace-tls-\(UUID().uuidString.prefix(8))"
        ).path
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var address = BrokerServer.Address()
        address.security.tls = tls
        let broker = try await BrokerServer.start(directory: directory, address: address)
        let result = Result { try body(broker.port) }
        try await broker.stop()
        try result.get()
    }

    private static func good() throws -> BrokerSecurity.TLS {
        let pair = try authority.get().issue(for: "localhost")
        return .init(certificate: pair.certificate.path, key: pair.key.path)
    }

    private static func speaksTLS(_ port: Int) -> Bool {
        PortInspection.speaksTLS(address: "127.0.0.1", port: "\(port)")
    }

    @Test func aClientWithoutTLSIsNotHeard() async throws {
        try await Self.run(Self.good()) { port in
            let connection = try RawConnection(port: port)
            try connection.send(MetadataRequest())
            #expect(connection.isClosed)
            #expect(Self.speaksTLS(port))
        }
    }

    @Test func aClientWithTLSIsNotHeardWhereThereIsNone() async throws {
        try await Self.run(nil) { port in
            #expect(!Self.speaksTLS(port))
            let connection = try RawConnection(port: port)
            #expect(try connection.call(MetadataRequest()).brokers.count == 1)
        }
        var received = FrameAccumulator(maxFrameByteCount: 100 << 20)
        received.append(ByteBuffer(bytes: [0x16, 0x03, 0x01, 0x02, 0x00, 0x01]))
        let error = #expect(throws: DevBrokerError.self) { try received.next() }
        #expect(error?.code == .refused && error?.message.contains("speaks TLS") == true)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func senselessBytesDoNoHarm(seed: UInt64) async throws {
        try await Self.run(Self.good()) { port in
            var random = SeededRandom(seed: seed)
            for _ in 0..<40 {
                let connection = try RawConnection(port: port, patience: 20)
                // A record of a handshake, an alert, or data, of some length; then anything.
                var bytes = ByteBuffer(bytes: [UInt8.random(in: 20...24, using: &random), 3, 1])
                bytes.writeInteger(UInt16.random(in: 0...300, using: &random))
                for _ in 0..<Int.random(in: 0...300, using: &random) {
                    bytes.writeInteger(UInt8.random(in: 0...255, using: &random))
                }
                try connection.send(bytes: bytes)
                _ = connection.receive(1)
            }
            #expect(Self.speaksTLS(port), "seed \(seed)")
        }
    }

    @Test func filesThatCannotBeUsedAreNamed() async throws {
        let good = try Self.good()
        let other = try Self.good()
        let cases: [(tls: BrokerSecurity.TLS, reason: String)] = [
            (.init(certificate: "/nowhere/a.pem", key: good.key), "No such file or directory"),
            (.init(certificate: good.certificate, key: "/nowhere/b.pem"), "No such file or directory"),
            (.init(certificate: good.key, key: good.key), "no start line"),
            (.init(certificate: good.certificate, key: other.key), "key values mismatch"),
            (
                .init(certificate: good.certificate, key: good.key, clientAuthorities: "/nowhere/c.pem"),
                "No such file or directory"
            ),
        ]
        for (tls, reason) in cases {
            let error = await #expect(throws: DevBrokerError.self) { try await Self.run(tls) { _ in } }
            #expect(error?.code == .configuration)
            let text = error?.description ?? ""
            #expect(text.contains(tls.certificate) && text.contains(tls.key) && text.contains(reason), "\(text)")
        }
    }

    @Test func whatTheClientHasToChangeIsSaid() {
        let expected = [
            "wrong version number": "security.protocol=SSL", "tlsv1 alert unknown ca": "ssl.ca.location",
            "sslv3 alert certificate expired": "ssl.ca.location", "bad record mac": "bad record mac",
            "peer did not return a certificate": "ssl.certificate.location",
        ]
        for (reason, remedy) in expected {
            let text = TLSHandler.explanation(reason)
            #expect(text.contains(remedy) && text.contains(reason), "\(text)")
        }
    }
}
