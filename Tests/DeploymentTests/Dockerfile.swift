import Foundation
import Testing

/// What the image promises to those who run it: the instructions of docker/Dockerfile's last stage.
struct Dockerfile {
    var environment: [String: String] = [:]
    var volumes: [String] = []
    var user = ""
    /// The SQL file of the command.
    var pipelinePath = ""

    init() throws {
        let joined = try Repository.text("docker/Dockerfile").replacing("\\\n", with: " ")
        for line in joined.split(separator: "\n") {
            let words = line.split(separator: " ").map(String.init)
            switch words.first {
            case "FROM": self = Dockerfile(empty: ())
            case "VOLUME": volumes += words.dropFirst()
            case "USER": user = words[1]
            case "ENV":
                for word in words.dropFirst() {
                    let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
                    environment[parts[0]] = parts[1]
                }
            case "CMD":
                let list = try JSONDecoder().decode([String].self, from: Data(line.dropFirst("CMD".count).utf8))
                pipelinePath = try #require(list.last)
            default: break
            }
        }
        try #require(!volumes.isEmpty && !user.isEmpty && !pipelinePath.isEmpty)
    }

    private init(empty: Void) {}
}
