/// Where ids come from; a simulation passes a generator with a seed.
package final class RandomSource {
    private var generator: any RandomNumberGenerator

    package init(_ generator: any RandomNumberGenerator = SystemRandomNumberGenerator()) {
        self.generator = generator
    }

    func topicId() -> TopicId {
        TopicId(high: generator.next(), low: generator.next())
    }

    /// 32 hexadecimal digits.
    func hexadecimal() -> String {
        [generator.next(), generator.next()].map { (value: UInt64) in
            let digits = String(value, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
