/// Where the writers of a sink send to.
protocol SinkOutput: AnyObject, Sendable {
    var slot: ProducerSlot { get }
    /// Whether rows wait for the commit of the epochs before theirs.
    var hasEpochs: Bool { get }

    func add(_ buffer: SinkBuffer)
    func remove(_ buffer: SinkBuffer)

    /// What an error of the producer means for this output.
    func explain(_ error: KafkaConnectorError) -> KafkaConnectorError

    /// Waits until everything that was written to the buffer is delivered.
    func flush(_ buffer: SinkBuffer) throws(KafkaConnectorError)
}
