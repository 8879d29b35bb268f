internal import Foundation
internal import HTTPService

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
