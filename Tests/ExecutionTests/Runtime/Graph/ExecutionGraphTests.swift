import Dataflow
import TestKit
import Testing

@testable import Execution

struct ExecutionGraphTests {
    @Test func forwardEdgesAreChainedAndOthersAreNot() throws {
        var graph = JobGraph(vertices: [])
        let scan = graph.addSource("scan")
        let map = graph.addOperator("map", from: [(scan, .forward)]) { PassThroughOperator() }
        let sum = graph.addOperator("sum", from: [(map, .hash(columns: [0]))]) { SummingOperator() }
        let sink = graph.addSink("sink", from: [(sum, .forward)])
        let parallel = try ExecutionGraph(graph, parallelism: 2)
        #expect(parallel.tasks.map(\.members) == [[scan, map], [sum, sink]])
        let single = try ExecutionGraph(graph, parallelism: 1)
        #expect(single.tasks.map(\.members) == [[scan, map, sum, sink]])
    }

    @Test func forwardBetweenUnequalParallelismIsRebalanced() throws {
        var graph = JobGraph(vertices: [])
        let scan = graph.addSource("scan", parallelism: 1)
        _ = graph.addSink("sink", from: [(scan, .forward)])
        let plan = try ExecutionGraph(graph, parallelism: 4)
        #expect(plan.outputs[scan].map(\.routing) == [.rebalance])
        #expect(plan.tasks.map(\.parallelism) == [1, 4])
    }

    @Test func severalOutputsAreATreeAndSeveralInputsAHead() throws {
        var graph = JobGraph(vertices: [])
        let scan = graph.addSource("scan")
        let left = graph.addOperator("left", from: [(scan, .forward)]) { PassThroughOperator() }
        let right = graph.addOperator("right", from: [(scan, .forward)]) { PassThroughOperator() }
        let union = graph.addSink("union", from: [(left, .forward), (right, .forward)])
        let plan = try ExecutionGraph(graph, parallelism: 2)
        #expect(plan.tasks.map(\.members) == [[scan, left, right], [union]])
        #expect(plan.sources(union, input: 0) == [scan])
    }

    @Test func brokenGraphsAreRefused() {
        func refused(_ change: (inout JobGraph) -> Void) {
            var graph = JobGraph(vertices: [])
            let scan = graph.addSource("scan")
            _ = graph.addSink("sink", from: [(scan, .hash(columns: [0]))])
            change(&graph)
            #expect(throws: ExecutionError.self) { try ExecutionGraph(graph, parallelism: 2) }
        }
        refused { $0.vertices.removeAll() }
        refused { $0.vertices[1].inputs[0].from = 1 }
        refused { $0.vertices[1].inputs[0].partitioning = .hash(columns: [3]) }
        refused { $0.vertices[1].inputNumbers = [] }
        refused { $0.vertices[1].uid = "scan" }
        refused { $0.vertices[0].parallelism = 0 }
        refused {
            $0.vertices[1].inputs = []; $0.vertices[1].inputNumbers = []
        }
    }
}
