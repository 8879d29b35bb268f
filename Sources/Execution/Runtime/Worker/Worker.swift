internal import Columnar
internal import Dataflow

/// One thread's share of a job: its subtasks and the loop that runs them.
///
/// Downstream tasks go first, so that what is on its way leaves before more comes in. A task takes an element only when
/// there is room for what comes of it, so a worker never blocks while it holds work. Where nothing can run it waits for
/// its signal.
final class Worker {
    /// Elements that a task takes in one round before the others have their turn.
    static let stepsPerRound = 32
    private static let heldBackReportNanoseconds: UInt64 = 500_000_000

    private let index: Int
    /// Downstream first.
    private let inputTasks: [InputTask]
    private let sourceTasks: [SourceTask]
    private let sinks: [SinkNode]
    private let control: JobControl
    private let clock: ProcessingClock
    private let times: WorkerTimes
    private let watch: PauseWatch
    private let nudgeNanoseconds: UInt64
    private let reportNanoseconds: UInt64
    private var checkpointGeneration = 0
    private var lastNudge: UInt64 = 0
    private var lastReport: UInt64 = 0

    init(
        index: Int, inputTasks: [InputTask], sourceTasks: [SourceTask], control: JobControl, clock: ProcessingClock,
        times: WorkerTimes, configuration: ExecutionConfiguration
    ) {
        self.index = index
        self.inputTasks = inputTasks
        self.sourceTasks = sourceTasks
        self.control = control
        self.clock = clock
        self.times = times
        watch = PauseWatch(clock: clock, log: times.pauses)
        for task in inputTasks { task.scope.watch = watch }
        for task in sourceTasks { task.scope.watch = watch }
        sinks = inputTasks.flatMap(\.sinks) + sourceTasks.flatMap(\.sinks)
        nudgeNanoseconds = UInt64(configuration.nudgeIntervalMilliseconds) * 1_000_000
        reportNanoseconds = UInt64(configuration.reportIntervalMilliseconds) * 1_000_000
    }

    /// Runs until the job is stopped or fails; the body of the worker's thread.
    func run() {
        var before = clock.monotonicNanoseconds()
        while !control.isStopping {
            control.signals[index].beginRound()
            injectBarriers()
            let result = round(now: before)
            if let failure = failure() {
                control.fail(failure)
                break
            }
            let now = clock.monotonicNanoseconds()
            times.busy.add(Int(now &- before))
            before = now
            if result == .progressed {
                serveTimers(now)
                continue
            }
            rest(result, now)
            before = clock.monotonicNanoseconds()
            (result == .heldBack ? times.heldBack : times.idle).add(Int(before &- now))
        }
        for task in sourceTasks { task.close() }
        for sink in sinks { sink.close() }
        control.workerEnded()
    }

    private func injectBarriers() {
        guard let barrier = control.reports.barrier(since: &checkpointGeneration) else { return }
        watch.beginEpoch()
        for task in sourceTasks { task.inject(barrier) }
    }

    private func round(now: UInt64) -> StepResult {
        var result = StepResult.starved
        for task in inputTasks {
            var last = StepResult.starved
            loop: for _ in 0..<Worker.stepsPerRound {
                last = task.step()
                switch last {
                case .progressed: result = .progressed
                case .heldBack:
                    if result == .starved { result = .heldBack }
                    break loop
                case .starved: break loop
                }
                if !task.scope.isHealthy { return result }
            }
            task.scope.note(last, now: now)
            if task.takeEnd() { control.taskEnded() }
        }
        if control.isPaused { return result }
        for task in sourceTasks {
            let step = task.step(now: now)
            task.scope.note(step, now: now)
            switch step {
            case .progressed: result = .progressed
            case .heldBack: if result == .starved { result = .heldBack }
            case .starved: break
            }
            if task.takeEnd() { control.taskEnded() }
        }
        return result
    }

    private func failure() -> ExecutionError? {
        for task in inputTasks { if let failure = task.scope.failure { return failure } }
        for task in sourceTasks { if let failure = task.scope.failure { return failure } }
        return nil
    }

    private func serveTimers(_ now: UInt64) {
        if now &- lastNudge >= nudgeNanoseconds {
            lastNudge = now
            for sink in sinks { sink.nudge() }
        }
        if now &- lastReport >= reportNanoseconds {
            lastReport = now
            publish()
        }
    }

    private func publish() {
        for task in sourceTasks { task.publish() }
        for task in inputTasks { task.publish() }
    }

    /// Nothing can run: sends on what sinks hold, then waits.
    private func rest(_ result: StepResult, _ now: UInt64) {
        lastNudge = now
        for sink in sinks { sink.nudge() }
        publish()
        if failure() != nil { return }
        // Nothing to do is no standstill.
        if result == .starved { watch.work() }
        var deadline: UInt64?
        if !control.isPaused {
            for task in sourceTasks {
                if let next = task.nextDeadline { deadline = min(deadline ?? next, next) }
            }
        }
        // Who asks how long a worker has been held back is told so while it lasts.
        if result == .heldBack { deadline = min(deadline ?? .max, now + Self.heldBackReportNanoseconds) }
        control.signals[index].wait(nanoseconds: deadline.map { $0 > now ? $0 - now : 0 })
    }
}
