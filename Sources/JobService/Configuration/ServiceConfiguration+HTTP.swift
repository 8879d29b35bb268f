internal import Foundation
internal import HTTPService

extension ServiceConfiguration {
    static let defaultHTTPAddress = HTTPAddress(host: "127.0.0.1", port: 8081)
    /// Shorter ones could be guessed.
    static let minimumTokenLength = 16

    mutating func readHTTP(_ reader: inout EnvironmentReader) {
        let text = reader.text(.httpAddress)?.trimmingCharacters(in: .whitespaces)
        let token = reader.text(.httpToken)
        let policy = reader.choice(.httpRead).flatMap(HTTPConfiguration.ReadPolicy.init) ?? .open
        func refuse(_ key: ConfigurationKey, _ message: String) {
            reader.problems.append(
                ConfigurationProblem(variable: reader.origins[key.variable] ?? key.variable, message: message))
        }
        if let token, token.count < Self.minimumTokenLength || token.contains(where: \.isWhitespace) {
            refuse(.httpToken, "is not a token: at least \(Self.minimumTokenLength) characters, no white space")
        }
        if policy == .token && token == nil {
            refuse(.httpRead, "'token' needs MILLRACE_HTTP_TOKEN or MILLRACE_HTTP_TOKEN_FILE")
        }
        isHTTPAddressChosen = text != nil
        guard text != "" else { return }
        guard let address = text.map(HTTPAddress.init) ?? Self.defaultHTTPAddress else {
            return refuse(
                .httpAddress, "'\(text ?? "")' is not an address: host:port, like 127.0.0.1:8081, or empty for none")
        }
        http = HTTPConfiguration(address: address, token: token, readPolicy: policy)
    }
}
