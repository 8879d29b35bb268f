internal import ArgumentParser
internal import Foundation
internal import HTTPService
internal import JobService

/// Which running job a command talks to.
struct JobAddressOption: ParsableArguments {
    @Option(help: "The job's HTTP service, as http://host:port; MILLRACE_HTTP_ADDRESS if not given.")
    var url: String?

    /// - Throws: an exit with status 2 where neither names an address.
    func client(timeoutSeconds: Int64 = 10) throws -> JobClient {
        try CommandFailure.exiting {
            let configuration = try ServiceConfiguration.ofProcess()
            let token = configuration.http?.token ?? ProcessInfo.processInfo.environment["MILLRACE_HTTP_TOKEN"]
            if let url {
                let text = url.hasPrefix("http://") ? String(url.dropFirst("http://".count)) : url
                guard let address = HTTPAddress(text.hasSuffix("/") ? String(text.dropLast()) : text) else {
                    throw JobServiceError(.invalidInput, "'\(url)' is not an address like http://127.0.0.1:8081")
                }
                return JobClient(address, token: token, timeoutSeconds: timeoutSeconds)
            }
            guard let http = configuration.http else {
                throw JobServiceError(
                    .invalidInput, "MILLRACE_HTTP_ADDRESS is empty: name the job by --url http://host:port")
            }
            return JobClient(http.address, token: token, timeoutSeconds: timeoutSeconds)
        }
    }
}
