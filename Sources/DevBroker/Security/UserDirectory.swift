internal import Crypto

/// Who may log in, and what each mechanism needs for it; made once, since it takes thousands of hashes for each user.
struct UserDirectory: Sendable {
    let mechanisms: [BrokerSecurity.Mechanism]
    let scramNonce: BrokerSecurity.ScramNonce
    private let passwords: [String: String]
    private let credentials256: [String: ScramCredential]
    private let credentials512: [String: ScramCredential]

    /// - Returns: nil where nobody logs in.
    init?(_ security: BrokerSecurity) {
        guard let passwords = security.users else { return nil }
        let mechanisms = security.mechanisms
        self.mechanisms = mechanisms
        self.passwords = passwords
        scramNonce = security.scramNonce
        credentials256 = Self.credentials(SHA256.self, mechanisms.contains(.scramSHA256) ? passwords : [:])
        credentials512 = Self.credentials(SHA512.self, mechanisms.contains(.scramSHA512) ? passwords : [:])
    }

    private static func credentials<Hash: HashFunction>(
        _ hash: Hash.Type, _ passwords: [String: String]
    ) -> [String: ScramCredential] {
        passwords.mapValues { ScramCredential(hash, password: $0, salt: randomSalt()) }
    }

    static func randomSalt() -> [UInt8] { (0..<16).map { _ in UInt8.random(in: 0 ... .max) } }

    func accepts(user: String, password: String) -> Bool { passwords[user] == password }

    func scram256(_ user: String) -> ScramCredential? { credentials256[user] }
    func scram512(_ user: String) -> ScramCredential? { credentials512[user] }
}
