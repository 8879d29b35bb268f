internal import Foundation
internal import HTTPService

extension ThreadGroup {
    /// The threads of this process by name, the busiest first, as Linux's /proc tells.
    static func current() -> [ThreadGroup] {
        let folder = "/proc/self/task"
        let ids = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let ticks = Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        var groups: [String: ThreadGroup] = [:]
        for id in ids {
            // A thread may have ended since it was listed.
            guard let text = try? String(contentsOfFile: "\(folder)/\(id)/stat", encoding: .utf8),
                let thread = parsed(text)
            else { continue }
            var group = groups[thread.name] ?? ThreadGroup(name: thread.name, count: 0, cpuSeconds: 0)
            group.count += 1
            group.cpuSeconds += Double(thread.ticks) / ticks
            groups[thread.name] = group
        }
        return groups.values.sorted { ($1.cpuSeconds, $0.name) < ($0.cpuSeconds, $1.name) }
    }

    /// The name and the user and system time of a line of `stat`: the name is in brackets and may hold any of them.
    static func parsed(_ stat: String) -> (name: String, ticks: Int)? {
        guard let start = stat.firstIndex(of: "("), let end = stat.lastIndex(of: ")"), start < end else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return nil }
        return (String(stat[stat.index(after: start)..<end]), user + system)
    }
}

extension ProcessState {
    /// This process, as Linux's /proc tells; zeros where it does not.
    static func current() -> ProcessState {
        var state = ProcessState()
        state.id = ProcessInfo.processInfo.processIdentifier
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        for line in status.split(separator: "\n") {
            let words = line.split { $0 == ":" || $0 == "\t" || $0 == " " }
            guard words.count > 1, let number = Int(words[1]) else { continue }
            if words[0] == "VmRSS" { state.residentBytes = number * 1024 }
            if words[0] == "Threads" { state.threads = number }
        }
        state.usedBytes = UsedMemory.byteCount
        var time = timespec()
        if unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 {
            state.cpuSeconds = Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        state.openFiles = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        return state
    }
}
