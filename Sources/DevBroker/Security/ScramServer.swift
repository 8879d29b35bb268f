internal import Crypto
internal import Foundation

/// The server's side of one SCRAM login (RFC 5802), without channel binding. Pure but for the nonce that it is given.
struct ScramServer<Hash: HashFunction> {
    private enum Phase {
        case first
        case final(message: String, nonce: String, ScramCredential?)
        case ended
    }

    /// What the server says to a message of the client.
    enum Answer: Equatable {
        case next([UInt8])
        case success([UInt8])
        case failure
    }

    /// As the client names itself; empty before its first message.
    private(set) var user = ""
    private let credential: (_ user: String) -> ScramCredential?
    private let nonce: String
    private let check: BrokerSecurity.ScramNonce
    private var phase = Phase.first

    /// - Parameters:
    ///   - nonce: printable, without commas, never the same again.
    ///   - credential: of a user; nil for one that is not known.
    init(
        nonce: String, check: BrokerSecurity.ScramNonce = .ending,
        credential: @escaping (_ user: String) -> ScramCredential?
    ) {
        self.credential = credential
        self.nonce = nonce
        self.check = check
    }

    mutating func take(_ bytes: [UInt8]) -> Answer {
        let text = String(decoding: bytes, as: UTF8.self)
        switch phase {
        case .first: return takeFirst(text)
        case .final(let message, let nonce, let credential):
            return takeFinal(text, after: message, nonce: nonce, credential)
        case .ended: return .failure
        }
    }

    /// `n,,n=user,r=nonce`
    private mutating func takeFirst(_ text: String) -> Answer {
        phase = .ended
        let parts = text.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "n" || parts[0] == "y" else { return .failure }
        let bare = String(parts[2])
        let attributes = Self.attributes(bare)
        guard let name = attributes["n"], let theirs = attributes["r"], !theirs.isEmpty else { return .failure }
        user = name.replacingOccurrences(of: "=2C", with: ",").replacingOccurrences(of: "=3D", with: "=")
        let known = credential(user)
        // Who is not known is asked for a proof as well, which then is wrong.
        let salt = Data(known?.salt ?? UserDirectory.randomSalt()).base64EncodedString()
        let both = theirs + nonce
        let answer = "r=\(both),s=\(salt),i=\(known?.iterationCount ?? ScramCredential.usualIterationCount)"
        phase = .final(message: "\(bare),\(answer)", nonce: both, known)
        return .next(Array(answer.utf8))
    }

    /// `c=biws,r=nonce,p=proof`
    private mutating func takeFinal(
        _ text: String, after message: String, nonce: String, _ credential: ScramCredential?
    ) -> Answer {
        phase = .ended
        let attributes = Self.attributes(text)
        guard let repeated = attributes["r"], check == .whole ? repeated == nonce : repeated.hasSuffix(nonce),
            attributes["c"] == "biws" || attributes["c"] == "eSws",
            let proof = attributes["p"].flatMap({ Data(base64Encoded: $0) }), let end = text.range(of: ",p="),
            let credential
        else { return .failure }
        let authenticated = Data("\(message),\(text[..<end.lowerBound])".utf8)
        let signature = HMAC<Hash>.authenticationCode(
            for: authenticated, using: SymmetricKey(data: credential.storedKey))
        // The proof is the client's key, hidden by a signature that only this login has.
        let clientKey = zip(proof, signature).map { $0 ^ $1 }
        guard proof.count == Hash.Digest.byteCount, Array(Hash.hash(data: clientKey)) == credential.storedKey else {
            return .failure
        }
        let proofOfServer = HMAC<Hash>.authenticationCode(
            for: authenticated, using: SymmetricKey(data: credential.serverKey))
        return .success(Array("v=\(Data(proofOfServer).base64EncodedString())".utf8))
    }

    private static func attributes(_ text: String) -> [String: String] {
        var attributes: [String: String] = [:]
        for part in text.split(separator: ",") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { attributes[String(pair[0])] = String(pair[1]) }
        }
        return attributes
    }
}
