/// What to do about inputs that operators do not accept at first (`Operator.accepts`): a left side that waits until the
/// right side is loaded.
///
/// Rows that wait at a closed gate would keep a barrier behind them from arriving, and the barrier keeps the other side
/// from going on. So the sources that only feed a closed gate are not read until it opens; barriers then pass through
/// empty channels. Where sources would wait for each other in a circle (one source on both sides, or two joins
/// crosswise) they are read all the same, the gated channels grow as they must, and checkpoints wait until those gates
/// are open.
struct GatePlan: Sendable, Equatable {
    /// An input of an operator vertex.
    struct Gate: Hashable, Sendable {
        var vertex: Int
        var input: Int
    }

    /// The gates that must be open before a source vertex is read.
    private(set) var heldSources: [Int: Set<Gate>] = [:]
    /// The gates whose channels may exceed their capacity while they are closed, and that hold checkpoints back.
    private(set) var elasticGates: Set<Gate> = []

    init(closed: Set<Gate>, _ graph: ExecutionGraph) {
        var waitsFor: [Int: Set<Int>] = [:]
        for gate in closed {
            for source in graph.sources(gate.vertex, input: gate.input) {
                waitsFor[source, default: []].formUnion(GatePlan.opposite(gate, graph))
            }
        }
        for gate in closed {
            let behind = graph.sources(gate.vertex, input: gate.input)
            let isCircular = behind.contains { GatePlan.reaches($0, $0, waitsFor) }
            if isCircular {
                elasticGates.insert(gate)
            } else {
                for source in behind { heldSources[source, default: []].insert(gate) }
            }
        }
    }

    /// The sources behind the operator's other inputs.
    private static func opposite(_ gate: Gate, _ graph: ExecutionGraph) -> Set<Int> {
        var found: Set<Int> = []
        for number in graph.inputNumbers(gate.vertex) where number != gate.input {
            found.formUnion(graph.sources(gate.vertex, input: number))
        }
        return found
    }

    private static func reaches(_ start: Int, _ goal: Int, _ waitsFor: [Int: Set<Int>]) -> Bool {
        var open = Array(waitsFor[start] ?? [])
        var seen: Set<Int> = []
        while let source = open.popLast() {
            if source == goal { return true }
            if seen.insert(source).inserted { open.append(contentsOf: waitsFor[source] ?? []) }
        }
        return false
    }
}
