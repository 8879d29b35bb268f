internal import Dataflow

extension DedicatedThread {
    /// Starts a thread for calls that block inside librdkafka.
    static func blocking(_ body: @escaping @Sendable () -> Void) throws(KafkaConnectorError) -> DedicatedThread {
        do {
            return try DedicatedThread(body)
        } catch {
            throw KafkaConnectorError(.internal, error.message, cause: error)
        }
    }
}
