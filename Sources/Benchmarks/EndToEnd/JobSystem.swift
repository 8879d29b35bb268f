internal import DevPostgres
internal import Foundation
internal import JobService
internal import KafkaConnector
internal import KernelBenchmarks

/// A broker and a PostgreSQL beside this process, with known events in topics, and jobs that run as processes over them.
final class JobSystem {
    let directory: String
    let events: KnownEvents
    let address: String
    private let broker: BrokerProcess?
    private let loader: TopicLoader
    private let suffix = UUID().uuidString.prefix(8).lowercased()
    private var loadedTopics: Set<String> = []
    private var startedPostgres: PostgresServer?
    private var runs = 0

    /// - Parameter bootstrapServers: a cluster to use instead of a broker of our own; its topics are deleted at the end.
    init(_ configuration: KnownEvents.Configuration, bootstrapServers: String?) throws {
        events = KnownEvents(configuration)
        directory = NSTemporaryDirectory() + "millrace-benchmark-\(suffix)"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        broker = bootstrapServers == nil ? try BrokerProcess() : nil
        address = bootstrapServers ?? broker?.address ?? ""
        loader = try TopicLoader(properties: ["bootstrap.servers": address])
    }

    func tearDown() {
        if broker == nil {
            for topic in loadedTopics { try? loader.deleteTopic(topic) }
        }
        broker?.stop()
        startedPostgres?.stop()
        try? FileManager.default.removeItem(atPath: directory)
    }

    /// The release build of the service, which lies beside this program.
    static var program: String {
        get throws {
            let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
                .appendingPathComponent("millrace").path
            guard FileManager.default.isExecutableFile(atPath: path) else {
                throw MeasuredProcess.Failure(
                    description: "\(path) is not there: build it with swift build -c release --product millrace")
            }
            return path
        }
    }

    // MARK: Topics

    /// The topics of the events, and an output's name that was not used yet.
    func places() -> JobText.Places {
        runs += 1
        return JobText.Places(
            ratings: "ratings-\(suffix)", plays: "plays-\(suffix)", films: "films-\(suffix)",
            output: "output_\(suffix)_\(runs)")
    }

    /// Produces what a job reads, unless it is there already.
    func load(_ job: JobCase.Job, _ places: JobText.Places) throws {
        var missing: Set<String> = [places.plays]
        if job == .asOfJoin { missing.insert(places.ratings) }
        if job == .enrichment { missing.insert(places.films) }
        missing.subtract(loadedTopics)
        guard !missing.isEmpty else { return }
        for topic in missing.sorted() {
            try loader.createTopic(topic, partitions: 4, isCompacted: topic == places.films)
        }
        if missing.contains(places.films) { try loadFilms(places.films) }
        try loadEvents(
            plays: missing.contains(places.plays) ? places.plays : nil,
            ratings: missing.contains(places.ratings) ? places.ratings : nil)
        try loader.flush()
        loadedTopics.formUnion(missing)
    }

    private func loadFilms(_ topic: String) throws {
        for key in 0..<events.configuration.keyCount where events.hasFilm(key) {
            try loader.send(topic, key: "{\"movie_id\":\(events.ids(key).film)}", value: events.filmJSON(key))
        }
    }

    private func loadEvents(plays: String?, ratings: String?) throws {
        guard plays != nil || ratings != nil else { return }
        for position in 0..<events.configuration.eventCount {
            switch events.event(events.number(at: position)) {
            case .play(let play):
                guard let plays else { continue }
                let ids = events.ids(play.key)
                try loader.send(plays, key: String(ids.film), value: KnownEvents.json(play, ids))
            case .rating(let rating):
                guard let ratings else { continue }
                let ids = events.ids(rating.key)
                try loader.send(ratings, key: String(ids.film), value: KnownEvents.json(rating, ids))
            }
        }
    }

    /// Records that a job reads.
    func eventCount(_ job: JobCase.Job) -> Int {
        let configuration = events.configuration
        switch job {
        case .passThrough, .filter: return configuration.playCount
        case .asOfJoin: return configuration.eventCount
        case .enrichment:
            let films = (0..<configuration.keyCount).reduce(0) { $0 + (events.hasFilm($1) ? 1 : 0) }
            return configuration.playCount + films
        }
    }

    // MARK: Outputs

    func prepareOutput(_ text: JobText) throws {
        if text.target == .kafka { try loader.createTopic(text.places.output, partitions: 4) }
    }

    /// What the job has written; nil of a sink that keeps nothing.
    func answer(of text: JobText) throws -> Answer? {
        switch text.target {
        case .kafka:
            return try Answer(topic: text.places.output, at: address, job: text.job, dialect: text.dialect)
        case .postgres:
            let found = try postgres().query(Answer.sql(table: text.places.output, job: text.job))
            guard let answer = Answer(text: found) else {
                throw MeasuredProcess.Failure(description: "PostgreSQL answers '\(found)'")
            }
            return answer
        case .blackhole: return nil
        }
    }

    func removeOutput(_ text: JobText) throws {
        switch text.target {
        case .kafka: try loader.deleteTopic(text.places.output)
        case .postgres: try postgres().query("DROP TABLE IF EXISTS \(text.places.output)")
        case .blackhole: break
        }
    }

    func postgres() throws -> PostgresServer {
        if let startedPostgres { return startedPostgres }
        let server = try PostgresServer()
        startedPostgres = server
        return server
    }
}
