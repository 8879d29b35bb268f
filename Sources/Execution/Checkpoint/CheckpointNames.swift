/// The names of a checkpoint's files, and what of them is no longer needed. Pure: the repository and the simulator use the same.
package enum CheckpointNames {
    static let digestPrefixCount = 12
    static let lineagePrefixCount = 8

    package static func manifest(_ lineage: String, _ epoch: Int64, digest: String) -> String {
        "checkpoint-\(number(epoch))-\(short(lineage))-\(digest.prefix(digestPrefixCount)).json"
    }

    package static func state(_ lineage: String, _ epoch: Int64, instance: String) -> String {
        "state-\(number(epoch))-\(short(lineage))-\(short(instance)).bin"
    }

    package static func redo(_ lineage: String, _ epoch: Int64, instance: String, participant: Int) -> String {
        "redo-\(number(epoch))-\(short(lineage))-\(short(instance))-\(participant).bin"
    }

    package static func acknowledgement(_ lineage: String, _ epoch: Int64, digest: String) -> String {
        "ack-\(number(epoch))-\(short(lineage))-\(digest.prefix(digestPrefixCount))"
    }

    /// The mark of a checkpoint that is kept until somebody deletes it.
    package static func savepoint(_ lineage: String, _ epoch: Int64, digest: String) -> String {
        "savepoint-\(number(epoch))-\(short(lineage))-\(digest.prefix(digestPrefixCount))"
    }

    /// Whether one of the acknowledgements by these names is that of a checkpoint. Earlier releases left the digest out of the name.
    static func isAcknowledged(
        _ lineage: String, _ epoch: Int64, digest: String, _ acknowledgements: Set<String>
    ) -> Bool {
        acknowledgements.contains(acknowledgement(lineage, epoch, digest: digest))
            || acknowledgements.contains("ack-\(number(epoch))-\(short(lineage))")
    }

    /// Whether a manifest's name is the one that its content has to have.
    static func isManifest(_ name: String, ofDigest digest: String) -> Bool {
        name.hasSuffix("-\(digest.prefix(digestPrefixCount)).json")
    }

    /// What the newest `retainedCount` acknowledged checkpoints of a lineage and everything after them do not need.
    ///
    /// - Parameters:
    ///   - names: every file of the store, in ascending order. What the savepoints among them need stays.
    ///   - files: the files that a manifest, by its name, points to; nil where it is not there any more.
    /// - Returns: nothing where a manifest has gone since the names were listed: another instance goes on, then, and nobody knows from
    ///   these names what its newest checkpoint needs.
    package static func obsolete<Failure: Error>(
        _ names: [String], retainedCount: Int, lineage: String,
        files: (_ manifest: String) throws(Failure) -> [String]?
    ) throws(Failure) -> [String] {
        let parsed = names.map(ParsedName.init)
        let ours = ParsedName.key(Array(short(lineage).utf8)[...])
        var acknowledged: [Int64] = []
        // Checkpoints of other lineages stay until somebody deletes them: they are what an operator went away from on purpose. Not so
        // those of a process that died before anything of its lineage was committed.
        var kept: Set<UInt64> = []
        for name in parsed where name.kind == .acknowledgement {
            if name.lineage != ours {
                kept.insert(name.lineage)
                continue
            }
            // After a failover of the decider a number may have been acknowledged twice.
            if acknowledged.last != name.epoch { acknowledged.append(name.epoch) }
        }
        guard acknowledged.count > retainedCount else { return [] }
        let oldestEpoch = acknowledged[acknowledged.count - max(1, retainedCount)]
        var needed: Set<String> = []
        for name in names where name.hasPrefix("savepoint-") {
            let reference = name.dropFirst("savepoint-".count)
            needed.formUnion(["checkpoint-\(reference).json", "ack-\(reference)"])
        }
        var obsolete: [String] = []
        for (index, name) in parsed.enumerated() where name.kind == .manifest {
            if name.epoch < oldestEpoch && !kept.contains(name.lineage) && !needed.contains(names[index]) {
                obsolete.append(names[index])
            } else {
                guard let files = try files(names[index]) else { return [] }
                needed.formUnion(files)
            }
        }
        for (index, name) in parsed.enumerated() where name.epoch < oldestEpoch && !kept.contains(name.lineage) {
            let isContent = name.kind == .content || name.kind == .acknowledgement
            if isContent && !needed.contains(names[index]) { obsolete.append(names[index]) }
        }
        return obsolete
    }

    /// What a name says: `<kind>-<epoch>-<lineage>` and more.
    private struct ParsedName {
        enum Kind {
            case manifest, acknowledgement, content, other
        }

        var kind = Kind.other
        var epoch = Int64.max
        /// The up to eight characters that a name has of a lineage.
        var lineage: UInt64 = 0

        init(_ name: String) {
            var name = name
            self = name.withUTF8 { ParsedName($0) }
        }

        static func key(_ bytes: some Sequence<UInt8>) -> UInt64 {
            bytes.prefix(lineagePrefixCount).reduce(0) { $0 << 8 | UInt64($1) }
        }

        private init(_ bytes: UnsafeBufferPointer<UInt8>) {
            let hyphen = UInt8(ascii: "-")
            guard let first = bytes.firstIndex(of: hyphen) else { return }
            var number: Int64 = 0
            var index = first + 1
            while index < bytes.count, bytes[index] >= 0x30, bytes[index] <= 0x39, index < first + 19 {
                number = number * 10 + Int64(bytes[index] - 0x30)
                index += 1
            }
            guard index > first + 1, index < bytes.count, bytes[index] == hyphen else { return }
            epoch = number
            kind =
                switch (first, bytes[0]) {
                case (10, UInt8(ascii: "c")): .manifest
                case (3, UInt8(ascii: "a")): .acknowledgement
                case (5, UInt8(ascii: "s")), (4, UInt8(ascii: "r")): .content
                default: .other
                }
            lineage = Self.key(bytes[(index + 1)...].prefix { $0 != hyphen })
        }
    }

    private static func number(_ epoch: Int64) -> String {
        let digits = String(epoch)
        return String(repeating: "0", count: max(0, 12 - digits.count)) + digits
    }

    /// The beginning of an identifier, without hyphens, as it stands in file names.
    package static func short(_ identifier: String) -> String {
        String(identifier.filter { $0 != "-" }.prefix(lineagePrefixCount))
    }
}
