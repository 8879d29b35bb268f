internal import ArgumentParser
internal import Foundation

/// One job of the matrix: what it computes, where the rows go, what is promised of them, how many workers it has.
struct JobCase: Hashable, Sendable, Codable {
    enum Job: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
        /// Plays as they come.
        case passThrough = "pass-through"
        /// Three quarters of the plays.
        case filter
        /// Plays with the film of their key, from a compacted topic.
        case enrichment
        /// Plays with the rating of their key before them.
        case asOfJoin = "as-of-join"
    }

    enum Target: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
        case kafka, postgres, blackhole
    }

    enum Guarantee: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
        case exactlyOnce = "exactly-once"
        case atLeastOnce = "at-least-once"
    }

    var job: Job
    var target: Target
    var guarantee: Guarantee
    var parallelism: Int

    /// In the order of the table. The blackhole promises nothing, so it is there once.
    static let matrix: [JobCase] = Job.allCases.flatMap { job in
        Target.allCases.flatMap { target in
            (target == .blackhole ? [.exactlyOnce] : Guarantee.allCases).flatMap { guarantee in
                [1, 2].map { JobCase(job: job, target: target, guarantee: guarantee, parallelism: $0) }
            }
        }
    }

    var name: String {
        target == .blackhole
            ? "\(job.rawValue) to blackhole, p\(parallelism)"
            : "\(job.rawValue) to \(target.rawValue), \(guarantee.rawValue), p\(parallelism)"
    }

    /// The cases that words choose: of each kind of word (job, target, guarantee, `p1`) any, all cases for a kind that
    /// no word is of.
    ///
    /// - Throws: `ValidationError` naming a word of no kind.
    static func chosen(by words: String) throws -> [JobCase] {
        var wanted = words.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        func take<Value: Hashable>(_ values: [Value], _ word: (Value) -> String) -> Set<Value> {
            let found = values.filter { wanted.contains(word($0)) }
            wanted.removeAll { text in values.contains { word($0) == text } }
            return Set(found.isEmpty ? values : found)
        }
        let jobs = take(Job.allCases) { $0.rawValue }
        let targets = take(Target.allCases) { $0.rawValue }
        let guarantees = take(Guarantee.allCases) { $0.rawValue }
        let parallelisms = take(Array(1...64)) { "p\($0)" }
        guard wanted.isEmpty else {
            let known =
                Job.allCases.map(\.rawValue) + Target.allCases.map(\.rawValue) + Guarantee.allCases.map(\.rawValue)
            throw ValidationError("'\(wanted[0])' is none of \(known.joined(separator: ", ")), p1, p2")
        }
        let levels = parallelisms.count == 64 ? [1, 2] : parallelisms.sorted()
        return matrix.filter { $0.parallelism == 1 }.flatMap { one in
            levels.map { JobCase(job: one.job, target: one.target, guarantee: one.guarantee, parallelism: $0) }
        }.filter { one in
            jobs.contains(one.job) && targets.contains(one.target)
                && (one.target == .blackhole || guarantees.contains(one.guarantee))
        }
    }
}
