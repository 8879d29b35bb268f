internal import CTLS
internal import Crypto
internal import Foundation

/// What a server keeps of a password (RFC 5802, section 3): enough to check a proof, not to give one.
struct ScramCredential: Sendable {
    let salt: [UInt8]
    let iterationCount: Int
    let storedKey: [UInt8]
    let serverKey: [UInt8]

    /// The fewest that the standard allows (RFC 7677).
    static let usualIterationCount = 4096

    /// Takes as long as so many hashes.
    init<Hash: HashFunction>(
        _ hash: Hash.Type, password: String, salt: [UInt8], iterationCount: Int = usualIterationCount
    ) {
        var salted = [UInt8](repeating: 0, count: Hash.Digest.byteCount)
        let isDone = unsafe millrace_tls_stretch_password(
            password, salt, salt.count, Int32(iterationCount), &salted, salted.count)
        precondition(isDone == 1, "no PBKDF2 with \(Hash.self), \(iterationCount) times")
        let key = SymmetricKey(data: salted)
        let clientKey = HMAC<Hash>.authenticationCode(for: Data("Client Key".utf8), using: key)
        self.salt = salt
        self.iterationCount = iterationCount
        storedKey = Array(Hash.hash(data: Data(clientKey)))
        serverKey = Array(HMAC<Hash>.authenticationCode(for: Data("Server Key".utf8), using: key))
    }
}
