/// How long to wait before trying again.
enum Backoff {
    /// Doubles from 100 ms to 5 s, give or take a fifth. `attempt` counts from 1.
    static func delay(_ attempt: Int) -> Duration {
        let base = min(5000, 100 << min(attempt - 1, 6))
        return .milliseconds(Int.random(in: base * 4 / 5...base * 6 / 5))
    }
}
