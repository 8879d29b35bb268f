internal import ArgumentParser
internal import JobService

/// `millrace version`: the version of this binary.
struct Version: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    func run() async throws {
        print("millrace \(ServiceVersion.current)")
    }
}
