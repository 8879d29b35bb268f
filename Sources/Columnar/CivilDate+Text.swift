extension CivilDate {
    /// The date as ISO 8601 writes it, `2024-02-29`; a year of four digits at least, with a minus before those before 0.
    package var text: String {
        "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2))"
    }

    /// A number in decimal with zeros in front, `width` digits at least; the sign comes before them.
    package static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number.magnitude)
        return (number < 0 ? "-" : "") + String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}
