/// What was wrong in a part of a statement. Empty when the cause was reported before: a table whose definition failed.
struct BindingErrors: Error {
    var errors: [SQLError]

    init(_ error: SQLError) { errors = [error] }
    init(_ errors: [SQLError]) { self.errors = errors }

    /// The cause was reported where it is.
    static let alreadyReported = BindingErrors([])
}

/// The errors of parts that can be looked at independently of each other.
struct ErrorCollection {
    private(set) var errors: [SQLError] = []
    private var hasFailed = false

    /// The value of `body`, or nil and its errors kept.
    mutating func attempt<Value>(_ body: () throws(BindingErrors) -> Value) -> Value? {
        do throws(BindingErrors) {
            return try body()
        } catch {
            errors += error.errors
            hasFailed = true
            return nil
        }
    }

    mutating func add(_ error: SQLError) {
        errors.append(error)
        hasFailed = true
    }

    /// Throws when anything was wrong.
    func check() throws(BindingErrors) {
        if hasFailed { throw BindingErrors(errors) }
    }
}
