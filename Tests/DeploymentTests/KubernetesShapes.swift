/// The part of the Kubernetes API (1.27 and later) that docker/kubernetes uses, with the types of its fields.
enum KubernetesShapes {
    /// Every object of a kind; nil for kinds that are not used.
    static func object(_ kind: String) -> Shape? {
        guard let further = kinds[kind] else { return nil }
        let common: [String: Shape] = [
            "apiVersion": .text, "kind": .text,
            "metadata": .object(["name": name, "labels": texts, "annotations": texts], required: ["name"]),
        ]
        return .object(common.merging(further) { $1 }, required: ["apiVersion", "kind", "metadata"])
    }

    /// RFC 1123, as names of objects and of what lies in them have to be.
    private static let name = Shape.pattern("[a-z0-9]([-a-z0-9]*[a-z0-9])?")
    private static let texts = Shape.map(of: .text)
    private static let quantity = Shape.either([
        .pattern("[0-9]+([.][0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?"), .number,
    ])
    private static let path = Shape.pattern("/[^:]*")
    private static let selector = Shape.object(["matchLabels": texts], required: ["matchLabels"])

    private static let kinds: [String: [String: Shape]] = [
        "ConfigMap": ["data": texts],
        "Secret": ["stringData": texts, "type": .choice(["Opaque"])],
        "Service": [
            "spec": .object(
                [
                    "clusterIP": .text, "publishNotReadyAddresses": .flag, "selector": texts,
                    "ports": .list(
                        of: .object(
                            [
                                "name": name, "port": .number, "targetPort": .either([name, .number]),
                                "protocol": .choice(["TCP"]),
                            ], required: ["port"])),
                ], required: ["selector", "ports"])
        ],
        "PodDisruptionBudget": [
            "spec": .object(
                [
                    "maxUnavailable": .either([.number, .pattern("[0-9]+%")]),
                    "unhealthyPodEvictionPolicy": .choice(["IfHealthyBudget", "AlwaysAllow"]), "selector": selector,
                ], required: ["selector"])
        ],
        "StatefulSet": ["spec": statefulSet],
    ]

    private static let statefulSet = Shape.object(
        [
            "replicas": .number, "serviceName": name, "podManagementPolicy": .choice(["OrderedReady", "Parallel"]),
            "updateStrategy": .object(["type": .choice(["RollingUpdate", "OnDelete"])]),
            "persistentVolumeClaimRetentionPolicy": .object([
                "whenDeleted": .choice(["Retain", "Delete"]), "whenScaled": .choice(["Retain", "Delete"]),
            ]),
            "selector": selector,
            "template": .object(
                ["metadata": .object(["labels": texts, "annotations": texts]), "spec": pod],
                required: ["metadata", "spec"]),
            "volumeClaimTemplates": .list(
                of: .object([
                    "metadata": .object(["name": name], required: ["name"]),
                    "spec": .object(
                        [
                            "accessModes": .list(of: .choice(["ReadWriteOnce", "ReadWriteOncePod"])),
                            "resources": .object(["requests": .object(["storage": quantity])]),
                            "storageClassName": name,
                        ], required: ["accessModes", "resources"]),
                ])),
        ], required: ["serviceName", "selector", "template"])

    private static let pod = Shape.object(
        [
            "terminationGracePeriodSeconds": .number, "enableServiceLinks": .flag,
            "automountServiceAccountToken": .flag,
            "securityContext": .object([
                "runAsNonRoot": .flag, "runAsUser": .number, "runAsGroup": .number, "fsGroup": .number,
                "fsGroupChangePolicy": .choice(["OnRootMismatch", "Always"]),
                "seccompProfile": .object(["type": .choice(["RuntimeDefault"])], required: ["type"]),
            ]),
            "containers": .list(of: container),
            "volumes": .list(
                of: .object(
                    [
                        "name": name, "configMap": .object(["name": name, "defaultMode": .number], required: ["name"]),
                        "secret": .object(
                            ["secretName": name, "defaultMode": .number], required: ["secretName"]),
                        "emptyDir": .object(["sizeLimit": quantity]),
                    ], required: ["name"])),
        ], required: ["containers"])

    private static let container = Shape.object(
        [
            "name": name, "image": .pattern("[^ :]+:[^ :]+"),
            "imagePullPolicy": .choice(["Always", "IfNotPresent", "Never"]),
            // A value that YAML reads as a number or a truth value is refused by the API.
            "env": .list(
                of: .object(
                    ["name": .pattern("[A-Za-z_][A-Za-z0-9_]*"), "value": .text], required: ["name", "value"])),
            "ports": .list(
                of: .object(
                    ["name": name, "containerPort": .number, "protocol": .choice(["TCP"])],
                    required: ["containerPort"])),
            "livenessProbe": probe, "readinessProbe": probe,
            "resources": .object(["requests": amounts, "limits": amounts]),
            "securityContext": .object([
                "readOnlyRootFilesystem": .flag, "allowPrivilegeEscalation": .flag,
                "capabilities": .object(["drop": .list(of: .text)]),
            ]),
            "volumeMounts": .list(
                of: .object(
                    ["name": name, "mountPath": path, "readOnly": .flag], required: ["name", "mountPath"])),
        ], required: ["name", "image"])

    private static let amounts = Shape.object(["cpu": quantity, "memory": quantity, "ephemeral-storage": quantity])
    private static let probe = Shape.object(
        [
            "httpGet": .object(["path": path, "port": .either([name, .number])], required: ["port"]),
            "periodSeconds": .number, "timeoutSeconds": .number, "failureThreshold": .number,
            "initialDelaySeconds": .number,
        ], required: ["httpGet"])
}
