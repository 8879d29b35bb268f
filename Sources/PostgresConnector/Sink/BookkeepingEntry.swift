/// What the bookkeeping row says of the last commit.
struct BookkeepingEntry: Sendable, Equatable {
    var lineage: String
    var epoch: Int64
    var manifestDigest: String
    var offsets: [Offset]

    /// The position of one split of a source.
    struct Offset: Sendable, Equatable {
        var topic: String
        var partition: Int32
        var next: Int64
    }

    /// The offsets as the row keeps them.
    var offsetsJSON: String {
        let items = offsets.map { offset in
            "{\"topic\":\(Self.quote(offset.topic)),\"partition\":\(offset.partition),\"offset\":\(offset.next)}"
        }
        return "[\(items.joined(separator: ","))]"
    }

    private static func quote(_ text: String) -> String {
        var out = "\""
        for character in text.unicodeScalars {
            switch character {
            case "\"", "\\":
                out += "\\"
                out.unicodeScalars.append(character)
            case _ where character.value < 0x20:
                out += " "
            default: out.unicodeScalars.append(character)
            }
        }
        return out + "\""
    }
}
