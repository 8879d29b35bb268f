import Foundation
import Testing

/// What the image promises to those who run it: the instructions of docker/Dockerfile's last stage.
struct Dockerfile {
    /// `HEALTHCHECK` with its options, such as `interval`.
    struct HealthCheck {
        var options: [String: String] = [:]
        var command: [String] = []
    }

    var environment: [String: String] = [:]
    var volumes: [String] = []
    var ports: [Int] = []
    var user = ""
    var workingDirectory = ""
    var stopSignal = ""
    var entryPoint: [String] = []
    /// What follows the entry point where whoever runs the image says nothing.
    var command: [String] = []
    var healthCheck: HealthCheck?
    /// What its base images are by default, in the order of the stages.
    var bases: [String] = []

    /// The SQL file of the command.
    var pipelinePath: String { command.last ?? "" }

    init() throws {
        let joined = try Repository.text("docker/Dockerfile").replacing("\\\n", with: " ")
        var arguments: [String: String] = [:]
        for line in joined.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "ARG": arguments.merge(Self.assignments(words.dropFirst())) { $1 }
            case "FROM":
                let base = try #require(arguments[words[1].filter { !"${}".contains($0) }], "\(line)")
                self = Dockerfile(bases: bases + [base])
            case "VOLUME": volumes += words.dropFirst()
            case "EXPOSE": ports += try words.dropFirst().map { try #require(Int($0)) }
            case "USER": user = words[1]
            case "WORKDIR": workingDirectory = words[1]
            case "STOPSIGNAL": stopSignal = words[1]
            case "ENV": environment.merge(Self.assignments(words.dropFirst())) { $1 }
            case "ENTRYPOINT": entryPoint = try Self.list(line)
            case "CMD": command = try Self.list(line)
            case "HEALTHCHECK":
                let options = Self.assignments(words.filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }[...])
                healthCheck = HealthCheck(options: options, command: try Self.list(line))
            default: break
            }
        }
    }

    private init(bases: [String]) {
        self.bases = bases
    }

    private static func assignments(_ words: ArraySlice<String>) -> [String: String] {
        let pairs = words.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
        return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { $1 }
    }

    /// The words of an instruction that no shell looks at.
    private static func list(_ line: Substring) throws -> [String] {
        let start = try #require(line.firstIndex(of: "["), "not a list: \(line)")
        return try JSONDecoder().decode([String].self, from: Data(line[start...].utf8))
    }
}
