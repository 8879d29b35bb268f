internal import Foundation

/// How many processors this process may use: the default number of worker threads.
package enum ProcessorCount {
    /// The processors of the machine that the process is allowed on, or fewer where its control group has a quota.
    package static var available: Int {
        let online = ProcessInfo.processInfo.activeProcessorCount
        // A container sees its own group as the root. Foundation itself knows only the groups of version 1.
        let quota = (try? String(contentsOfFile: "/sys/fs/cgroup/cpu.max", encoding: .utf8)).flatMap(count(cpuMax:))
        return min(online, quota ?? online)
    }

    /// The processors that a quota amounts to, rounded up; nil if there is none.
    ///
    /// - Parameter cpuMax: the file `cpu.max` of a control group of version 2, `QUOTA PERIOD` in microseconds, where the
    ///   quota may be `max`.
    package static func count(cpuMax: String) -> Int? {
        let words = cpuMax.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]), quota > 0, period > 0 else {
            return nil
        }
        return (quota - 1) / period + 1
    }
}
