/// Numbers, times and lists as they stand in sentences. Without Foundation's formatters, which bring 4 MB of locale data into memory.
package enum Words {
    /// `12:03:11`, in UTC.
    package static func time(_ milliseconds: Int64) -> String {
        let day: Int64 = 86_400_000
        let seconds = ((milliseconds % day + day) % day) / 1000
        return [seconds / 3600, seconds / 60 % 60, seconds % 60].map { padded($0) }.joined(separator: ":")
    }

    /// `4,102`
    package static func count(_ number: Int64) -> String {
        var text = ""
        for (index, digit) in String(number.magnitude).reversed().enumerated() {
            if index > 0 && index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return (number < 0 ? "-" : "") + String(text.reversed())
    }

    /// `350 ms`, `8 s`, `12 min`, `5 h`.
    package static func duration(_ milliseconds: Int64) -> String {
        let value = max(milliseconds, 0)
        if value < 1000 { return "\(value) ms" }
        if value < 120_000 { return "\(value / 1000) s" }
        if value < 7_200_000 { return "\(value / 60_000) min" }
        return value < 172_800_000 ? "\(value / 3_600_000) h" : "\(value / 86_400_000) d"
    }

    /// `240 MiB`
    package static func mebibytes(_ byteCount: Int) -> String { "\(count(Int64(byteCount >> 20))) MiB" }

    /// `1, 2 and 3`; of many the first ones and how many more.
    package static func list(_ names: [String]) -> String {
        guard names.count > 1 else { return names.first ?? "" }
        guard names.count <= 5 else { return names.prefix(4).joined(separator: ", ") + " and \(names.count - 4) more" }
        return names.dropLast().joined(separator: ", ") + " and " + (names.last ?? "")
    }

    /// `PostgreSQL refuses connections since 12:05:40, retry 7`
    package static func trouble(_ trouble: SystemTrouble) -> String {
        "\(firstLine(trouble.error)) since \(time(trouble.since)), retry \(trouble.retries)"
    }

    /// Errors of several lines begin with what matters.
    package static func firstLine(_ text: String) -> String {
        let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? text
        return line.count > 300 ? line.prefix(300) + "…" : line
    }

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
