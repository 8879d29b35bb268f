import JobService
import Testing

struct ProcessorCountTests {
    @Test(
        arguments: [
            ("max 100000\n", nil), ("100000 100000\n", 1), ("150000 100000\n", 2), ("400000 100000\n", 4),
            ("5000 100000", 1),
            ("", nil), ("100000", nil), ("0 100000", nil), ("100000 0", nil), ("-1 100000", nil),
        ] as [(String, Int?)])
    func aQuotaIsRoundedUpToProcessors(cpuMax: String, count: Int?) {
        #expect(ProcessorCount.count(cpuMax: cpuMax) == count)
    }

    @Test func atLeastOneProcessorIsAvailable() {
        #expect(ProcessorCount.available >= 1)
    }
}
