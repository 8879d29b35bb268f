extension ApiKey {
    /// Kafka's name of the request, such as `AddPartitionsToTxn`.
    package var name: String {
        let text = "\(self)"
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    /// The request of that name, in any case; nil when this broker knows none.
    package init?(name: String) {
        guard let api = Self.byName[name.lowercased()] else { return nil }
        self = api
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name.lowercased(), $0) })
}
