/// Rows of texts with columns of the same width; the first and the last to the left, the others to the right.
package struct TextTable {
    package var header: [String]
    package var rows: [[String]]

    package init(header: [String], rows: [[String]]) {
        self.header = header
        self.rows = rows
    }

    package func print() {
        let lines = [header] + rows
        let widths = header.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        for line in lines {
            let cells = line.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - line[column].count)
                let isLeft = column == 0 || column == line.count - 1
                return isLeft ? line[column] + space : space + line[column]
            }
            var text = cells.joined(separator: "  ")
            while text.last == " " { text.removeLast() }
            Swift.print(text)
        }
    }
}
