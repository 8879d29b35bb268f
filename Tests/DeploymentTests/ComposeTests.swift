import Dataflow
import Foundation
import HTTPService
import JobService
import SQL
import Testing
import Yams

/// docker/compose.yaml fits itself, the image and the program.
struct ComposeTests {
    private let file: Node
    private let services: Node
    private let millrace: Node
    private let image: Dockerfile

    init() throws {
        file = try Repository.document("docker/compose.yaml")
        services = try file.require("services")
        millrace = try services.require("millrace")
        image = try Dockerfile()
    }

    @Test func fieldsAndTheirTypesAreThoseOfTheSpecification() {
        #expect(ComposeShapes.file.problems(of: file) == [])
    }

    @Test func allSystemsAreThereInVersionsThatStay() throws {
        #expect(Set(services.keys) == ["kafka", "topics", "postgres", "millrace", "prometheus", "grafana"])
        for (name, service) in services.mapping ?? [:] where service["build"] == nil {
            let image = try #require(service["image"]?.string, "\(name.string ?? "")")
            let tag = image.split(separator: ":").dropFirst().last.map(String.init) ?? "latest"
            #expect(tag != "latest" && tag.contains(where: \.isNumber), "\(image)")
        }
        #expect(try millrace.require("build").texts == ["context": "..", "dockerfile": "docker/Dockerfile"])
    }

    @Test func whatIsDependedOnExistsAndCanBecomeHealthy() throws {
        for service in (services.mapping ?? [:]).values {
            guard let needed = service["depends_on"] else { continue }
            for name in needed.strings { #expect(services[name] != nil, "\(name)") }
            for (name, how) in needed.mapping ?? [:] {
                let other = try services.require(name.string ?? "")
                let condition = how["condition"]?.string
                #expect(["service_healthy", "service_completed_successfully"].contains(condition))
                #expect(condition != "service_healthy" || other["healthcheck"] != nil, "\(name.string ?? "")")
            }
        }
    }

    @Test func volumesAndMountedFilesExist() throws {
        let declared = try file.require("volumes").keys
        for service in (services.mapping ?? [:]).values {
            for mount in service["volumes"]?.strings ?? [] {
                let parts = mount.split(separator: ":").map(String.init)
                if parts[0].hasPrefix("./") {
                    #expect(Repository.exists("docker/" + parts[0].dropFirst(2)) && parts.last == "ro", "\(mount)")
                } else {
                    #expect(declared.contains(parts[0]), "\(mount)")
                }
            }
        }
    }

    @Test func theJobsFilesLieWhereTheImageLooksForThem() throws {
        let targets = (millrace["volumes"]?.strings ?? []).map { $0.split(separator: ":").map(String.init)[1] }
        #expect(Set(targets) == Set(image.volumes + [image.pipelinePath]))
    }

    private func deployment() throws -> Deployment {
        let mount = try #require(
            millrace["volumes"]?.strings.first { $0.contains(":\(image.pipelinePath)") }?.split(separator: ":").first)
        return Deployment(
            environment: image.environment.merging(try millrace.require("environment").texts) { $1 },
            sql: try Repository.text("docker/" + mount.dropFirst(2)),
            fileName: image.pipelinePath.split(separator: "/").last.map(String.init) ?? "")
    }

    @Test func theJobTakesItsVariablesAndItsSQL() throws {
        let pipeline = try deployment().pipeline()
        #expect(pipeline.name == "ratings-before-plays")
        let topics = try services.require("topics").require("command").strings.joined()
        for use in pipeline.job.tables {
            guard let topic = use.table.options["topic"] else { continue }
            #expect(topics.contains("--topic \(topic) "), "nothing makes the topic \(topic)")
        }
    }

    @Test func aTokenOfTheShellIsHandedOn() throws {
        let token = try millrace.require("environment.MILLRACE_HTTP_TOKEN")
        #expect(token.isNull, "a token in this file would be everybody's")
        var deployment = try deployment()
        deployment.environment["MILLRACE_HTTP_TOKEN"] = "0123456789abcdef"
        #expect(try deployment.configuration().http?.token == "0123456789abcdef")
    }

    @Test func addressesAgree() throws {
        let configuration = try deployment().configuration()
        let kafka = try services.require("kafka.environment").texts
        #expect(
            kafka["KAFKA_ADVERTISED_LISTENERS"]
                == "PLAINTEXT://" + (configuration.kafkaProperties["bootstrap.servers"] ?? ""))
        let postgres = try services.require("postgres.environment").texts
        let login = "\(postgres["POSTGRES_USER"] ?? ""):\(postgres["POSTGRES_PASSWORD"] ?? "")"
        #expect(configuration.postgresURL == "postgres://\(login)@postgres:5432/\(postgres["POSTGRES_DB"] ?? "")")
        let http = try #require(configuration.http?.address)
        #expect(!http.isLoopback)
        #expect(image.ports == [http.port])
        #expect(millrace["ports"]?.strings == ["127.0.0.1:\(http.port):\(http.port)"])
        let scrape = try Repository.document("docker/monitoring/prometheus.yaml").require("scrape_configs").items[0]
        #expect(scrape["static_configs"]?.items[0]["targets"]?.strings == ["millrace:\(http.port)"])
        let source = try Repository.document("docker/monitoring/grafana/datasources.yaml").require("datasources").items[
            0]
        #expect(source["url"]?.string == "http://prometheus:9090")
    }

    @Test func nothingIsOpenToOtherMachines() {
        for service in (services.mapping ?? [:]).values {
            for port in service["ports"]?.strings ?? [] { #expect(port.hasPrefix("127.0.0.1:"), "\(port)") }
        }
    }

    @Test func theJobIsConfinedAndHasTimeToStop() throws {
        #expect(millrace["read_only"]?.bool == true)
        #expect(millrace["cap_drop"]?.strings == ["ALL"])
        #expect(millrace["security_opt"]?.strings == ["no-new-privileges:true"])
        let patience = try #require(millrace["stop_grace_period"]?.string).milliseconds
        #expect(patience > (try deployment().configuration().shutdownTimeoutMilliseconds))
    }
}
