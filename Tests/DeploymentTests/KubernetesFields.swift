import Yams

/// The fields of the Kubernetes API (1.27 and later) at the places that docker/kubernetes uses, so that a slip does not pass as
/// something that is ignored.
enum KubernetesFields {
    /// - Returns: fields by their place; `*` stands for each item of a sequence.
    static func known(of kind: String) -> [(path: String, fields: Set<String>)] {
        let metadata: (String, Set<String>) = ("metadata", ["name", "namespace", "labels", "annotations"])
        let top: Set<String> = ["apiVersion", "kind", "metadata"]
        switch kind {
        case "ConfigMap": return [("", top.union(["data", "binaryData", "immutable"])), metadata]
        case "Secret": return [("", top.union(["data", "stringData", "type", "immutable"])), metadata]
        case "Service":
            return [
                ("", top.union(["spec"])), metadata,
                ("spec", ["clusterIP", "publishNotReadyAddresses", "selector", "ports", "type"]),
                ("spec.ports.*", ["name", "port", "targetPort", "protocol", "appProtocol"]),
            ]
        case "PodDisruptionBudget":
            return [
                ("", top.union(["spec"])), metadata,
                ("spec", ["maxUnavailable", "minAvailable", "unhealthyPodEvictionPolicy", "selector"]),
                ("spec.selector", ["matchLabels", "matchExpressions"]),
            ]
        case "StatefulSet": return [("", top.union(["spec"])), metadata] + statefulSet
        default: return [("", [])]
        }
    }

    private static let statefulSet: [(path: String, fields: Set<String>)] = [
        (
            "spec",
            [
                "replicas", "serviceName", "podManagementPolicy", "updateStrategy", "selector", "template",
                "volumeClaimTemplates", "persistentVolumeClaimRetentionPolicy", "minReadySeconds",
                "revisionHistoryLimit",
            ]
        ),
        ("spec.updateStrategy", ["type", "rollingUpdate"]),
        ("spec.persistentVolumeClaimRetentionPolicy", ["whenDeleted", "whenScaled"]),
        ("spec.template", ["metadata", "spec"]),
        ("spec.template.metadata", ["labels", "annotations"]),
        (
            "spec.template.spec",
            [
                "terminationGracePeriodSeconds", "enableServiceLinks", "automountServiceAccountToken",
                "securityContext",
                "containers", "volumes", "nodeSelector", "affinity", "tolerations", "imagePullSecrets",
                "topologySpreadConstraints", "priorityClassName", "serviceAccountName",
            ]
        ),
        (
            "spec.template.spec.securityContext",
            ["runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "fsGroupChangePolicy", "seccompProfile"]
        ),
        ("spec.template.spec.securityContext.seccompProfile", ["type", "localhostProfile"]),
        (
            "spec.template.spec.containers.*",
            [
                "name", "image", "imagePullPolicy", "args", "command", "env", "envFrom", "ports", "livenessProbe",
                "readinessProbe", "startupProbe", "resources", "securityContext", "volumeMounts", "workingDir",
            ]
        ),
        ("spec.template.spec.containers.*.env.*", ["name", "value", "valueFrom"]),
        ("spec.template.spec.containers.*.ports.*", ["name", "containerPort", "protocol"]),
        ("spec.template.spec.containers.*.livenessProbe", probe),
        ("spec.template.spec.containers.*.readinessProbe", probe),
        ("spec.template.spec.containers.*.livenessProbe.httpGet", ["path", "port", "scheme", "httpHeaders", "host"]),
        ("spec.template.spec.containers.*.readinessProbe.httpGet", ["path", "port", "scheme", "httpHeaders", "host"]),
        ("spec.template.spec.containers.*.resources", ["requests", "limits"]),
        ("spec.template.spec.containers.*.resources.*", ["cpu", "memory", "ephemeral-storage"]),
        (
            "spec.template.spec.containers.*.securityContext",
            ["readOnlyRootFilesystem", "allowPrivilegeEscalation", "capabilities", "runAsNonRoot", "privileged"]
        ),
        ("spec.template.spec.containers.*.securityContext.capabilities", ["drop", "add"]),
        ("spec.template.spec.containers.*.volumeMounts.*", ["name", "mountPath", "readOnly", "subPath"]),
        ("spec.template.spec.volumes.*", ["name", "configMap", "secret", "emptyDir", "persistentVolumeClaim"]),
        ("spec.template.spec.volumes.*.configMap", ["name", "items", "defaultMode", "optional"]),
        ("spec.template.spec.volumes.*.secret", ["secretName", "items", "defaultMode", "optional"]),
        ("spec.template.spec.volumes.*.emptyDir", ["medium", "sizeLimit"]),
        ("spec.volumeClaimTemplates.*", ["metadata", "spec"]),
        ("spec.volumeClaimTemplates.*.spec", ["accessModes", "resources", "storageClassName", "volumeMode"]),
        ("spec.volumeClaimTemplates.*.spec.resources", ["requests", "limits"]),
    ]

    private static let probe: Set<String> = [
        "httpGet", "periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold", "initialDelaySeconds",
    ]

    /// Everything that stands at a place.
    static func nodes(_ root: Node, _ path: String) -> [Node] {
        path.split(separator: ".").reduce([root]) { nodes, key in
            nodes.flatMap { node -> [Node] in
                guard key == "*" else { return node[String(key)].map { [$0] } ?? [] }
                return node.sequence.map(Array.init) ?? (node.mapping ?? [:]).values.map { $0 }
            }
        }
    }
}
