import Foundation
import Testing

@testable import KernelBenchmarks

/// Serialized because everything in the process is counted.
@Suite(.serialized) struct AllocationsTests {
    @Test func allocationsOfSwiftAndOfCAreCounted() throws {
        var kept: [[Int]] = []
        kept.reserveCapacity(1000)
        let arrays = try #require(Allocations.count { for index in 0..<1000 { kept.append([index, index]) } })
        #expect(arrays >= 1000)
        let raw = try #require(
            Allocations.count {
                for _ in 0..<1000 { UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 16).deallocate() }
            })
        #expect(raw >= 1000)
    }

    @Test func otherThreadsGoOnMeanwhile() throws {
        let hasEnded = DispatchSemaphore(value: 0)
        let count = try #require(
            Allocations.count {
                for _ in 0..<4 {
                    Thread {
                        for index in 0..<1000 { _ = String(repeating: "x", count: 100 + index) }
                        hasEnded.signal()
                    }.start()
                }
                for _ in 0..<4 { hasEnded.wait() }
            })
        #expect(count >= 4000)
    }
}
