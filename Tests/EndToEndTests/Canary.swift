import Foundation
import Testing

/// A secret of a test that is known again in whatever form it comes out.
struct Canary: Sendable {
    let name: String

    init(_ name: String) {
        self.name = name
    }

    /// Survives encoding in urls and in JSON.
    private var core: String { "Zq7\(name)X9kW5" }
    /// As it is configured.
    var value: String { core + "+/\"%" }
    /// The same within a url.
    var encoded: String { core + "%2B%2F%22%25" }
    /// Where quotes and the like are not taken.
    var plain: String { core + "+/=0" }

    /// Every form of it; base64 by where in a longer text it stands.
    private var forms: [String] {
        let bytes = Array(core.utf8)
        let aligned = (0..<3).map { offset -> String in
            let text = Data([UInt8](repeating: 0, count: offset) + bytes).base64EncodedString()
            let first = (offset * 8 + 5) / 6
            let end = (offset + bytes.count) * 8 / 6
            return String(text.prefix(end).dropFirst(first))
        }
        return [core] + aligned + [bytes.map { String($0, radix: 16) }.joined()]
    }

    /// Records an issue for every canary that a text holds, with what stands around it.
    static func expectNone(of canaries: [Canary], in text: String, _ place: String) {
        for canary in canaries {
            for form in canary.forms {
                guard let found = text.range(of: form, options: [.caseInsensitive]) else { continue }
                let start = text.index(found.lowerBound, offsetBy: -200, limitedBy: text.startIndex) ?? text.startIndex
                let end = text.index(found.upperBound, offsetBy: 100, limitedBy: text.endIndex) ?? text.endIndex
                Issue.record("\(place) holds the secret '\(canary.name)': ...\(text[start..<end])...")
            }
        }
    }

    /// Looks into every file below a folder.
    static func expectNone(of canaries: [Canary], below folder: String) throws -> Int {
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
        var count = 0
        for name in names {
            guard let data = FileManager.default.contents(atPath: folder + "/" + name) else { continue }
            expectNone(of: canaries, in: String(decoding: data, as: UTF8.self), name)
            count += 1
        }
        return count
    }
}
