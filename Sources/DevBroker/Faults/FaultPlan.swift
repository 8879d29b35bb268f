/// What is to go wrong with one request; without changes everything goes well.
package struct FaultPlan: Sendable, Equatable {
    /// How often the broker applies the request.
    package enum Application: Sendable, Equatable {
        case once
        case never
        /// Once more, so many milliseconds after the first time; only the first answer is sent.
        case twice(afterMilliseconds: Int64)
        /// Later, when nobody waits for the answer any more.
        case parked(Until)
    }

    /// How long a request is parked.
    package enum Until: Sendable, Equatable {
        case milliseconds(Int64)
        /// Until so many other requests of a kind were applied.
        case applied(ApiKey, count: Int)
    }

    /// What becomes of the answer.
    package enum Delivery: Sendable, Equatable {
        case whole
        /// The connection stays open and says nothing any more.
        case none
        /// The connection is closed instead.
        case closed
        /// So many bytes of the answer, half of it when nil, then the connection is closed.
        case truncated(byteCount: Int?)
        case corrupted(Corruption)
    }

    /// What happens before the request is looked at.
    package var events: [FaultEvent] = []
    package var requestDelayMilliseconds: Int64 = 0
    package var application = Application.once
    /// The error to answer instead of what the broker would say.
    package var error: ErrorCode?
    /// Whether the broker ends after it applied the request, before it answers.
    package var crashesAfterwards = false
    package var replyDelayMilliseconds: Int64 = 0
    package var throttleMilliseconds: Int64 = 0
    package var delivery = Delivery.whole

    package init() {}
}

/// What happens to the broker as a whole.
package enum FaultEvent: Sendable, Equatable {
    /// No request is looked at and no timeout runs out for so many milliseconds.
    case pause(milliseconds: Int64)
    /// Ends as by `kill -9`.
    case crash
    /// Closes every connection.
    case disconnect
    /// Aborts open transactions, as when they have taken too long.
    case expireTransactions(Glob)
    /// Forgets the committed offsets of groups.
    case expireOffsets(Glob)
    /// Removes the members of groups, as when they have been silent for too long.
    case expireMembers(Glob)
    /// Deletes topics and creates them anew, empty, with new ids.
    case recreateTopics(Glob)
    /// Takes the last records of every partition away, as an unclean election does.
    case shortenTopics(Glob, count: Int64)
}

/// How an answer is made wrong.
package enum Corruption: Sendable, Equatable {
    /// The length before the answer is this number.
    case length(Int32)
    /// The answer names another request.
    case correlation
    /// So many bytes, anywhere behind the correlation id, are others.
    case bytes(Int)
    /// The versions that are offered make no sense.
    case versions
    /// The record batches of an answer to Fetch.
    case batches(BatchCorruption)
}

/// How the first record batch of each partition in an answer to Fetch is made wrong.
package enum BatchCorruption: Sendable, Equatable {
    /// The checksum is of other bytes.
    case checksum
    /// The compression is one that does not exist; the checksum is right.
    case codec
    /// The format is one that does not exist.
    case magic
    case length(Int32)
    /// The checksum is right.
    case recordCount(Int32)
    /// The last bytes are missing.
    case cut
}
