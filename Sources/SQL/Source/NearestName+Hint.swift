internal import Columnar

extension NearestName {
    /// "did you mean 'x'?" for the candidate nearest to `name`, or nil when none is near.
    static func hint(for name: String, among candidates: some Sequence<String>) -> String? {
        of(name, in: candidates).map { "did you mean '\($0)'?" }
    }
}
