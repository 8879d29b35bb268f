/// Decides whether a request is answered. Pure value.
package struct AccessPolicy: Sendable {
    /// What a request is about.
    package enum Purpose: Hashable, Sendable {
        /// Health and the page itself, which hold nothing of the job.
        case open
        case read
        case action
    }

    /// What a request says of itself.
    package struct Claim: Hashable, Sendable {
        package var host: String?
        package var origin: String?
        /// The header Sec-Fetch-Site.
        package var fetchSite: String?
        package var authorization: String?

        package init(
            host: String? = nil, origin: String? = nil, fetchSite: String? = nil, authorization: String? = nil
        ) {
            self.host = host
            self.origin = origin
            self.fetchSite = fetchSite
            self.authorization = authorization
        }
    }

    /// A refusal with what would help.
    package struct Refusal: Error, Hashable, Sendable {
        package var status: Int
        package var code: String
        package var message: String
    }

    private let isLoopback: Bool
    private let token: [UInt8]?
    private let readPolicy: HTTPConfiguration.ReadPolicy

    package init(_ configuration: HTTPConfiguration) {
        isLoopback = configuration.address.isLoopback
        token = configuration.token.map { Array($0.utf8) }
        readPolicy = configuration.readPolicy
    }

    package func check(_ purpose: Purpose, _ claim: Claim) throws(Refusal) {
        if purpose == .open { return }
        // A page of somebody else's whose name was made to point here is told apart by the name.
        if isLoopback, let host = claim.host, !HTTPAddress.isLoopback(Self.name(host)) {
            throw Refusal(
                status: 403, code: "foreign-host",
                message: "asked for as '\(host)', but listening on the loopback address only: use localhost")
        }
        if purpose == .action { try checkOrigin(claim) }
        let needsToken = purpose == .action ? token != nil || !isLoopback : readPolicy == .token
        guard needsToken else { return }
        guard let token else {
            throw Refusal(
                status: 403, code: "no-token-configured",
                message: "set MILLRACE_HTTP_TOKEN or MILLRACE_HTTP_TOKEN_FILE for the job: without it this is refused")
        }
        guard let given = Self.bearer(claim.authorization), Self.areEqual(Array(given.utf8), token) else {
            throw Refusal(
                status: 401, code: "token-needed", message: "give the token of the job as 'Authorization: Bearer TOKEN'"
            )
        }
    }

    private func checkOrigin(_ claim: Claim) throws(Refusal) {
        if let origin = claim.origin {
            let place = origin.split(separator: "/", omittingEmptySubsequences: true).last.map(String.init) ?? origin
            let isHTTP = origin.hasPrefix("http://") || origin.hasPrefix("https://")
            guard isHTTP, place.lowercased() == claim.host?.lowercased() else {
                throw Refusal(
                    status: 403, code: "foreign-origin", message: "actions are taken from this service's own page only")
            }
        }
        if let site = claim.fetchSite, site != "same-origin", site != "none" {
            throw Refusal(
                status: 403, code: "foreign-origin", message: "actions are taken from this service's own page only")
        }
    }

    private static func name(_ host: String) -> String {
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" }).lowercased()
    }

    private static func bearer(_ header: String?) -> String? {
        guard let header, header.count > 7, header.prefix(7).lowercased() == "bearer " else { return nil }
        return String(header.dropFirst(7))
    }

    /// Takes the same time wherever they differ; depends on the length of what was given only.
    static func areEqual(_ given: [UInt8], _ expected: [UInt8]) -> Bool {
        var difference: UInt8 = given.count == expected.count && !expected.isEmpty ? 0 : 1
        for (index, byte) in given.enumerated() {
            difference |= byte ^ (expected.isEmpty ? 0 : expected[index % expected.count])
        }
        return difference == 0
    }
}
