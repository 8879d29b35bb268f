internal import ArgumentParser
internal import Foundation
internal import HTTPService

/// `millrace top`: the status of a running job, again and again.
struct TopCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top", abstract: "Watch a running job in the terminal; Control-C ends it.")

    @OptionGroup var job: JobAddressOption
    @Option(help: "Seconds between two looks.")
    var interval = 1.0
    @Option(help: "Looks before it ends by itself; 0 for no end.")
    var count = 0

    func validate() throws {
        guard interval >= 0.1, interval <= 3600, count >= 0 else {
            throw ValidationError("--interval is from 0.1 to 3600 seconds, --count not negative")
        }
    }

    func run() async throws {
        let client = try job.client()
        let isTerminal = isatty(STDOUT_FILENO) == 1
        var looks = 0
        while count == 0 || looks < count {
            if looks > 0 { try await Task.sleep(for: .seconds(interval)) }
            looks += 1
            var text: String
            do throws(HTTPServiceError) {
                text = StatusText.full(try await client.get("/api/v1/status", as: StatusDocument.self))
            } catch {
                // A job that restarts comes back; one that was never there is a mistake.
                guard isTerminal && looks > 1 else { throw CommandFailure.exit(for: error) }
                text = "\(error)"
            }
            if isTerminal { text = "\u{1b}[H\u{1b}[J" + text }
            FileHandle.standardOutput.write(Data((text + "\n").utf8))
        }
    }
}
