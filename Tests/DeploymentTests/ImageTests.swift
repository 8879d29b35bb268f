import Foundation
import HTTPService
import JobService
import Testing

/// docker/Dockerfile promises what those who run the image without a file of theirs rely on.
struct ImageTests {
    private let image: Dockerfile

    init() throws {
        image = try Dockerfile()
    }

    private func configuration(_ further: [String: String] = [:]) throws -> ServiceConfiguration {
        let deployment = Deployment(
            environment: image.environment.merging(further) { $1 }, sql: "", fileName: "pipeline.sql")
        return try deployment.configuration()
    }

    @Test func itServesHTTPOnEveryAddressAtThePortThatItNames() throws {
        let http = try #require(try configuration().http)
        #expect(http.address == HTTPAddress(host: "0.0.0.0", port: 8081))
        #expect(image.ports == [8081])
        #expect(http.token == nil, "a token in the image would be everybody's")
    }

    @Test func itsHealthIsAskedOverHTTP() throws {
        let health = try #require(image.healthCheck)
        #expect(health.command == image.entryPoint + ["healthcheck"])
        // A file that is written every second says nothing about the service.
        #expect(try configuration().statusFile == nil)
        #expect(Set(health.options.keys) == ["interval", "timeout", "start-period"])
        let timeout = try #require(health.options["timeout"]).milliseconds
        let interval = try #require(health.options["interval"]).milliseconds
        // The command itself gives up after 5 s and says so.
        #expect(timeout > 5000 && interval > timeout)
    }

    @Test func aSignalReachesTheProgramItself() {
        #expect(image.entryPoint == ["millrace"])
        #expect(image.command == ["run", "/etc/millrace/pipeline.sql"])
        #expect(image.stopSignal == "SIGTERM")
    }

    @Test func itRunsAsAUserWithoutRightsWhoseNumberIsKnown() throws {
        let numbers = image.user.split(separator: ":").map { Int($0) ?? 0 }
        #expect(numbers.count == 2 && numbers.allSatisfy { $0 > 1000 })
        let text = try Repository.text("docker/Dockerfile")
        #expect(text.contains("groupadd --gid \(numbers[1]) ") && text.contains("useradd --uid \(numbers[0]) "))
    }

    @Test func itWritesToItsVolumeOnly() throws {
        let volume = try #require(image.volumes.first)
        #expect(image.volumes.count == 1 && image.workingDirectory == volume)
        #expect(try configuration().checkpointURI.hasPrefix("file://\(volume)/"))
        #expect(try Repository.text("docker/Dockerfile").contains("-m 0700 \(volume) "))
    }

    @Test func itsBasesAreOfOneReleaseAndCanBeReplaced() throws {
        try #require(image.bases.count == 2)
        let release = try #require(image.bases[1].firstMatch(of: /:([a-z]+)/)?.1)
        #expect(image.bases.allSatisfy { $0.contains(release) })
        let text = try Repository.text("docker/Dockerfile")
        #expect(text.contains("FROM ${BUILD_IMAGE}") && text.contains("FROM ${RUNTIME_IMAGE}"))
    }

    /// `docker run` as the README has it, with nothing but what the image says.
    @Test func theREADMERunsIt() throws {
        let text = try Repository.text("README.md").replacing("\\\n", with: " ")
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("docker run ") })
        let words = line.split(separator: " ").map(String.init)
        #expect(words.contains("--read-only"))
        let published = try #require(words.firstIndex(of: "-p").map { words[$0 + 1] })
        #expect(published.hasSuffix("\(image.ports[0]):\(image.ports[0])"))
        var variables: [String: String] = [:]
        var mounts: Set<String> = []
        for (option, value) in zip(words, words.dropFirst()) {
            let parts = value.split(separator: "=", maxSplits: 1).map(String.init)
            if option == "-e" { variables[parts[0]] = parts.last }
            if option == "-v" { mounts.insert(String(value.split(separator: ":")[1])) }
        }
        #expect(mounts == Set(image.volumes + [image.pipelinePath]))
        let configuration = try configuration(variables)
        #expect(configuration.jobName == "film" && configuration.postgresURL != nil)
        let patience = try #require(words.firstIndex(of: "--stop-timeout").flatMap { Int(words[$0 + 1]) })
        #expect(patience * 1000 > configuration.shutdownTimeoutMilliseconds)
    }
}
