internal import CKafka

/// How a property of Kafka's own clients is said to librdkafka.
enum PropertyRules {
    enum Rule: Equatable {
        case passed(String)
        case bytesToKibibytes(String)
        case offsetReset
        case jaas
        /// Over whose connections records travel: a property of this module's own.
        case dataPath
        /// Without meaning here; accepted so that tables can be taken over unchanged.
        case ignored
        case refused(String)
    }

    static func rule(for name: String) -> Rule {
        if let rule = special[name] { return rule }
        if name.hasPrefix("ssl.truststore.") || name == "ssl.keystore.type" {
            return .refused("Java key stores cannot be read: set ssl.ca.location to a PEM file")
        }
        if name.hasPrefix("sasl.login.") || name.hasPrefix("sasl.client.") {
            return .refused("Java classes cannot be loaded; set sasl.mechanism, sasl.username and sasl.password")
        }
        return .passed(name)
    }

    private static let ownedByCheckpoints: Rule = .refused(
        "offsets are committed with checkpoints, never by the client: leave the property out")

    static let special: [String: Rule] = [
        "auto.offset.reset": .offsetReset,
        "data.path": .dataPath,
        "sasl.jaas.config": .jaas,
        "metadata.broker.list": .passed("bootstrap.servers"),
        "fetch.max.wait.ms": .passed("fetch.wait.max.ms"),
        "max.partition.fetch.bytes": .passed("fetch.message.max.bytes"),
        "max.request.size": .passed("message.max.bytes"),
        "buffer.memory": .bytesToKibibytes("queue.buffering.max.kbytes"),
        "receive.buffer.bytes": .passed("socket.receive.buffer.bytes"),
        "send.buffer.bytes": .passed("socket.send.buffer.bytes"),
        "max.poll.records": .ignored,
        "default.api.timeout.ms": .ignored,
        "max.block.ms": .ignored,
        "key.serializer": .ignored,
        "value.serializer": .ignored,
        "key.deserializer": .ignored,
        "value.deserializer": .ignored,
        "partition.discovery.interval.ms": .ignored,
        "client.id.prefix": .passed("client.id"),
        "enable.auto.commit": ownedByCheckpoints,
        "enable.auto.offset.store": ownedByCheckpoints,
        "auto.commit.interval.ms": .ignored,
        "enable.partition.eof": .refused("it is always on: leave the property out"),
        "enable.idempotence": .ignored,
        "plugin.library.paths": .refused("no code is loaded by a table's options: leave the property out"),
        "transactional.id": .refused("set sink.transactional-id-prefix instead"),
        "group.instance.id": .refused("it is made from the job's name: leave the property out"),
        "partition.assignment.strategy": .ignored,
        "test.mock.num.brokers": .passed("test.mock.num.brokers"),
    ]

    /// All names that are understood.
    static let knownNames: [String] = {
        var names = Array(special.keys)
        withUnsafeMutablePointer(to: &names) { target in
            ckafka_property_names(
                { context, name in
                    guard let context, let name else { return }
                    context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
                }, target)
        }
        return names
    }()

    static func isSecret(_ name: String) -> Bool {
        ["pass", "pasw", "pwd", "secret", ".key", "jaas", "oauthbearer.config", ".pem"].contains { name.contains($0) }
    }

    /// User and password of a JAAS line such as `...PlainLoginModule required username="u" password="p";`.
    static func login(jaas: String) -> (user: String, password: String)? {
        guard let user = quoted("username", in: jaas), let password = quoted("password", in: jaas) else { return nil }
        return (user, password)
    }

    private static func quoted(_ name: String, in text: String) -> String? {
        guard let found = text.firstRange(of: name + "=") else { return nil }
        let rest = text[found.upperBound...]
        guard let quote = rest.first, quote == "\"" || quote == "'" else { return nil }
        var value = ""
        var isEscaped = false
        for character in rest.dropFirst() {
            if isEscaped {
                value.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == quote {
                return value
            } else {
                value.append(character)
            }
        }
        return nil
    }
}
