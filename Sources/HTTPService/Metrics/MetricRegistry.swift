package import CoreMetrics
internal import Synchronization

/// The backend of swift-metrics that keeps every series for `/metrics`.
package final class MetricRegistry: MetricsFactory {
    struct Key: Hashable, Sendable {
        var name: String
        /// Name and value in turns, in the order of the labels.
        var labels: [String]
    }

    enum Series: Sendable {
        case value(ValueSeries)
        case histogram(HistogramSeries)
    }

    struct Family: Sendable {
        var definition: MetricDefinition
        var series: [(labels: [String], series: Series)]
    }

    /// More series are not kept: labels would have to come from data then.
    package static let maximumSeriesCount = 20_000

    private let series = Mutex<[Key: Series]>([:])
    private let definitions: [String: MetricDefinition]

    package init(_ definitions: [MetricDefinition] = MetricDefinition.all) {
        self.definitions = Dictionary(definitions.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        value(label, dimensions)
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        value(label, dimensions)
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        value(label, dimensions)
    }

    package func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate ? histogram(label, dimensions) : value(label, dimensions)
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        histogram(label, dimensions)
    }

    package func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
    package func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
    package func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
    package func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

    /// Puts the same value into a histogram many times, as the handlers of swift-metrics cannot.
    func record(_ value: Double, times: Int, _ metric: MetricDefinition, _ labels: [(String, String)]) {
        histogram(metric.name, labels).record(value, times: times)
    }

    /// Families in the order of the definitions, series by their labels. Series without a definition are left out.
    func families(_ order: [MetricDefinition]) -> [Family] {
        let all = Dictionary(grouping: series.withLock { $0 }, by: \.key.name)
        return order.compactMap { definition in
            guard let found = all[definition.name] else { return nil }
            let sorted = found.sorted { $0.key.labels.lexicographicallyPrecedes($1.key.labels) }
            return Family(definition: definition, series: sorted.map { ($0.key.labels, $0.value) })
        }
    }

    private func value(_ label: String, _ dimensions: [(String, String)]) -> ValueSeries {
        let made = make(label, dimensions) { .value(ValueSeries()) }
        if case .value(let series) = made { return series }
        // Of another kind than it was first used as: not told.
        return ValueSeries()
    }

    private func histogram(_ label: String, _ dimensions: [(String, String)]) -> HistogramSeries {
        let bounds = definitions[label]?.buckets ?? MetricDefinition.durations
        let made = make(label, dimensions) { .histogram(HistogramSeries(bounds: bounds)) }
        if case .histogram(let series) = made { return series }
        return HistogramSeries(bounds: bounds)
    }

    private func make(_ label: String, _ dimensions: [(String, String)], _ make: () -> Series) -> Series {
        let key = Key(name: label, labels: dimensions.flatMap { [$0.0, $0.1] })
        return series.withLock { series in
            if let known = series[key] { return known }
            let made = make()
            if series.count < Self.maximumSeriesCount { series[key] = made }
            return made
        }
    }

    private func remove(_ handler: AnyObject) {
        series.withLock { series in
            let found = series.first { _, series in
                switch series {
                case .value(let value): value === handler
                case .histogram(let histogram): histogram === handler
                }
            }
            if let found { series[found.key] = nil }
        }
    }
}
