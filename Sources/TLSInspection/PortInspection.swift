internal import CTLS

/// What is spoken at a port, asked over a connection of its own.
package enum PortInspection {
    private static let timeoutSeconds: Int32 = 3

    /// Whether a certificate is shown at this port, good or not. Sends nothing secret; blocks for a few seconds at most.
    package static func speaksTLS(address: String, port: String) -> Bool {
        var found = millrace_tls_certificate()
        return millrace_tls_examine(address, port, nil, nil, MILLRACE_TLS_DIRECT, timeoutSeconds, &found) == 0
    }

    /// The beginning of what is answered to a question that is not encrypted; nil where that many bytes do not come within a few seconds.
    package static func answer(
        toPlain question: [UInt8], byteCount: Int, address: String, port: String
    ) -> [UInt8]? {
        var answer = [UInt8](repeating: 0, count: byteCount)
        let result = millrace_tls_ask_plainly(
            address, port, question, question.count, &answer, byteCount, timeoutSeconds)
        return result == 0 ? answer : nil
    }
}
