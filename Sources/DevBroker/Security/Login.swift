internal import Crypto

/// One client's login: which mechanism it chose, and how far it has come.
struct Login {
    private enum State {
        case waiting
        case plain
        case scram256(ScramServer<SHA256>)
        case scram512(ScramServer<SHA512>)
        case done
    }

    /// What is answered to a message of the client.
    enum Answer: Equatable {
        case next([UInt8])
        case success([UInt8])
        case failure(String)
    }

    private let users: UserDirectory
    private var state = State.waiting
    /// As the client names itself, as far as it did.
    private(set) var user = ""

    init(_ users: UserDirectory) {
        self.users = users
    }

    var isDone: Bool {
        if case .done = state { return true }
        return false
    }

    /// - Returns: whether the mechanism is one of the broker's.
    mutating func choose(_ name: String) -> Bool {
        guard let mechanism = users.mechanisms.first(where: { $0.rawValue == name }) else { return false }
        let nonce = (0..<24).map { _ in String(UInt8.random(in: 0 ... .max), radix: 36) }.joined()
        switch mechanism {
        case .plain: state = .plain
        case .scramSHA256:
            state = .scram256(ScramServer(nonce: nonce, check: users.scramNonce, credential: users.scram256))
        case .scramSHA512:
            state = .scram512(ScramServer(nonce: nonce, check: users.scramNonce, credential: users.scram512))
        }
        return true
    }

    mutating func take(_ bytes: [UInt8]) -> Answer {
        switch state {
        case .plain: return takePlain(bytes)
        case .scram256(var server):
            let answer = server.take(bytes)
            user = server.user
            state = .scram256(server)
            return finished(answer, .scramSHA256)
        case .scram512(var server):
            let answer = server.take(bytes)
            user = server.user
            state = .scram512(server)
            return finished(answer, .scramSHA512)
        case .waiting, .done: return .failure("SaslAuthenticate before SaslHandshake")
        }
    }

    /// `authorization NUL user NUL password`
    private mutating func takePlain(_ bytes: [UInt8]) -> Answer {
        let parts = bytes.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        if parts.count == 3 { user = parts[1] }
        guard parts.count == 3, users.accepts(user: parts[1], password: parts[2]) else {
            return .failure("Authentication failed: Invalid username or password")
        }
        state = .done
        return .success([])
    }

    private mutating func finished<Hash>(
        _ answer: ScramServer<Hash>.Answer, _ mechanism: BrokerSecurity.Mechanism
    ) -> Answer {
        switch answer {
        case .next(let bytes): return .next(bytes)
        case .success(let bytes):
            state = .done
            return .success(bytes)
        case .failure:
            return .failure(
                "Authentication failed during authentication due to invalid credentials with SASL mechanism "
                    + mechanism.rawValue)
        }
    }
}
