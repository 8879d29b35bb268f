/// What tells jobs, their histories and their processes apart.
package struct JobIdentity: Hashable, Sendable {
    /// The job's name: the consumer group, the transactional ids and the bookkeeping rows derive from it.
    package var name: String
    /// Made once per process: names files and sessions.
    package var instance: String

    package init(name: String, instance: String) {
        self.name = name
        self.instance = instance
    }
}
