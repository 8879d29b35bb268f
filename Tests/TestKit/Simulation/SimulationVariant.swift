/// Which systems a simulated job commits to.
package enum SimulationVariant: String, CaseIterable, Sendable {
    case kafka
    case postgres
    case kafkaPostgres = "kafka+postgres"
    case kafkaTwoPostgres = "kafka+2postgres"
    case twoPostgres = "2postgres"
    /// Several instances with transactional ids of their own, kept apart by the consumer group alone.
    case kafkaGroup = "kafka-group"
    case none

    var hasKafka: Bool {
        switch self {
        case .kafka, .kafkaPostgres, .kafkaTwoPostgres, .kafkaGroup: true
        case .postgres, .twoPostgres, .none: false
        }
    }

    var databaseCount: Int {
        switch self {
        case .kafka, .kafkaGroup, .none: 0
        case .postgres, .kafkaPostgres: 1
        case .kafkaTwoPostgres, .twoPostgres: 2
        }
    }
}
