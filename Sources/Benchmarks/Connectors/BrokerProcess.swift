internal import ArgumentParser
internal import DevBroker
internal import Foundation

/// A broker for benchmarks, until its parent stops it.
struct BrokerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker", abstract: "A broker for the benchmark 'kafka'.", shouldDisplay: false)

    @Argument(help: "Where it keeps its logs.")
    var directory: String

    func run() async throws {
        let server = try await BrokerServer.start(directory: directory)
        print("\(server.host):\(server.port)")
        fflush(nil)
        // Ends with the parent, however that ends.
        while let line = readLine(), line != "stop" {}
        try await server.stop()
    }
}

/// This executable again, as a broker.
final class BrokerProcess {
    let address: String
    private let process = Process()
    private let input = Pipe()
    private let directory = NSTemporaryDirectory() + "millrace-bench-\(UUID().uuidString.prefix(8))"

    init() throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["broker", directory]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var text = ""
        while !text.hasSuffix("\n") {
            let data = output.fileHandleForReading.availableData
            guard !data.isEmpty else { throw ValidationError("the broker did not start") }
            text += String(decoding: data, as: UTF8.self)
        }
        address = text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func stop() {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: directory)
    }
}
