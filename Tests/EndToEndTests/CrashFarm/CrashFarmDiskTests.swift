import Foundation
import TestKit
import Testing

/// No space left under the checkpoints, for a while: nothing is lost, and the job goes on when there is space again.
///
/// On a small file system of its own where the rights allow to mount one, else by failpoints.
@Suite(.timeLimit(.minutes(10)))
struct CrashFarmDiskTests {
    @Test(arguments: FarmVariant.allCases)
    func aFullDiskIsWaitedOut(variant: FarmVariant) async throws {
        let seed = CrashFarmTests.seed ?? UInt64.random(in: 1...1_000_000_000)
        let report = try await CrashFarmTests.onItsOwnThread {
            let farm = try Farm(variant, seed: seed)
            let disk = SmallDisk("\(farm.system.directory)/checkpoints")
            defer {
                farm.tearDown()
                disk?.unmount()
                if farm.report.violations.isEmpty {
                    try? FileManager.default.removeItem(atPath: farm.system.directory)
                }
            }
            var random = SeededRandom(seed: seed)
            // The disk is to be met full, not nearly full.
            let settings = ["MILLRACE_CHECKPOINT_MINIMUM_FREE": "0"]
            farm.job.further = settings
            if disk == nil { farm.job.further["MILLRACE_FAILPOINTS"] = "fileWrite=enospc%30;fileCreate=enospc%10" }
            var life = try farm.start()
            farm.waitForProgress("the start")
            for round in 0..<4 {
                TestSystem.pass(milliseconds: Int.random(in: 0..<300, using: &random))
                let known = life.spaceFailureCount
                // Enough for one file, not for the next.
                try disk?.fill(leaving: Int.random(in: 0..<40_000, using: &random))
                let deadline = Date(timeIntervalSinceNow: Farm.liveness)
                while life.spaceFailureCount == known, Date() < deadline { TestSystem.pass(milliseconds: 10) }
                if life.spaceFailureCount == known { farm.violate("a full disk went unnoticed") }
                farm.count("full disk")
                if round % 2 == 1 {
                    farm.bury(life)
                    farm.count("killed")
                    life = try farm.start()
                    TestSystem.pass(milliseconds: Int.random(in: 0..<1500, using: &random))
                }
                disk?.empty()
                farm.waitForProgress("a full disk")
            }
            farm.job.further = settings
            farm.bury(life)
            life = try farm.start()
            try farm.conclude(life)
            return farm.report
        }
        print(report.line)
        #expect(report.violations.isEmpty, "\(report.line)\n\(report.violations.prefix(20).joined(separator: "\n"))")
    }
}

extension FarmJob.Life {
    /// How often it said that there is no space.
    var spaceFailureCount: Int { process.output.components(separatedBy: "No space left").count - 1 }
}

/// A file system in memory, of 24 MB, that can be filled.
struct SmallDisk {
    private let path: String
    private var filler: String { "\(path)/filler" }

    /// Nil where this process may not mount one.
    init?(_ path: String) {
        self.path = path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard Self.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", path]) else { return nil }
    }

    /// Takes all space but so many bytes.
    func fill(leaving count: Int) throws {
        guard let handle = FileHandle(forWritingAtPath: filler) ?? Self.create(filler) else {
            throw TestSystem.Failure(description: "\(filler) cannot be written")
        }
        let block = Data(count: 64 << 10)
        while (try? handle.write(contentsOf: block)) != nil {}
        let small = Data(count: 4096)
        while (try? handle.write(contentsOf: small)) != nil {}
        let size = try handle.offset()
        try handle.truncate(atOffset: size > UInt64(count) ? size - UInt64(count) : 0)
        try handle.close()
    }

    func empty() { try? FileManager.default.removeItem(atPath: filler) }

    func unmount() { _ = Self.run(["umount", "-l", path]) }

    private static func create(_ path: String) -> FileHandle? {
        FileManager.default.createFile(atPath: path, contents: nil) ? FileHandle(forWritingAtPath: path) : nil
    }

    private static func run(_ command: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
