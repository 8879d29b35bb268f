/// The broker's only source of time, so that tests and simulations decide what time it is.
package struct BrokerClock: Sendable {
    /// Milliseconds since 1970.
    package let now: @Sendable () -> Int64

    package init(now: @escaping @Sendable () -> Int64) {
        self.now = now
    }
}
