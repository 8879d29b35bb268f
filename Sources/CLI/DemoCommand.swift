internal import ArgumentParser
internal import Foundation
internal import JobService

/// `millrace demo`: ratings before plays, seen working.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Run ratings before plays on an embedded broker and a private PostgreSQL, and check every row.")

    @Option(help: "Ratings and plays to produce, three ratings to seven plays.")
    var events = 1_000_000

    @Option(help: "Events to produce per second.")
    var rate = 60_000

    @Flag(help: "Kill the job with SIGKILL three times on the way.")
    var kill = false

    @Flag(help: "Leave everything running after the check, and print how to connect.")
    var keep = false

    func validate() throws {
        guard (1000...1_000_000_000).contains(events) else {
            throw ValidationError("--events takes a number from 1000 to 1000000000")
        }
        guard rate > 0 else { throw ValidationError("--rate takes a number above 0") }
    }

    func run() async throws {
        var configuration = Demo.Configuration()
        configuration.events.ratingCount = events * 3 / 10
        configuration.events.playCount = events - configuration.events.ratingCount
        configuration.rate = rate
        configuration.killCount = kill ? 3 : 0
        configuration.keepsRunning = keep
        let settings = configuration
        // The demonstration blocks its thread: that is not a thread of the cooperative pool.
        let code: Int32 = await withCheckedContinuation { continuation in
            Thread {
                do {
                    continuation.resume(returning: try Demo(settings).run().isRight ? 0 : 1)
                } catch {
                    continuation.resume(returning: CommandFailure.exit(for: error).rawValue)
                }
            }.start()
        }
        if code != 0 { throw ExitCode(code) }
    }
}
