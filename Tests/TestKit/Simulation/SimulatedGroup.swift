/// A consumer group whose whole input belongs to one of its members.
struct SimulatedGroup {
    struct Member {
        var key: Int
        var id: Int32
        var lastHeartbeat: Int32
        var hasRejoined: Bool
    }

    enum Heartbeat {
        case assigned(generation: Int32)
        /// A member without input.
        case idle
        /// The group is being assigned anew and waits for this member to give up its input.
        case rebalancing
        /// Another instance has this member's place.
        case fenced
        /// The session had expired.
        case unknown
    }

    /// A consumer that is none of the job's, and takes no input from it.
    static let foreignKey = 99

    private(set) var members: [Member] = []
    private(set) var generation: Int32 = 0
    private(set) var owner: Int32 = -1
    private(set) var isRebalancing = false
    private var rebalancingSince: Int32 = 0
    private var nextID: Int32 = 1
    var sessionTimeout: Int32 = 300
    var rebalanceTimeout: Int32 = 200
    var expiredCount = 0

    /// Takes the place named by the key, or a new one.
    mutating func join(_ key: Int, _ now: Int32) -> Int32 {
        let id = nextID
        nextID += 1
        if let index = members.firstIndex(where: { $0.key == key }) {
            // A static member's successor: no rebalance, the same assignment.
            if owner == members[index].id { owner = id }
            members[index].id = id
            members[index].lastHeartbeat = now
            members[index].hasRejoined = true
            complete(now)
            return id
        }
        members.append(Member(key: key, id: id, lastHeartbeat: now, hasRejoined: true))
        rebalance(now, joined: id)
        return id
    }

    /// Comes back after having given up its input.
    mutating func rejoin(_ id: Int32, _ now: Int32) {
        guard let index = members.firstIndex(where: { $0.id == id }) else { return }
        members[index].hasRejoined = true
        members[index].lastHeartbeat = now
        complete(now)
    }

    mutating func leave(_ key: Int, _ now: Int32) {
        members.removeAll { $0.key == key }
        rebalance(now, joined: -1)
    }

    mutating func heartbeat(_ key: Int, _ id: Int32, _ now: Int32) -> Heartbeat {
        guard let index = members.firstIndex(where: { $0.key == key }) else { return .unknown }
        guard members[index].id == id else { return .fenced }
        members[index].lastHeartbeat = now
        if isRebalancing { return members[index].hasRejoined ? .idle : .rebalancing }
        return owner == id ? .assigned(generation: generation) : .idle
    }

    /// Commits of the present generation are taken while the group is being assigned anew.
    func isCurrent(_ id: Int32, _ generation: Int32) -> Bool {
        generation == self.generation && members.contains { $0.id == id }
    }

    mutating func settle(_ now: Int32) {
        let before = members.count
        let timeout = sessionTimeout
        members.removeAll { $0.key != Self.foreignKey && now - $0.lastHeartbeat > timeout }
        if members.count != before {
            expiredCount += before - members.count
            rebalance(now, joined: -1)
        } else if isRebalancing {
            complete(now)
        }
    }

    private mutating func rebalance(_ now: Int32, joined: Int32) {
        isRebalancing = true
        rebalancingSince = now
        for index in members.indices {
            members[index].hasRejoined =
                members[index].id == joined || members[index].key == Self.foreignKey
                // Who holds nothing has nothing to give up.
                || members[index].id != owner
        }
        complete(now)
    }

    private mutating func complete(_ now: Int32) {
        guard isRebalancing else { return }
        if now - rebalancingSince > rebalanceTimeout { members.removeAll { !$0.hasRejoined } }
        guard members.allSatisfy(\.hasRejoined) else { return }
        isRebalancing = false
        generation += 1
        let candidates = members.filter { $0.key != Self.foreignKey }
        owner = candidates.isEmpty ? -1 : candidates[Int(generation) % candidates.count].id
    }
}
