internal import ArgumentParser
internal import KernelBenchmarks

/// Executable `QuickBenchmarks`: `Benchmarks quick` by itself, which is built without connectors and service.
@main
struct QuickBenchmarks {
    static func main() { QuickBenchmark.main() }
}
