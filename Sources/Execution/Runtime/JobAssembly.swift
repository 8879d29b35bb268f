internal import Columnar
internal import Dataflow
internal import StateBackends

/// Makes the subtasks of a job and connects them, on the control thread; the workers then take them over.
final class JobAssembly {
    private struct ChannelKey: Hashable {
        var from: Int
        var output: Int
        var sender: Int
        var receiver: Int
    }

    /// A subtask's operator with its states.
    private struct OperatorSubtask {
        var keyGroups: Range<Int>
        var states: [any CheckpointedState]
    }

    /// What the reports read while the job runs.
    let board: JobBoard
    let control: JobControl
    let gates = GateBoard()
    private(set) var inputTasks: [[InputTask]]
    private(set) var sourceTasks: [[SourceTask]]
    private let job: JobIdentity
    private let graph: ExecutionGraph
    private let configuration: ExecutionConfiguration
    private let parts: ExecutionParts
    private let clock: ProcessingClock
    private let alignment: SourceAlignment
    private let members: [Int: [SourceAlignment.Member]]
    private var channels: [ChannelKey: InputChannel] = [:]
    /// By operator uid.
    private var operators: [String: [OperatorSubtask]] = [:]
    private var readers: [any SourceReader] = []
    private var sinks: [SinkNode] = []
    private var budgets: [Int: DeadLetterBudget] = [:]

    init(_ execution: JobExecution, graph: ExecutionGraph) {
        job = execution.job
        self.graph = graph
        configuration = execution.configuration
        parts = execution.parts
        clock = execution.clock
        let signals = (0..<configuration.parallelism).map { _ in WorkerSignal() }
        let taskCount = graph.tasks.reduce(0) { $0 + $1.parallelism }
        control = JobControl(
            signals: signals, taskCount: taskCount, reports: CheckpointRun(taskCount: taskCount),
            events: execution.events)
        board = JobBoard(graph, workerCount: signals.count)
        var members: [Int: [SourceAlignment.Member]] = [:]
        for (number, vertex) in graph.job.vertices.enumerated() {
            guard case .source(_, _, .some) = vertex.role else { continue }
            members[number] = (0..<graph.parallelism[number]).map { subtask in
                SourceAlignment.Member(signal: signals[subtask % signals.count])
            }
        }
        self.members = members
        alignment = SourceAlignment(members.keys.sorted().flatMap { members[$0] ?? [] })
        inputTasks = Array(repeating: [], count: signals.count)
        sourceTasks = Array(repeating: [], count: signals.count)
    }

    /// Makes everything; `splits` are those of each source vertex.
    func build(splits: [Int: [SplitState]]) throws {
        makeChannels()
        for task in graph.tasks {
            for subtask in 0..<task.parallelism {
                if case .source(_, let transform, let watermark) = graph.job.vertices[task.head].role {
                    let own = (splits[task.head] ?? []).filter {
                        Int(UInt32(bitPattern: $0.id.partition)) % task.parallelism == subtask
                    }
                    try makeSource(task.head, subtask, transform, watermark, own)
                } else {
                    try makeInputTask(task.head, subtask)
                }
            }
        }
        for worker in inputTasks.indices { inputTasks[worker].reverse() }
    }

    /// Puts back a segment that a checkpoint saved. After `build`, in the order of the segments.
    ///
    /// - Parameter only: the worker whose subtasks are given their part; all of them if nil. Different workers' parts may be put back at
    ///   the same time.
    func restore(_ segment: RestoredSegment, ofWorker only: Int? = nil) throws {
        guard !segment.range.isEmpty else { return }
        guard let subtasks = operators[segment.operatorUID] else {
            throw ExecutionError(
                .restoreFailed,
                "the checkpoint holds state of the operator \(segment.operatorUID), which the job does not have; undo that "
                    + "change, or start without state by --from-checkpoint none")
        }
        for (number, subtask) in subtasks.enumerated() where only == nil || worker(number) == only {
            guard let state = subtask.states.first(where: { $0.descriptor.name == segment.stateName }) else {
                throw ExecutionError(
                    .restoreFailed,
                    "the checkpoint holds a state \(segment.stateName) that the operator \(segment.operatorUID) lacks; undo that "
                        + "change, or start without state by --from-checkpoint none")
            }
            if let saved = segment.descriptor, let change = state.descriptor.change(from: saved) {
                throw DataflowError(
                    .refused,
                    "the checkpoint's state \(segment.stateName) of the operator \(segment.operatorUID) does not fit "
                        + "the job: \(change); undo that change, or start without state by --from-checkpoint none")
            }
            var wanted = KeyGroupSet(count: configuration.keyGroupCount)
            for group in subtask.keyGroups where segment.keyGroups.contains(group) { wanted.insert(group) }
            if wanted.isEmpty { continue }
            try withExtendedLifetime(segment.buffer) { try state.restore(segment.bytes, keyGroups: wanted) }
        }
    }

    /// Finds out which inputs are refused at first, and what that means for the sources. After `restore`.
    func closeGates() {
        var closed: [GatePlan.Gate: Int] = [:]
        for task in inputTasks.joined() {
            guard case .operator(let node) = task.head else { continue }
            for input in task.closedInputs() { closed[.init(vertex: node.vertex, input: input), default: 0] += 1 }
        }
        let plan = GatePlan(closed: Set(closed.keys), graph)
        gates.install(plan, closed: closed)
        for task in inputTasks.joined() {
            guard case .operator(let node) = task.head else { continue }
            for channel in task.channels {
                channel.isElastic = plan.elasticGates.contains(.init(vertex: node.vertex, input: channel.inputNumber))
            }
        }
    }

    /// Closes what `build` opened, when the job does not come to run.
    func abandon() {
        for reader in readers { reader.close() }
        for sink in sinks { sink.close() }
    }

    private func worker(_ subtask: Int) -> Int { subtask % control.signals.count }

    private func makeChannels() {
        for (from, outputs) in graph.outputs.enumerated() {
            for (position, output) in outputs.enumerated() where !output.isChained {
                for sender in 0..<graph.parallelism[from] {
                    for receiver in 0..<graph.parallelism[output.to]
                    where output.routing != .direct || receiver == sender {
                        let key = ChannelKey(from: from, output: position, sender: sender, receiver: receiver)
                        channels[key] = makeChannel(output, sender, receiver)
                    }
                }
            }
        }
    }

    private func makeChannel(_ output: ExecutionGraph.Output, _ sender: Int, _ receiver: Int) -> InputChannel {
        var shared: SharedChannel?
        if worker(sender) != worker(receiver) {
            shared = SharedChannel(
                capacity: configuration.queueCapacity, sender: control.signals[worker(sender)],
                receiver: control.signals[worker(receiver)])
        }
        return InputChannel(
            inputNumber: output.inputNumber, capacity: configuration.queueCapacity, shared: shared)
    }

    private func makeInputTask(_ vertex: Int, _ subtask: Int) throws {
        let scope = TaskScope()
        let head = try makeNode(vertex, subtask, scope)
        var inputs: [InputChannel] = []
        for (from, outputs) in graph.outputs.enumerated() {
            for (position, output) in outputs.enumerated() where output.to == vertex {
                for sender in 0..<graph.parallelism[from] {
                    let key = ChannelKey(from: from, output: position, sender: sender, receiver: subtask)
                    if let channel = channels[key] { inputs.append(channel) }
                }
            }
        }
        let control = control
        let task = InputTask(
            head: head, channels: inputs, scope: scope,
            .init(
                reports: control.reports, gates: gates, onGateOpen: { control.wakeAll() },
                queued: board.queued[vertex][subtask]))
        inputTasks[worker(subtask)].append(task)
    }

    private func makeNode(_ vertex: Int, _ subtask: Int, _ scope: TaskScope) throws -> ChainedNode {
        let description = graph.job.vertices[vertex]
        let context = context(vertex, subtask)
        switch description.role {
        case .source: preconditionFailure("the source \(description.name) has an input")
        case .operator(let factory):
            let outputs = try makeOutputs(vertex, subtask, scope)
            let made = try open(factory, description.uid, context)
            return .operator(
                OperatorNode(
                    vertex: vertex, (description.uid, description.inputNumbers), made, context, outputs: outputs,
                    scope: scope))
        case .sink:
            guard let sink = parts.sinks[vertex] else { throw missing(description) }
            let signal = control.signals[worker(subtask)]
            let writer = try sink.makeWriter(subtask: subtask, wakeUp: { signal.wake() })
            let place = ErrorContext(job: job.name, operatorName: description.name, subtask: subtask)
            let node = SinkNode(
                vertex: vertex, uid: description.uid, writer, hasParticipant: sink.participant != nil, place,
                context.metrics, outputs: try makeOutputs(vertex, subtask, scope), scope: scope)
            sinks.append(node)
            return .sink(node)
        }
    }

    private func makeOutputs(_ vertex: Int, _ subtask: Int, _ scope: TaskScope) throws -> Outputs {
        var main: [Outputs.Target] = []
        var deadLetters: [Outputs.Target] = []
        for (position, output) in graph.outputs[vertex].enumerated() {
            let target: Outputs.Target
            if output.isChained {
                target = .chained(try makeNode(output.to, subtask, scope), inputNumber: output.inputNumber)
            } else {
                let ends = (0..<graph.parallelism[output.to]).compactMap { receiver in
                    channels[ChannelKey(from: vertex, output: position, sender: subtask, receiver: receiver)]
                }
                target = .exchange(
                    Exchange(
                        output.routing, channels: ends.map(OutputChannel.init),
                        keyGroupCount: configuration.keyGroupCount, subtask: subtask))
            }
            switch output.tag {
            case .main: main.append(target)
            case .deadLetters: deadLetters.append(target)
            }
        }
        return Outputs(main: main, deadLetters: deadLetters)
    }

    private func makeSource(
        _ vertex: Int, _ subtask: Int, _ transform: (any OperatorFactory)?, _ strategy: WatermarkStrategy?,
        _ splits: [SplitState]
    ) throws {
        let description = graph.job.vertices[vertex]
        guard let source = parts.sources[vertex] else { throw missing(description) }
        let scope = TaskScope()
        let context = context(vertex, subtask)
        let outputs = try makeOutputs(vertex, subtask, scope)
        let made = try transform.map { try open($0, description.uid, context) }
        let news = SourceNews(signal: control.signals[worker(subtask)])
        let reader: any SourceReader =
            splits.isEmpty ? EmptyReader() : try source.makeReader(splits: splits, wakeUp: { news.announce() })
        readers.append(reader)
        let output = SourceOutput(
            vertex: vertex, uid: description.uid, transform: made, timeColumn: strategy?.column, context,
            outputs: outputs, scope: scope)
        let progress = SourceProgress(
            splits: splits, strategy: strategy, now: clock.monotonicNanoseconds())
        let task = SourceTask(
            uid: description.uid, reader, output, progress: progress, batchRowCount: configuration.batchRowCount,
            .init(
                clock: clock, reports: control.reports, gates: gates, alignment: alignment,
                member: members[vertex]?[subtask], news: news, board: board.splits[vertex][subtask]))
        sourceTasks[worker(subtask)].append(task)
    }

    private func open(
        _ factory: any OperatorFactory, _ uid: String, _ context: OperatorContext
    ) throws -> any Operator {
        let place = ErrorContext(job: job.name, operatorName: context.operatorName, subtask: context.subtask)
        do {
            let made = try factory.makeOperator()
            try made.open(context)
            operators[uid, default: []].append(OperatorSubtask(keyGroups: context.keyGroups, states: made.states))
            return made
        } catch {
            throw ExecutionError.subtask(error, place)
        }
    }

    private func context(_ vertex: Int, _ subtask: Int) -> OperatorContext {
        let (name, makeLookup) = (graph.job.vertices[vertex].name, parts.makeLookup)
        return OperatorContext(
            job: job, operatorName: name, subtask: subtask,
            parallelism: graph.parallelism[vertex], keyGroupCount: configuration.keyGroupCount, clock: clock,
            metrics: board.metrics[vertex][subtask], budget: budget(vertex),
            makeLookup: { try makeLookup($0, name) })
    }

    /// One for all subtasks of a vertex.
    private func budget(_ vertex: Int) -> DeadLetterBudget {
        if let known = budgets[vertex] { return known }
        let limit: DeadLetterLimit
        switch graph.job.vertices[vertex].role {
        case .operator(let factory): limit = factory.errorPolicy.limit
        case .source(_, let transform, _): limit = transform?.errorPolicy.limit ?? DeadLetterLimit()
        case .sink: limit = DeadLetterLimit()
        }
        let made = DeadLetterBudget(limit, clock: clock)
        budgets[vertex] = made
        return made
    }

    private func missing(_ vertex: JobVertex) -> ExecutionError {
        ExecutionError(
            .invalidGraph, "nothing was made for the table of this vertex", context: .init(operatorName: vertex.name))
    }
}

extension OutputChannel {
    /// The sending end of `channel`.
    fileprivate init(_ channel: InputChannel) {
        if let shared = channel.shared { self = .shared(shared) } else { self = .local(channel) }
    }
}
