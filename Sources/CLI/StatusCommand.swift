internal import ArgumentParser
internal import Foundation
internal import HTTPService

/// `millrace status`: what a running job does, and what holds it back.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Say what a running job does and why nothing, or less than expected, comes out.")

    @OptionGroup var job: JobAddressOption
    @Flag(help: "Print the whole status as JSON.")
    var json = false

    func run() async throws {
        let client = try job.client()
        do {
            let document = try await client.get("/api/v1/status", as: StatusDocument.self)
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
                print(String(decoding: try encoder.encode(document), as: UTF8.self))
            } else {
                print(StatusText.full(document))
            }
        } catch {
            throw CommandFailure.exit(for: error)
        }
    }
}
