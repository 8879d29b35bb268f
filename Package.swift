// swift-tools-version: 6.2
import PackageDescription

/// `docker/fuzz.sh` sets it: all Swift targets are built for libFuzzer and the address sanitizer, and the program Fuzz is there.
let isFuzzing = Context.environment["MILLRACE_FUZZ"] == "1"
let sanitizers = ["-sanitize=fuzzer,address"]

/// Settings of every Swift target: language mode 6 is the tools version's default.
let common: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .treatAllWarnings(as: .error),
        // Places where tests make the process fail: in test builds only.
        .define("FAILPOINTS", .when(configuration: .debug)),
    ] + (isFuzzing ? [.unsafeFlags(sanitizers)] : [])
/// For what computes histories by the ten thousand, in tests too.
let simulating: [SwiftSetting] = common + [.unsafeFlags(["-O"], .when(configuration: .debug))]
/// For targets that hold no kernels and no C handle.
let strict: [SwiftSetting] = common + [.strictMemorySafety()]

let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let http: [Target.Dependency] =
    nio + [
        .product(name: "NIOHTTP1", package: "swift-nio"), .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "CoreMetrics", package: "swift-metrics"), logging,
    ]
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// One program for all targets of FuzzTargets, without a `main` of its own: libFuzzer has one.
let fuzzer: Target = .executableTarget(
    name: "Fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzzing/Program",
    swiftSettings: common + [.unsafeFlags(["-parse-as-library"])], linkerSettings: [.unsafeFlags(sanitizers)])

let package = Package(
    name: "millrace",
    products: [
        .executable(name: "millrace", targets: ["CLI"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    ],
    targets: [
        // C libraries, one folder each.
        // librdkafka: batched consume into one buffer, produce, transactions, groups; errors as codes
        .target(name: "CKafka", path: "Connectors/CKafka", linkerSettings: [.linkedLibrary("rdkafka")]),
        // libpq: COPY and pipeline from buffers
        .target(name: "CPostgres", path: "Connectors/CPostgres", linkerSettings: [.linkedLibrary("pq")]),
        // zlib, LZ4, Zstandard, and Snappy of our own: what record batches are compressed with, unpacked within limits
        .target(
            name: "CCompression", path: "Connectors/CCompression",
            linkerSettings: [.linkedLibrary("z"), .linkedLibrary("lz4"), .linkedLibrary("zstd")]),
        // OpenSSL, which librdkafka and libpq use: its opinion of a server's certificate, and a server's side for DevBroker
        .target(
            name: "CTLS", path: "Connectors/CTLS", linkerSettings: [.linkedLibrary("ssl"), .linkedLibrary("crypto")]),

        // Named places where test builds can be made to fail; nothing in release builds.
        .target(name: "Failpoints", swiftSettings: common),
        // Why a server's certificate does not pass.
        .target(name: "TLSInspection", dependencies: ["CTLS"], swiftSettings: common),
        // Logical types, schemas, column vectors, RecordBatch, RowKind, key hashing.
        .target(name: "Columnar", swiftSettings: common),
        // Typed scalar expressions, function registry, vectorised kernels.
        .target(name: "Expressions", dependencies: ["Columnar"], swiftSettings: common),
        // State handles, key groups, StateBackend and CheckpointStore contracts, in-memory backend.
        .target(name: "StateBackends", dependencies: ["Columnar"], swiftSettings: common),
        // The contract: Source, Operator, Sink, Collector, Watermark, CheckpointBarrier, JobGraph, Catalog.
        .target(name: "Dataflow", dependencies: ["Columnar", "StateBackends"], swiftSettings: common),
        // Filter/project, keyed enrichment, temporal join.
        .target(
            name: "Operators", dependencies: ["Columnar", "Expressions", "StateBackends", "Dataflow"],
            swiftSettings: common),
        // Flink's SQL dialect: text to JobGraph.
        .target(
            name: "SQL", dependencies: ["Columnar", "Expressions", "Dataflow", "Operators"], swiftSettings: strict),
        // JobGraph to ExecutionGraph: worker threads, exchanges, alignment, checkpoints, the commit protocol.
        .target(
            name: "Execution", dependencies: ["Columnar", "StateBackends", "Dataflow", "Failpoints"],
            swiftSettings: common),
        // CheckpointStore on a file system; manifests, retention.
        .target(
            name: "CheckpointStorage", dependencies: ["StateBackends", "Failpoints", crypto], swiftSettings: strict),
        // JSON: bytes to RecordBatch and back.
        .target(name: "Formats", dependencies: ["Columnar"], swiftSettings: common),
        // Kafka source and sinks over librdkafka.
        .target(
            name: "KafkaConnector",
            dependencies: [
                "Columnar", "StateBackends", "Dataflow", "Formats", "CKafka", "CCompression", "Failpoints",
                "TLSInspection",
            ],
            swiftSettings: common),
        // PostgreSQL sink and lookup over libpq.
        .target(
            name: "PostgresConnector",
            dependencies: [
                "Columnar", "StateBackends", "Dataflow", "Formats", "CPostgres", "Failpoints", "TLSInspection",
            ],
            swiftSettings: common),
        // datagen, print, blackhole: connectors that need no other system.
        .target(name: "BuiltinConnectors", dependencies: ["Columnar", "Dataflow"], swiftSettings: common),
        // Kafka-protocol broker in one process.
        .target(name: "DevBroker", dependencies: nio + ["CTLS", logging, crypto], swiftSettings: strict),
        // A private PostgreSQL server for trying things out and for tests.
        .target(name: "DevPostgres", swiftSettings: common),
        // A job seen from outside: status snapshot, why nothing comes out, metrics, the HTTP API and its web page.
        .target(
            name: "HTTPService", dependencies: http, resources: [.embedInCode("Web")], swiftSettings: strict),
        // Composition root: configuration from the environment, job lifecycle.
        .target(
            name: "JobService",
            dependencies: [
                "Columnar", "Expressions", "StateBackends", "Dataflow", "Operators", "SQL", "Execution",
                "CheckpointStorage", "Formats", "KafkaConnector", "PostgresConnector", "BuiltinConnectors",
                "DevPostgres", "HTTPService", "Failpoints", logging,
            ], swiftSettings: strict),
        // Pipelines on given rows, with a clock that stands still: `millrace test`.
        .target(
            name: "PipelineTesting",
            dependencies: [
                "Columnar", "Dataflow", "SQL", "Execution", "Formats", "KafkaConnector", "JobService",
                .product(name: "Yams", package: "Yams"),
            ], swiftSettings: strict),
        // What `millrace init` writes: example pipelines with their tests.
        .target(
            name: "Starter", dependencies: ["Columnar", "JobService"], resources: [.embedInCode("Templates")],
            swiftSettings: strict),
        // Executable `millrace`, one file per command.
        .executableTarget(
            name: "CLI",
            dependencies: [
                "DevBroker", "HTTPService", "JobService", "PipelineTesting", "Starter", arguments, logging,
            ],
            swiftSettings: strict),
        // What is measured in one thread, and measuring itself: kernels, state, operators; the quick part with thresholds.
        .target(
            name: "KernelBenchmarks",
            dependencies: [
                "Columnar", "Expressions", "StateBackends", "Dataflow", "Operators", "Formats", "TestKit", arguments,
            ], exclude: ["Quick/thresholds.json"], swiftSettings: common),
        // The quick part alone, for continuous integration.
        .executableTarget(
            name: "QuickBenchmarks", dependencies: ["KernelBenchmarks", arguments], swiftSettings: common),
        // All of it, runtime, connectors and whole jobs too: `swift run -c release Benchmarks`.
        .executableTarget(
            name: "Benchmarks",
            dependencies: [
                "Columnar", "Expressions", "StateBackends", "Dataflow", "Operators", "SQL", "Execution",
                "CheckpointStorage",
                "Formats", "KafkaConnector", "PostgresConnector", "BuiltinConnectors", "DevBroker", "DevPostgres",
                "HTTPService", "JobService", "KernelBenchmarks", "TestKit", arguments,
            ], exclude: ["README.md", "Profiles.md"], swiftSettings: common),

        // Private servers and other fixtures of the tests.
        .target(
            name: "TestKit", dependencies: ["Columnar", "StateBackends", "Dataflow", "Execution"],
            path: "Tests/TestKit",
            swiftSettings: simulating),
        // What is fuzzed: by a loop in FuzzingTests, and by libFuzzer (`docker/fuzz.sh`).
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Columnar", "StateBackends", "Dataflow", "SQL", "Execution", "Formats", "KafkaConnector",
                "PostgresConnector", "DevBroker", "JobService", "TestKit",
                .product(name: "NIOCore", package: "swift-nio"),
            ], path: "Tests/Fuzzing/Targets", swiftSettings: common),
        .testTarget(name: "FailpointsTests", dependencies: ["Failpoints"], swiftSettings: common),
        .testTarget(name: "ColumnarTests", dependencies: ["Columnar"], swiftSettings: common),
        .testTarget(
            name: "ExpressionsTests", dependencies: ["Columnar", "Expressions", "TestKit"], swiftSettings: common),
        .testTarget(
            name: "SQLTests",
            dependencies: [
                "Columnar", "Expressions", "StateBackends", "Dataflow", "Operators", "SQL", "Execution", "TestKit",
            ],
            exclude: ["Queries"], swiftSettings: strict),
        .testTarget(
            name: "StateBackendsTests", dependencies: ["Columnar", "StateBackends", "TestKit"], swiftSettings: common),
        .testTarget(
            name: "OperatorsTests",
            dependencies: ["Columnar", "Expressions", "StateBackends", "Dataflow", "Operators", "TestKit"],
            swiftSettings: common),
        .testTarget(name: "FormatsTests", dependencies: ["Columnar", "Formats", "TestKit"], swiftSettings: common),
        .testTarget(
            name: "ExecutionTests", dependencies: ["Columnar", "StateBackends", "Dataflow", "Execution", "TestKit"],
            swiftSettings: common),
        .testTarget(
            name: "CheckpointStorageTests", dependencies: ["StateBackends", "CheckpointStorage"], swiftSettings: common),
        .testTarget(
            name: "KafkaConnectorTests",
            dependencies: [
                "Columnar", "Dataflow", "Formats", "KafkaConnector", "DevBroker", "CKafka", "CCompression", "TestKit",
            ],
            swiftSettings: common),
        .testTarget(
            name: "PostgresConnectorTests",
            dependencies: ["Columnar", "StateBackends", "Dataflow", "PostgresConnector", "DevPostgres", "TestKit"],
            swiftSettings: common),
        .testTarget(
            name: "BuiltinConnectorsTests", dependencies: ["Columnar", "Dataflow", "BuiltinConnectors", "TestKit"],
            swiftSettings: common),
        .testTarget(
            name: "DevBrokerTests",
            dependencies: [
                "DevBroker", "TLSInspection", "TestKit", .product(name: "NIOCore", package: "swift-nio"), crypto,
            ],
            exclude: ["Clients"], swiftSettings: common),
        // What DevBroker and a real Apache Kafka answer alike.
        .testTarget(
            name: "ConformanceTests", dependencies: ["DevBroker", .product(name: "NIOCore", package: "swift-nio")],
            swiftSettings: common),
        .testTarget(name: "HTTPServiceTests", dependencies: ["HTTPService"], swiftSettings: common),
        .testTarget(
            name: "JobServiceTests",
            dependencies: [
                "Columnar", "StateBackends", "Dataflow", "Execution", "SQL", "HTTPService", "JobService", logging,
            ], swiftSettings: common),
        .testTarget(name: "PipelineTestingTests", dependencies: ["PipelineTesting"], swiftSettings: common),
        .testTarget(
            name: "StarterTests",
            dependencies: ["JobService", "PipelineTesting", "Starter", .product(name: "Yams", package: "Yams")],
            swiftSettings: common),
        // What is shipped beside the program: deployment files and operators' documents, against the code.
        .testTarget(
            name: "DeploymentTests",
            dependencies: [
                "Dataflow", "SQL", "Execution", "KafkaConnector", "HTTPService", "JobService",
                .product(name: "Yams", package: "Yams"),
            ], swiftSettings: common),
        .testTarget(
            name: "KernelBenchmarksTests", dependencies: ["Columnar", "Expressions", "KernelBenchmarks", arguments],
            swiftSettings: common),
        .testTarget(
            name: "BenchmarksTests", dependencies: ["Benchmarks", "JobService", "KernelBenchmarks", arguments],
            swiftSettings: common),
        .testTarget(name: "FuzzingTests", dependencies: ["FuzzTargets", "TestKit"], swiftSettings: common),
        // The service, DevBroker and PostgreSQL as real processes; kill and restore.
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "CLI", "HTTPService", "JobService", "KafkaConnector", "DevPostgres", "Failpoints", "TestKit",
            ],
            swiftSettings: common),
    ] + (isFuzzing ? [fuzzer] : [])
)
