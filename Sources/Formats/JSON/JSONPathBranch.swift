/// A name of the messages' paths while a plan of them is made: a tree whose leaves are fields.
final class JSONPathBranch {
    /// What is done with the fields, as a participle for messages.
    enum Use: String {
        case read, written
    }

    let name: String
    /// The field whose path ends here; nil for an object.
    private(set) var field: Int?
    /// In the order in which they first came.
    private(set) var children: [JSONPathBranch] = []

    init(name: String) {
        self.name = name
    }

    /// Adds a path below this branch, which is the root.
    ///
    /// - Throws: `FormatsError.invalidFields` for a path that is empty, too deep, or another's beginning or repetition.
    func insert(_ path: [String], field: Int, toBe use: Use) throws(FormatsError) {
        let text = path.joined(separator: ".")
        guard !path.isEmpty, path.count < JSONScanner.maximumDepth else {
            throw FormatsError(
                .invalidFields,
                "the path '\(text)' of field \(field) has \(path.count) names; allowed are 1 to "
                    + "\(JSONScanner.maximumDepth - 1)")
        }
        var branch = self
        for name in path {
            if branch.field != nil {
                throw FormatsError(
                    .invalidFields, "\(text) lies inside a field that is itself \(use.rawValue) as a value")
            }
            branch = branch.child(name)
        }
        guard branch.field == nil, branch.children.isEmpty else {
            throw FormatsError(
                .invalidFields, "\(text) is \(use.rawValue) twice, or both as a value and an object")
        }
        branch.field = field
    }

    /// Names are equal when their bytes are: not in the sense of Unicode.
    private func child(_ name: String) -> JSONPathBranch {
        if let child = children.first(where: { $0.name.utf8.elementsEqual(name.utf8) }) { return child }
        let child = JSONPathBranch(name: name)
        children.append(child)
        return child
    }
}
