/// What one entry of a state may hold.
package struct StateLimits: Hashable, Sendable {
    /// Bytes of the STRING and BYTES values of a key together.
    package var maximumKeyByteCount: Int
    /// Bytes of the STRING and BYTES values of a row together.
    package var maximumRowByteCount: Int

    package init(maximumKeyByteCount: Int = 64 << 10, maximumRowByteCount: Int = 16 << 20) {
        self.maximumKeyByteCount = maximumKeyByteCount
        self.maximumRowByteCount = maximumRowByteCount
    }

    func check(key byteCount: Int, of state: String) throws(StateError) {
        if byteCount <= maximumKeyByteCount { return }
        throw StateError(
            .limitExceeded,
            "a key of \(byteCount) bytes is longer than the \(maximumKeyByteCount) that the state \(state) takes: "
                + "filter such rows out, or join on a digest of the column")
    }

    func check(row byteCount: Int, of state: String) throws(StateError) {
        if byteCount <= maximumRowByteCount { return }
        throw StateError(
            .limitExceeded,
            "a row of \(byteCount) bytes is longer than the \(maximumRowByteCount) that the state \(state) takes: "
                + "select fewer or shorter columns")
    }
}
