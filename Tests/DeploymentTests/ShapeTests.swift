import Foundation
import Testing
import Yams

/// The check by names and types finds what it is for.
struct ShapeTests {
    private func problems(_ text: String, _ shape: Shape) throws -> [String] {
        shape.problems(of: try #require(try compose(yaml: text)))
    }

    @Test func typesAreThoseThatYAMLReads() throws {
        let shape = Shape.object(["a": .text, "b": .number, "c": .flag, "d": .list(of: .number)], required: ["a"])
        #expect(try problems("{a: x, b: 1, c: true, d: [1, 2]}", shape) == [])
        #expect(try problems("{a: \"1\"}", shape) == [])
        #expect(try problems("{a: 1}", shape) == [".a is no text"])
        #expect(try problems("{a: true}", shape) == [".a is no text"])
        #expect(try problems("{a: x, b: \"1\"}", shape) == [".b is no whole number"])
        #expect(try problems("{a: x, c: \"true\"}", shape) == [".c is neither true nor false"])
        #expect(try problems("{a: x, d: [1, y]}", shape) == [".d[1] is no whole number"])
        #expect(try problems("{a: x, d: 1}", shape) == [".d is no list"])
        #expect(try problems("{b: 1, e: 1}", shape) == ["the document lacks a", "the document has no field 'e'"])
        #expect(try problems("[a]", shape).contains("the document is no mapping"))
    }

    @Test func textsHaveTheirForms() throws {
        let shape = Shape.map(of: .either([.pattern("[0-9]+s"), .choice(["never"]), .nothing]))
        #expect(try problems("{a: 10s, b: never, c: }", shape) == [])
        #expect(try problems("{a: 10}", shape) == [".a is no text"])
        #expect(try problems("{a: 10sec}", shape) == [".a: '10sec' is not of the form [0-9]+s"])
    }

    @Test(arguments: [
        ("StatefulSet", "replicas: 1", "replicas: \"1\"", ".spec.replicas is no whole number"),
        ("StatefulSet", "value: \"true\"", "value: true", "value is no text"),
        ("StatefulSet", "containerPort: 8081", "containerport: 8081", "has no field 'containerport'"),
        ("StatefulSet", "memory: 2Gi", "memory: 2GB", "'2GB' is not of the form"),
        ("StatefulSet", "mountPath: /tmp", "mountPath: tmp", "'tmp' is not of the form"),
        ("StatefulSet", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: \"yes\"", "neither true nor false"),
        ("PodDisruptionBudget", "maxUnavailable: 1", "maxUnavailable: one", ".spec.maxUnavailable"),
        ("Service", "  name: ratings-before-plays", "  name: Ratings", "'Ratings' is not of the form"),
    ])
    func aSlipInTheManifestsIsFound(kind: String, good: String, bad: String, said: String) throws {
        let text = try Repository.text("docker/kubernetes/\(kind.lowercased()).yaml")
        let shape = try #require(KubernetesShapes.object(kind))
        #expect(try problems(text, shape) == [])
        #expect(text.contains(good))
        let found = try problems(text.replacingOccurrences(of: good, with: bad), shape)
        #expect(found.contains { $0.contains(said) }, "\(found)")
    }

    @Test(arguments: [
        ("read_only: true", "read_only: \"true\"", ".services.millrace.read_only is neither"),
        ("stop_grace_period: 40s", "stop_grace_period: 40", ".services.millrace.stop_grace_period is no text"),
        ("cap_drop: [ALL]", "cap_drop: ALL", ".services.millrace.cap_drop is no list"),
        ("KAFKA_NODE_ID: \"1\"", "KAFKA_NODE_ID: true", ".services.kafka.environment.KAFKA_NODE_ID is no text"),
        ("restart: on-failure", "restart: sometimes", "'sometimes' is not of the form"),
        ("retries: 20", "retry: 20", "has no field 'retry'"),
    ])
    func aSlipInTheComposeFileIsFound(good: String, bad: String, said: String) throws {
        let text = try Repository.text("docker/compose.yaml")
        #expect(text.contains(good))
        let found = try problems(text.replacingOccurrences(of: good, with: bad), ComposeShapes.file)
        #expect(found.contains { $0.contains(said) }, "\(found)")
    }
}
