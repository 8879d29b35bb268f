import Foundation
import HTTPService
import JobService
import Testing
import Yams

/// docker/kubernetes fits itself, the image and the program.
struct KubernetesTests {
    private let objects: [String: Node]
    private let set: Node
    private let pod: Node
    private let container: Node
    private let image: Dockerfile

    init() throws {
        let folder = Repository.root.appendingPathComponent("docker/kubernetes").path
        var objects: [String: Node] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".yaml") {
            for object in try Repository.documents("docker/kubernetes/" + name) {
                let kind = try #require(object["kind"]?.string)
                try #require(objects.updateValue(object, forKey: kind) == nil, "two objects of kind \(kind)")
            }
        }
        self.objects = objects
        set = try #require(objects["StatefulSet"])
        pod = try set.require("spec.template.spec")
        container = try pod.require("containers").item("millrace")
        image = try Dockerfile()
    }

    private func object(_ kind: String) throws -> Node { try #require(objects[kind]) }

    /// An object's name of the variable, as Kubernetes would set it.
    private var environment: [String: String] {
        var texts: [String: String] = [:]
        for item in container["env"]?.items ?? [] {
            if let name = item["name"]?.string { texts[name] = item["value"]?.string }
        }
        return texts
    }

    /// Everything that is mounted, by path, with its volume's name.
    private var mounts: [String: String] {
        var mounts: [String: String] = [:]
        for item in container["volumeMounts"]?.items ?? [] {
            if let path = item["mountPath"]?.string { mounts[path] = item["name"]?.string }
        }
        return mounts
    }

    private func deployment(token: String? = "0123456789abcdef0123") throws -> Deployment {
        var files: [String: String] = [:]
        let place = try #require(mounts.first { $0.value == "secrets" }?.key)
        for (key, value) in try object("Secret").require("stringData").texts {
            files["\(place)/\(key)"] = key == "http-token" ? token ?? value : value
        }
        let sql = try object("ConfigMap").require("data")
        let fileName = try #require(image.pipelinePath.split(separator: "/").last.map(String.init))
        return Deployment(
            environment: image.environment.merging(environment) { $1 }, files: files,
            sql: try #require(sql[fileName]?.string), fileName: fileName)
    }

    @Test func objectsAreOfTheRightVersionsAndBelongTogether() throws {
        let versions = [
            "StatefulSet": "apps/v1", "ConfigMap": "v1", "Secret": "v1", "Service": "v1",
            "PodDisruptionBudget": "policy/v1",
        ]
        #expect(Set(objects.keys) == Set(versions.keys))
        let labels = try set.require("metadata.labels").texts
        for (kind, object) in objects {
            #expect(object["apiVersion"]?.string == versions[kind], "\(kind)")
            #expect(try object.require("metadata.name").string == set.require("metadata.name").string, "\(kind)")
            #expect(try object.require("metadata.labels").texts == labels, "\(kind)")
        }
        #expect(try set.require("spec.template.metadata.labels").texts == labels)
        #expect(try set.require("spec.selector.matchLabels").texts == labels)
        #expect(try object("PodDisruptionBudget").require("spec.selector.matchLabels").texts == labels)
        #expect(try object("Service").require("spec.selector").texts == labels)
    }

    @Test func fieldsAndTheirTypesAreThoseOfTheAPI() throws {
        for (kind, object) in objects {
            #expect(try #require(KubernetesShapes.object(kind)).problems(of: object) == [], "\(kind)")
        }
    }

    @Test func thereIsOneProcessWithANameAndStorageThatStays() throws {
        #expect(set.at("spec.replicas")?.int == 1)
        let service = try object("Service")
        #expect(service.at("spec.clusterIP")?.string == "None")
        #expect(service.at("spec.publishNotReadyAddresses")?.bool == true)
        #expect(try set.require("spec.serviceName").string == service.require("metadata.name").string)
        #expect(set.at("spec.persistentVolumeClaimRetentionPolicy.whenDeleted")?.string == "Retain")
        let claims = try set.require("spec.volumeClaimTemplates").items
        #expect(claims.count == 1 && claims[0].at("spec.resources.requests.storage") != nil)
        #expect(claims[0].at("metadata.name")?.string == mounts[try #require(image.volumes.first)])
        #expect((try object("PodDisruptionBudget")).at("spec.maxUnavailable")?.int == 1)
    }

    @Test func everyMountHasItsVolumeAndItsPlaceInTheImage() throws {
        let claims = try set.require("spec.volumeClaimTemplates").items.compactMap { $0.at("metadata.name")?.string }
        let volumes = try pod.require("volumes").items.compactMap { $0["name"]?.string }
        #expect(Set(claims + volumes) == Set(mounts.values))
        let folder = try #require(image.pipelinePath.split(separator: "/").dropLast().last)
        #expect(Set(mounts.keys) == Set(image.volumes + ["/etc/\(folder)", "/run/secrets/millrace", "/tmp"]))
        #expect("/etc/\(folder)/pipeline.sql" == image.pipelinePath)
        let name = try set.require("metadata.name").string
        #expect(try pod.require("volumes").item("pipeline").require("configMap.name").string == name)
        #expect(try pod.require("volumes").item("secrets").require("secret.secretName").string == name)
        let configuration = try deployment().configuration()
        #expect(configuration.checkpointURI.hasPrefix("file://\(image.volumes[0])/"))
    }

    @Test func theJobTakesItsVariablesAndItsSQL() throws {
        let deployment = try deployment()
        let pipeline = try deployment.pipeline()
        #expect(pipeline.name == "ratings-before-plays")
        #expect(deployment.sql == (try Repository.text("docker/ratings-before-plays.sql")))
        // What the url names beside the server is mounted too.
        let url = try #require(try deployment.configuration().postgresURL)
        let certificate = try #require(url.split(separator: "=").last.map(String.init))
        #expect(url.contains("sslmode=verify-full") && deployment.files[certificate] != nil)
    }

    @Test func secretsComeAsFilesAndTheirPlaceholdersAreRefused() throws {
        let secret = ConfigurationKey.all.filter { $0.value == .secret }.map(\.variable)
        #expect(!environment.keys.contains { secret.contains($0) })
        #expect {
            try deployment(token: nil).configuration()
        } throws: {
            "\($0)".contains("MILLRACE_HTTP_TOKEN_FILE: is not a token")
        }
        for item in container["env"]?.items ?? [] { #expect(item["value"]?.string != nil, "not a plain value") }
    }

    @Test func portsAgree() throws {
        let http = try #require(try deployment().configuration().http?.address)
        #expect(!http.isLoopback)
        let port = try container.require("ports").item("http")
        #expect(port["containerPort"]?.int == http.port && image.ports == [http.port])
        #expect(try object("Service").require("spec.ports").item("http")["port"]?.int == http.port)
        #expect(try object("Service").require("spec.ports").item("http")["targetPort"]?.string == "http")
        let annotations = try set.require("spec.template.metadata.annotations").texts
        #expect(annotations["prometheus.io/port"] == "\(http.port)")
        #expect(annotations["prometheus.io/scrape"] == "true" && annotations["prometheus.io/path"] == "/metrics")
    }

    @Test func probesAskWhatTheServiceAnswers() throws {
        let api = try Repository.text("Sources/HTTPService/Server/Routes.swift")
        for (probe, path) in [("livenessProbe", "/health/live"), ("readinessProbe", "/health/ready")] {
            #expect(container.at("\(probe).httpGet.path")?.string == path)
            #expect(container.at("\(probe).httpGet.port")?.string == "http")
            #expect(api.contains("\"\(path)\""))
        }
    }

    @Test func theJobIsConfined() throws {
        let user = try #require(image.user.split(separator: ":").first.flatMap { Int($0) })
        #expect(pod.at("securityContext.runAsNonRoot")?.bool == true)
        #expect(pod.at("securityContext.runAsUser")?.int == user)
        #expect(pod.at("securityContext.fsGroup")?.int == user)
        #expect(pod.at("securityContext.seccompProfile.type")?.string == "RuntimeDefault")
        #expect(container.at("securityContext.readOnlyRootFilesystem")?.bool == true)
        #expect(container.at("securityContext.allowPrivilegeEscalation")?.bool == false)
        #expect(container.at("securityContext.capabilities.drop")?.strings == ["ALL"])
        #expect(pod["automountServiceAccountToken"]?.bool == false)
    }

    /// A Service named `millrace` would give each pod MILLRACE_SERVICE_HOST, which is no variable of the program.
    @Test func servicesOfTheNamespaceSetNoVariables() throws {
        #expect(pod["enableServiceLinks"]?.bool == false)
        var deployment = try deployment()
        deployment.environment["MILLRACE_SERVICE_HOST"] = "10.0.0.1"
        #expect {
            try deployment.configuration()
        } throws: {
            "\($0)".contains("MILLRACE_SERVICE_HOST: is not a variable of Millrace")
        }
    }

    @Test func thereIsTimeForTheLastCheckpoint() throws {
        let patience = try #require(pod["terminationGracePeriodSeconds"]?.int) * 1000
        #expect(patience > (try deployment().configuration().shutdownTimeoutMilliseconds))
    }

    @Test func theImageIsThatOfThisVersion() throws {
        #expect(container["image"]?.string == "millrace:\(ServiceVersion.current)")
    }
}
