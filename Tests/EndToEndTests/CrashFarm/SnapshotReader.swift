import Foundation
import Synchronization

/// A reader of a database who looks at the job's tables in single snapshots while the job is being killed.
final class SnapshotReader: Sendable {
    /// What one statement saw.
    struct Snapshot: Sendable, Hashable {
        /// Over all transfers: what one takes another gives.
        var balance: Int
        var transfers: Int
        var answers: Int
        /// Over all users, of their last play's offset.
        var places: Int
        /// The epoch that the job says is committed.
        var epoch: Int
    }

    private struct State {
        var isEnded = false
        var last: Snapshot?
        var count = 0
        var problems: [String] = []
    }

    private let url: String
    private let name: String
    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)

    init(name: String, url: String) {
        self.name = name
        self.url = url
        Thread { [self] in
            while !state.withLock(\.isEnded) {
                readUntilDisconnected()
                TestSystem.pass(milliseconds: 50)
            }
            ended.signal()
        }.start()
    }

    var last: Snapshot? { state.withLock(\.last) }
    var count: Int { state.withLock(\.count) }

    /// Ends the reader; returns what it saw that must not be.
    func end() -> [String] {
        state.withLock { $0.isEnded = true }
        ended.wait()
        // It may be asked for again.
        ended.signal()
        return state.withLock(\.problems)
    }

    private static let query = """
        SELECT (SELECT coalesce(sum(amount), 0) FROM transfers), (SELECT count(*) FROM transfers),
               (SELECT count(*) FROM answers), (SELECT coalesce(sum(place), 0) FROM latest),
               (SELECT coalesce(max(last_checkpoint), 0) FROM millrace.job_tasks);
        \\echo end

        """

    /// One session: asks again and again, until the server goes away.
    private func readUntilDisconnected() {
        let process = Process()
        let input = Pipe()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["psql", "-X", "-q", "-A", "-t", "-d", url]
        process.standardInput = input
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return }
        var lines = LineReader(output.fileHandleForReading)
        while !state.withLock(\.isEnded) {
            guard (try? input.fileHandleForWriting.write(contentsOf: Data(Self.query.utf8))) != nil else { break }
            var answer: Substring?
            let asked = Date()
            while let line = lines.next(), line != "end" { answer = line }
            if lines.isAtEnd { break }
            if let answer { take(answer) }
            // Tables grow: most of the machine's time belongs to the job, however long it is killed.
            TestSystem.pass(milliseconds: max(40, Int(Date().timeIntervalSince(asked) * 5000)))
        }
        try? input.fileHandleForWriting.close()
        process.terminate()
        process.waitUntilExit()
    }

    private func take(_ line: Substring) {
        let numbers = line.split(separator: "|").compactMap { Int($0) }
        guard numbers.count == 5 else { return }
        let seen = Snapshot(
            balance: numbers[0], transfers: numbers[1], answers: numbers[2], places: numbers[3], epoch: numbers[4])
        state.withLock { state in
            state.count += 1
            if seen.balance != 0 || seen.transfers != 2 * seen.answers {
                state.problems.append("O2 \(name): a snapshot shows half a transfer: \(seen)")
            }
            if let last = state.last,
                seen.transfers < last.transfers || seen.answers < last.answers || seen.places < last.places
                    || seen.epoch < last.epoch
            {
                state.problems.append("O5 \(name): \(seen) was seen after \(last)")
            }
            state.last = seen
        }
    }
}

/// Lines of a pipe, one at a time.
struct LineReader {
    private let handle: FileHandle
    private var rest = ""
    private(set) var isAtEnd = false

    init(_ handle: FileHandle) { self.handle = handle }

    /// Waits for the next line; nil at the end.
    mutating func next() -> Substring? {
        while true {
            if let end = rest.firstIndex(of: "\n") {
                let line = String(rest[..<end])
                rest = String(rest[rest.index(after: end)...])
                return line[...]
            }
            let data = handle.availableData
            if data.isEmpty {
                isAtEnd = true
                return nil
            }
            rest += String(decoding: data, as: UTF8.self)
        }
    }
}
