import Testing

@testable import Benchmarks

@Suite struct CostProfileTests {
    private static let report = """
        # To display the perf.data header info, please use --header/--header-only options.
        #
        # Children|Overhead|Shared Object|Symbol
            60.50%|    2.25%|millrace        |[.] $s9Operators4CalcC
            30.00%|   30.00%|libc.so.6       |[.] __memmove_avx512_unaligned_erms
            20.00%|   12.50%|millrace        |[.] main
            12.00%|   12.00%|[kernel.kallsyms]|[k] copy_user_generic_string

        not a line of figures
        """

    @Test func costsAreSummedByObjectAndSortedByTheirOwn() {
        let profile = CostProfile(report: Self.report)
        #expect(
            profile.objects == [
                CostProfile.ObjectCost(object: "libc.so.6", own: 30),
                CostProfile.ObjectCost(object: "millrace", own: 14.75),
                CostProfile.ObjectCost(object: "[kernel.kallsyms]", own: 12),
            ])
        #expect(
            profile.symbols.map(\.symbol) == [
                "__memmove_avx512_unaligned_erms", "main", "copy_user_generic_string", "$s9Operators4CalcC",
            ])
        #expect(profile.symbols.last?.total == 60.5)
        #expect(profile.top(1).symbols.count == 1)
    }

    @Test func namesCanBeMadeReadable() {
        let profile = CostProfile(report: Self.report).top(2).renamed(["one", "two"])
        #expect(profile.symbols.map(\.symbol) == ["one", "two"])
        #expect(profile.symbols[0].own == 30)
    }
}
