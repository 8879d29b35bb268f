/// What a connector's part meets at its system while it goes on by itself, so that no attempt of the job fails of it.
package enum SystemNews: Hashable, Sendable {
    /// Something has failed and is tried again; says what, without values of rows.
    case retried(String)
    /// Something has come through again.
    case answered
}
