/// The part of https://github.com/compose-spec/compose-spec that docker/compose.yaml uses, with the types of its fields.
enum ComposeShapes {
    static let file = Shape.object(
        ["services": .map(of: service), "volumes": .map(of: .nothing)], required: ["services"])

    private static let duration = Shape.pattern("([0-9]+(ms|s|m|h))+")
    private static let words = Shape.list(of: .text)

    private static let service = Shape.object([
        "image": .pattern("[^ :]+:[^ :]+"),
        "build": .object(["context": .text, "dockerfile": .text], required: ["context"]),
        // `true` is refused, and a number is a text to the container anyway; what has no value comes from the shell.
        "environment": .map(of: .either([.text, .nothing])),
        "volumes": .list(of: .pattern("[^:]+:/[^:]*(:ro)?")),
        "ports": .list(of: .pattern("127[.]0[.]0[.]1:[0-9]+:[0-9]+")),
        "healthcheck": .object(
            [
                "test": words, "interval": duration, "timeout": duration, "start_period": duration, "retries": .number,
            ], required: ["test"]),
        "depends_on": .either([
            .map(
                of: .object(
                    ["condition": .choice(["service_healthy", "service_completed_successfully"])],
                    required: ["condition"])), words,
        ]),
        "entrypoint": words, "command": words, "read_only": .flag, "tmpfs": words, "cap_drop": words,
        "security_opt": words, "stop_grace_period": duration,
        "restart": .pattern("no|always|unless-stopped|on-failure(:[0-9]+)?"), "user": .text,
    ])
}
