import Foundation
import Testing
import Yams

/// What docker/compose.yaml gives to Prometheus and Grafana.
struct MonitoringSetupTests {
    private func targets(of service: String) throws -> [String: String] {
        let service = try Repository.document("docker/compose.yaml").require("services").require(service)
        var targets: [String: String] = [:]
        for mount in service["volumes"]?.strings ?? [] {
            let parts = mount.split(separator: ":").map(String.init)
            targets[parts[1]] = parts[0]
        }
        return targets
    }

    @Test func prometheusFindsTheRules() throws {
        let targets = try targets(of: "prometheus")
        #expect(targets["/etc/prometheus/prometheus.yml"] == "./monitoring/prometheus.yaml")
        for rule in try Repository.document("docker/monitoring/prometheus.yaml").require("rule_files").strings {
            #expect(targets["/etc/prometheus/" + rule] == "./monitoring/" + rule)
        }
    }

    @Test func grafanaFindsItsSourceAndItsDashboard() throws {
        let targets = try targets(of: "grafana")
        let folder = "/etc/grafana/provisioning/"
        #expect(targets[folder + "datasources/millrace.yaml"] == "./monitoring/grafana/datasources.yaml")
        #expect(targets[folder + "dashboards/millrace.yaml"] == "./monitoring/grafana/dashboards.yaml")
        let sources = try Repository.document("docker/monitoring/grafana/datasources.yaml")
        #expect(sources["apiVersion"]?.int == 1)
        let source = try #require(try sources.require("datasources").items.first)
        #expect(source["type"]?.string == "prometheus" && source["isDefault"]?.bool == true)
        let providers = try Repository.document("docker/monitoring/grafana/dashboards.yaml")
        let path = try #require(providers.require("providers").items[0].at("options.path")?.string)
        #expect(targets[path + "/millrace.json"] == "./monitoring/grafana-dashboard.json")
    }
}
