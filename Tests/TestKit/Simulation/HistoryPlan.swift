/// How a history goes: drawn from its seed before it begins.
struct HistoryPlan {
    var records0: Int32
    var records1: Int32
    var batchSize: Int32
    /// Batches between two checkpoints.
    var checkpointEvery: Int32
    var retained: Int
    /// When the last fault may strike, on the virtual clock.
    var faultsEnd: Int32
    var faultsLeft: Int32
    /// Chances of each fault at each occasion, of 65,536.
    var chances: [UInt16]
    var markerDelay: Int32
    var verifiesTransactions: Bool
    var backgroundShare: Int32
    /// Whether the checkpoints are on another machine than the instances, so that a file may arrive after its writer has gone.
    var isStoreNetworked: Bool

    init(_ random: inout SimulationRandom, _ variant: SimulationVariant) {
        records0 = random.within(6...40)
        records1 = random.within(0...30)
        batchSize = random.within(1...5)
        checkpointEvery = random.within(1...4)
        retained = Int(random.within(3...5))
        faultsEnd = random.within(100...1500)
        faultsLeft = random.within(1...10)
        markerDelay = random.below(2) == 0 ? 0 : random.within(1...40)
        verifiesTransactions = random.below(4) != 0
        backgroundShare = random.within(1...8)
        isStoreNetworked = random.below(2) == 0
        // Some histories have one kind of fault, some all of them.
        chances = Fault.usualChances
        let style = random.below(4)
        for index in chances.indices {
            switch style {
            case 0: if random.below(3) != 0 { chances[index] = 0 }
            case 1: if random.below(4) == 0 { chances[index] = min(chances[index] &* 5, 20_000) }
            case 2:
                if random.below(8) != 0 {
                    chances[index] = 0
                } else {
                    chances[index] = min(chances[index] &* 8, 24_000)
                }
            default: break
            }
        }
    }
}

/// What can go wrong in a history.
enum Fault: Int, CaseIterable {
    case crash, pause, takeover, partition, outage, requestLost, replyLost, endDelayed, produceDelayed
    case hangingCommit, serialization, failover, storeFailure, storeReplyLost, fileDelayed, fileDamaged, staleList
    case offsetsExpired, offsetsReset, foreignMember, fork, machineCrash, terminate, slowCollection

    static let usualChances: [UInt16] = allCases.map { fault in
        switch fault {
        case .crash: 700
        case .pause: 500
        case .takeover: 300
        case .partition: 250
        case .outage: 60
        case .requestLost: 900
        case .replyLost: 900
        case .endDelayed: 45_000
        case .produceDelayed: 2500
        case .hangingCommit: 3000
        case .serialization: 600
        case .failover: 600
        case .storeFailure: 500
        case .storeReplyLost: 20_000
        case .fileDelayed: 800
        case .staleList: 1500
        case .fileDamaged: 25
        case .offsetsExpired: 200
        case .offsetsReset: 60
        case .foreignMember: 250
        case .fork: 120
        case .machineCrash: 150
        case .terminate: 100
        case .slowCollection: 4000
        }
    }
}
