/// Who may do what at the HTTP service, and its limits.
package struct HTTPConfiguration: Sendable {
    /// Who may read.
    package enum ReadPolicy: String, Hashable, Sendable {
        /// Everybody who reaches the address.
        case open
        /// Only who has the token; health is open all the same.
        case token
    }

    package var address: HTTPAddress
    /// Secret. Actions need it where it is set; off the loopback address there are no actions without one.
    package var token: String?
    package var readPolicy: ReadPolicy
    package var maximumConnectionCount = 64
    package var maximumBodyByteCount = 16 << 10
    package var maximumHeaderByteCount = 16 << 10
    package var maximumHeaderCount = 100
    package var idleTimeoutSeconds: Int64 = 60
    package var bodyTimeoutSeconds: Int64 = 10
    /// How long answers that are under way may take when the job has ended.
    package var stopTimeoutMilliseconds = 1000

    package init(address: HTTPAddress, token: String? = nil, readPolicy: ReadPolicy = .open) {
        self.address = address
        self.token = token
        self.readPolicy = readPolicy
    }
}
