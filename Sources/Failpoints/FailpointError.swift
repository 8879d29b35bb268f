#if FAILPOINTS
    /// A plan of failpoints that cannot be understood.
    package struct FailpointError: Error, Hashable, Sendable, CustomStringConvertible {
        /// What is wrong, and what would be right.
        package let message: String

        package init(_ message: String) {
            self.message = message
        }

        package var description: String { message }
    }
#endif
