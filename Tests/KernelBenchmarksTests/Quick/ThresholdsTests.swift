import ArgumentParser
import Foundation
import Testing

@testable import KernelBenchmarks

@Suite struct ThresholdsTests {
    private static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../../Sources/KernelBenchmarks/Quick/thresholds.json").standardizedFileURL.path

    private static func result(ratio: Double, allocations: Double) -> QuickFigure.Result {
        var result = QuickFigure.Result(name: "figure", ratios: [ratio * 3, ratio], nanoseconds: [1, 1])
        result.allocations = allocations
        return result
    }

    private static func thresholds() throws -> Thresholds {
        var thresholds = try Thresholds(path: file)
        thresholds.figures = ["figure": Thresholds.Threshold(ratio: 2, factor: 2.5, allocations: 0.004)]
        return thresholds
    }

    /// The instrument itself, once around in a debug build: its times mean nothing, its figures must be the file's.
    @Test func everyFigureRunsAndHasAThreshold() throws {
        let known = try Thresholds(path: Self.file)
        let calibration = Calibration()
        let options = try MeasurementOptions.parse(["--repetitions", "1", "--warm-up", "0"])
        var names: Set<String> = []
        for figure in try QuickFigure.all(scale: .small) {
            let result = try figure.measure(calibration, options: options)
            #expect(result.ratio > 0)
            #expect(result.allocations != nil)
            names.insert(figure.name)
        }
        #expect(names == Set(known.figures.keys))
    }

    @Test func theLeastRatioDecides() throws {
        let thresholds = try Self.thresholds()
        #expect(thresholds.problem(Self.result(ratio: 4.9, allocations: 0.004)) == nil)
        #expect(thresholds.problem(Self.result(ratio: 5.1, allocations: 0.004)) != nil)
    }

    @Test func anAllocationForEveryRowFails() throws {
        let thresholds = try Self.thresholds()
        #expect(thresholds.problem(Self.result(ratio: 2, allocations: 1.004)) != nil)
    }

    @Test func aFigureWithoutThresholdFails() throws {
        var thresholds = try Self.thresholds()
        thresholds.figures = [:]
        #expect(thresholds.problem(Self.result(ratio: 1, allocations: 0)) != nil)
    }

    @Test func anUpdateKeepsTheFactors() throws {
        var thresholds = try Self.thresholds()
        thresholds.figures["figure"]?.factor = 4
        thresholds.update([Self.result(ratio: 7, allocations: 0.1)])
        #expect(thresholds.figures["figure"]?.factor == 4)
        #expect(thresholds.figures["figure"]?.ratio == 7)
    }
}
