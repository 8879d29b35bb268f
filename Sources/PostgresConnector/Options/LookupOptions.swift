internal import Dataflow

/// The options of a lookup, as Flink names them.
struct LookupOptions: Sendable, Equatable {
    /// Rows that the cache holds at most; nil: no cache.
    var maximumCachedRowCount: Int?
    /// How long after it was read an answer may be used.
    var expireAfterWrite: Duration?
    /// How long after it was last used an answer is kept.
    var expireAfterAccess: Duration?
    /// Whether it is remembered that a key has no row.
    var cachesMissingKeys = true
    /// Tries after the first when the connection fails.
    var retryCount = 3

    /// What a cache holds where nothing else is said.
    static let defaultCachedRowCount = 10_000

    init() {}

    init(_ reader: inout OptionReader) {
        // The names of Flink before 1.16 turn the cache on by themselves.
        let oldRows = reader.text("lookup.cache.max-rows") != nil
        let kind = reader.choice(
            "lookup.cache", [("none", false), ("partial", true)], default: oldRows)
        let rows = oldRows ? "lookup.cache.max-rows" : "lookup.partial-cache.max-rows"
        let limit = reader.count(rows, in: 1...100_000_000, default: Self.defaultCachedRowCount)
        maximumCachedRowCount = kind ? limit : nil
        let write = reader.duration("lookup.partial-cache.expire-after-write", default: nil)
        expireAfterWrite = reader.duration("lookup.cache.ttl", default: write)
        expireAfterAccess = reader.duration("lookup.partial-cache.expire-after-access", default: nil)
        let missing = reader.flag("lookup.cache.caching-missing-key", default: true)
        cachesMissingKeys = reader.flag("lookup.partial-cache.cache-missing-key", default: missing)
        retryCount = reader.count("lookup.max-retries", in: 0...1000, default: 3)
    }
}
