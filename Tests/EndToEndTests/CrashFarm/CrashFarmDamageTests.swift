import Foundation
import TestKit
import Testing

/// Every kind of checkpoint file harmed at random places between a crash and a start: never wrong rows. Either the job refuses, naming
/// the file and the command that goes on, or it goes on from what is provably right.
///
/// `MILLRACE_TEST_DAMAGES` is the number of harmed files a variant.
@Suite(.timeLimit(.minutes(90)))
struct CrashFarmDamageTests {
    static let damages = CrashFarmTests.environment["MILLRACE_TEST_DAMAGES"].flatMap { Int($0) } ?? 14

    @Test(arguments: FarmVariant.allCases)
    func aDamagedFileNeverGivesWrongRows(variant: FarmVariant) async throws {
        let seed = CrashFarmTests.seed ?? UInt64.random(in: 1...1_000_000_000)
        let report = try await CrashFarmTests.onItsOwnThread {
            let farm = try Farm(variant, seed: seed)
            defer { farm.tearDown() }
            var random = SeededRandom(seed: seed)
            var life = try farm.start()
            farm.waitForProgress("the start")
            let kinds =
                ["checkpoint-", "state-", "ack-", "attempt-", "quarantine-", "savepoint-"]
                + (variant.hasFollowers ? ["redo-"] : [])
            for round in 0..<Self.damages {
                let kind = kinds[round % kinds.count]
                try Self.killWith(kind, farm, life, &random)
                life = try Self.harmAndStart(kind, farm, &random)
                if farm.report.violations.count > 20 { break }
            }
            try farm.conclude(life)
            return farm.report
        }
        print(report.line)
        #expect(report.violations.isEmpty, "\(report.line)\n\(report.violations.prefix(20).joined(separator: "\n"))")
    }

    /// Ends the process so that a file of that kind is there.
    private static func killWith(
        _ kind: String, _ farm: Farm, _ life: FarmJob.Life, _ random: inout SeededRandom
    ) throws {
        let folder = farm.job.checkpoints
        switch kind {
        case "attempt-", "quarantine-":
            // They are there from the start of a process to its first commit, the search after three such deaths.
            farm.bury(life)
            for _ in 0..<12 where folder.names(kind).isEmpty {
                let known = Set(folder.names())
                let next = try farm.start()
                let deadline = Date(timeIntervalSinceNow: 15)
                while Date() < deadline, next.process.isRunning,
                    !folder.names().contains(where: {
                        ($0.hasPrefix("attempt-") || $0.hasPrefix(kind)) && !known.contains($0)
                    })
                {
                    TestSystem.pass(microseconds: 300)
                }
                farm.bury(next)
            }
            if folder.names(kind).isEmpty { farm.violate("no file of the kind \(kind) ever came about") }
        case "savepoint-":
            farm.kill(life, .afterCommit(milliseconds: .random(in: 0..<50, using: &random)))
            // A savepoint is an empty file beside the manifest.
            guard let acknowledged = folder.names("ack-").last else { return }
            let name = "savepoint-" + acknowledged.dropFirst("ack-".count)
            _ = FileManager.default.createFile(atPath: "\(folder.path)/\(name)", contents: nil)
        default:
            farm.kill(
                life, .atFile(prefix: kind, count: 1, microseconds: .random(in: 0..<20_000, using: &random)))
        }
    }

    /// Harms one file, starts the job, judges what it does, and starts it with the file mended where it refused.
    private static func harmAndStart(
        _ kind: String, _ farm: Farm, _ random: inout SeededRandom
    ) throws -> FarmJob.Life {
        let folder = farm.job.checkpoints
        let names = folder.names(kind)
        // The newest are those that matter most.
        let chosen = random.happens(0.6) ? names.last : names.randomElement(using: &random)
        guard let name = chosen else { return try farm.start() }
        let url = URL(fileURLWithPath: "\(folder.path)/\(name)")
        let content = try Data(contentsOf: url)
        let damage = FileDamage(fileSize: content.count, &random)
        // Recovery may acknowledge what is there before it reads the state: only a later epoch shows that the job goes on.
        let epoch = folder.newestEpoch
        if let harmed = damage.apply(to: content) {
            try harmed.write(to: url)
        } else {
            try FileManager.default.removeItem(at: url)
        }
        farm.count("damaged \(kind.dropLast())")
        let life = try farm.start()
        let deadline = Date(timeIntervalSinceNow: Farm.liveness)
        while Date() < deadline, life.process.isRunning, folder.acknowledgedEpoch <= epoch {
            TestSystem.pass(milliseconds: 10)
        }
        if life.process.isRunning {
            if folder.acknowledgedEpoch <= epoch {
                farm.violate("\(name), \(damage): neither refused nor went on: \(life.notableLines.suffix(1500))")
            }
            return life
        }
        let status = life.process.wait()
        let output = life.process.output
        // Which rows a checkpoint's missing acknowledgement stood for, only the message about the rows can say.
        let namesFile = output.contains(name) || kind == "ack-"
        if status != 3 || !namesFile || !output.contains("--from-checkpoint") {
            farm.violate(
                "\(name), \(damage): ended with \(status) without file and command: \(life.notableLines.suffix(1500))")
        }
        farm.note(life)
        try content.write(to: url)
        return try farm.start()
    }
}
