/// How leaves make up columns: a plain column, or a ROW of others. Names do not matter.
indirect enum ColumnShape: Hashable {
    case leaf
    case row([ColumnShape])

    /// The shapes of the columns that `paths` are the leaves of.
    ///
    /// - Parameter depth: how many names of the paths have been looked at.
    static func shapes(_ paths: some Collection<[String]>, depth: Int = 0) -> [ColumnShape] {
        var shapes: [ColumnShape] = []
        var rest = paths[...]
        while let first = rest.first {
            guard first.count > depth + 1 else {
                shapes.append(.leaf)
                rest = rest.dropFirst()
                continue
            }
            let row = rest.prefix { $0.count > depth + 1 && $0[depth] == first[depth] }
            shapes.append(.row(Self.shapes(row, depth: depth + 1)))
            rest = rest.dropFirst(row.count)
        }
        return shapes
    }
}
