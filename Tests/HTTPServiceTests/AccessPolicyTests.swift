import Testing

@testable import HTTPService

struct AccessPolicyTests {
    private static let token = "0123456789abcdef"

    private func policy(_ address: String, token: String? = nil, read: HTTPConfiguration.ReadPolicy = .open) throws
        -> AccessPolicy
    {
        AccessPolicy(HTTPConfiguration(address: try #require(HTTPAddress(address)), token: token, readPolicy: read))
    }

    private func status(
        _ policy: AccessPolicy, _ purpose: AccessPolicy.Purpose, _ claim: AccessPolicy.Claim
    ) -> Int {
        do throws(AccessPolicy.Refusal) {
            try policy.check(purpose, claim)
            return 200
        } catch {
            return error.status
        }
    }

    @Test func onTheLoopbackAddressActionsNeedNoToken() throws {
        let policy = try policy("127.0.0.1:8081")
        #expect(status(policy, .action, .init(host: "127.0.0.1:8081")) == 200)
        #expect(status(policy, .action, .init(host: "localhost:8081", origin: "http://localhost:8081")) == 200)
        #expect(status(policy, .read, .init(host: "[::1]:8081")) == 200)
    }

    @Test func otherPagesAreKeptOut() throws {
        let policy = try policy("127.0.0.1:8081")
        for origin in ["http://evil.example", "http://localhost:9999", "null", "https://localhost:8081.evil.example"] {
            #expect(status(policy, .action, .init(host: "localhost:8081", origin: origin)) == 403, "\(origin)")
        }
        #expect(status(policy, .action, .init(host: "localhost:8081", fetchSite: "cross-site")) == 403)
        #expect(status(policy, .action, .init(host: "localhost:8081", fetchSite: "same-origin")) == 200)
        // A name that somebody has pointed here.
        #expect(status(policy, .read, .init(host: "evil.example:8081")) == 403)
        #expect(status(policy, .read, .init(host: "127.evil.example")) == 403)
    }

    @Test func offTheLoopbackAddressThereAreNoActionsWithoutToken() throws {
        let open = try policy("0.0.0.0:8081")
        #expect(status(open, .action, .init(host: "millrace:8081")) == 403)
        #expect(status(open, .read, .init(host: "millrace:8081")) == 200)
        let guarded = try policy("0.0.0.0:8081", token: Self.token)
        #expect(status(guarded, .action, .init(host: "millrace:8081")) == 401)
        for wrong in ["", "Bearer", "Bearer ", "Bearer x", "Bearer \(Self.token)x", "Basic \(Self.token)"] {
            #expect(status(guarded, .action, .init(host: "h", authorization: wrong)) == 401, "\(wrong)")
        }
        #expect(status(guarded, .action, .init(host: "h", authorization: "bearer \(Self.token)")) == 200)
    }

    @Test func aTokenThatIsSetIsNeededEverywhere() throws {
        let policy = try policy("127.0.0.1:8081", token: Self.token)
        #expect(status(policy, .action, .init(host: "localhost")) == 401)
        #expect(status(policy, .read, .init(host: "localhost")) == 200)
    }

    @Test func readingMayNeedTheTokenButHealthNever() throws {
        let policy = try policy("0.0.0.0:8081", token: Self.token, read: .token)
        #expect(status(policy, .read, .init(host: "h")) == 401)
        #expect(status(policy, .read, .init(host: "h", authorization: "Bearer \(Self.token)")) == 200)
        #expect(status(policy, .open, .init(host: "h")) == 200)
    }

    @Test func tokensAreComparedWhole() {
        #expect(AccessPolicy.areEqual([1, 2], [1, 2]))
        for (given, expected) in [([1, 3], [1, 2]), ([], [1]), ([1], []), ([], []), ([1, 2, 1, 2], [1, 2])]
            as [([UInt8], [UInt8])]
        {
            #expect(!AccessPolicy.areEqual(given, expected))
        }
    }

    @Test(arguments: ["127.0.0.1:8081", "[::1]:0", "localhost:1", "example.org:65535", "0.0.0.0:80"])
    func addressesAreReadAndWrittenAlike(text: String) throws {
        #expect(try #require(HTTPAddress(text)).description == text)
    }

    @Test(arguments: ["", "8081", ":8081", "a:b", "a:-1", "a:65536", "::1:80", "http://a:1", "a b:1", "u@h:1"])
    func otherTextIsNoAddress(text: String) {
        #expect(HTTPAddress(text) == nil)
    }
}
