import FuzzTargets

#if canImport(Glibc)
    import Glibc
#else
    import Musl
#endif

/// The target that `MILLRACE_FUZZ_TARGET` names.
private let target: FuzzTarget = {
    let name = getenv("MILLRACE_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let known = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        fatalError("MILLRACE_FUZZ_TARGET is '\(name)'; it must be one of \(known)")
    }
    return target
}()

/// What libFuzzer calls with every input.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        fatalError("\(error)")
    }
    return 0
}

/// libFuzzer's own entry: runs it with the program's arguments.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The package manager takes this symbol for the program's `main`.
@_cdecl("Fuzz_main")
public func main(
    _ count: CInt, _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
) -> CInt {
    var count = count
    var arguments = arguments
    return runDriver(&count, &arguments) { testOneInput($0, $1) }
}

/// With `MILLRACE_FUZZ_SEEDS=FOLDER` writes the target's seeds and its dictionary there and ends.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _ count: UnsafeMutablePointer<CInt>?,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
    guard let folder = getenv("MILLRACE_FUZZ_SEEDS").map({ String(cString: $0) }) else { return 0 }
    do {
        for (number, seed) in try target.seeds().enumerated() {
            write(seed, to: "\(folder)/seed-\(number)")
        }
    } catch {
        fatalError("\(error)")
    }
    let words = target.dictionary.map { word in "\"" + word.utf8.map(escaped).joined() + "\"\n" }
    write(Array(words.joined().utf8), to: "\(folder).dict")
    exit(0)
}

private func escaped(_ byte: UInt8) -> String {
    let isPlain = byte >= 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x5c
    if isPlain { return String(UnicodeScalar(byte)) }
    return "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
}

private func write(_ bytes: [UInt8], to path: String) {
    guard let file = fopen(path, "w") else { fatalError("cannot write \(path)") }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}
