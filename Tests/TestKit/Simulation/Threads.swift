internal import Dataflow

/// Several dedicated threads that do the same until all are done.
enum Threads {
    static func run(_ count: Int, _ work: @escaping @Sendable () -> Void) {
        var threads: [DedicatedThread] = []
        for _ in 0..<count {
            if let thread = try? DedicatedThread(work) { threads.append(thread) } else { work() }
        }
        for thread in threads { thread.join() }
    }
}
