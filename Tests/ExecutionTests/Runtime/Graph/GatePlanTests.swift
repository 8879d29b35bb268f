import Dataflow
import TestKit
import Testing

@testable import Execution

struct GatePlanTests {
    @Test func sourceThatOnlyFeedsAClosedGateIsHeld() throws {
        var graph = JobGraph(vertices: [])
        let plays = graph.addSource("plays")
        let movies = graph.addSource("movies")
        let join = graph.addOperator("join", from: [(plays, .forward), (movies, .forward)]) { PassThroughOperator() }
        let gate = GatePlan.Gate(vertex: join, input: 0)
        let plan = GatePlan(closed: [gate], try ExecutionGraph(graph, parallelism: 2))
        #expect(plan.heldSources == [plays: [gate]])
        #expect(plan.elasticGates.isEmpty)
    }

    @Test func sourceOnBothSidesIsReadAndItsGateElastic() throws {
        var graph = JobGraph(vertices: [])
        let plays = graph.addSource("plays")
        let left = graph.addOperator("left", from: [(plays, .forward)]) { PassThroughOperator() }
        let join = graph.addOperator("join", from: [(left, .forward), (plays, .forward)]) { PassThroughOperator() }
        let gate = GatePlan.Gate(vertex: join, input: 0)
        let plan = GatePlan(closed: [gate], try ExecutionGraph(graph, parallelism: 2))
        #expect(plan.heldSources.isEmpty)
        #expect(plan.elasticGates == [gate])
    }

    @Test func joinsCrosswiseAreElastic() throws {
        var graph = JobGraph(vertices: [])
        let first = graph.addSource("first")
        let second = graph.addSource("second")
        let one = graph.addOperator("one", from: [(first, .forward), (second, .forward)]) { PassThroughOperator() }
        let two = graph.addOperator("two", from: [(second, .forward), (first, .forward)]) { PassThroughOperator() }
        let gates: Set<GatePlan.Gate> = [.init(vertex: one, input: 0), .init(vertex: two, input: 0)]
        let plan = GatePlan(closed: gates, try ExecutionGraph(graph, parallelism: 1))
        #expect(plan.elasticGates == gates)
    }
}
