import ArgumentParser
import Testing

@testable import KernelBenchmarks

@Suite struct MeasurementTests {
    @Test func medianAndSpreadAreOfTheSamples() {
        let measurement = Measurement(name: "one", unit: "ns", samples: [3, 1, 2, 10])
        #expect(measurement.median == 2.5)
        #expect(measurement.minimum == 1)
        #expect(measurement.spread == 360)
        #expect(Measurement.quantile([], 0.5) == 0)
        #expect(Measurement.quantile(Array(stride(from: 0.0, through: 100, by: 1)), 0.99) == 99)
    }

    @Test func warmUpRoundsAreNotCounted() throws {
        let options = try MeasurementOptions.parse(["--repetitions", "3", "--warm-up", "2"])
        var rounds = 0
        let measurement = Measurement.run("one", operations: 1, options: options) { rounds += 1 }
        #expect(measurement.samples.count == 3)
        // And one for the counting of objects.
        #expect(rounds == 6)
    }

    @Test func numbersSeparatedByCommasAreRead() throws {
        #expect(try NumberList.parse("1, 20,300", option: "--keys") == [1, 20, 300])
        #expect(throws: (any Error).self) { try NumberList.parse("1,x", option: "--keys") }
        #expect(throws: (any Error).self) { try NumberList.parse("", option: "--keys") }
    }
}
