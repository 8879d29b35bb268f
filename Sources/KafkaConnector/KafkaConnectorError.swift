// The errors of KafkaConnector.
