internal import CheckpointStorage
package import Execution
internal import Foundation
internal import StateBackends

/// Where the checkpoints of a job are, from `MILLRACE_CHECKPOINT_URI` and the job's name.
package enum CheckpointLocation {
    /// Opens the job's folder, which is made where there is none.
    ///
    /// - Parameter minimumFreeByteCount: what is to stay free on the file system.
    /// - Throws: `JobServiceError(.invalidInput)` for a URI that cannot be used.
    package static func repository(
        uri: String, job: String, minimumFreeByteCount: Int = 0
    ) throws(JobServiceError) -> CheckpointRepository {
        guard let url = URL(string: uri), let scheme = url.scheme else {
            throw JobServiceError(
                .invalidInput,
                "\(ConfigurationKey.checkpointURI.variable): '\(uri)' is not a URI; use file:///folder for a local folder"
            )
        }
        guard scheme == "file", url.host() ?? "" == "", url.path().hasPrefix("/") else {
            throw JobServiceError(
                .invalidInput,
                "\(ConfigurationKey.checkpointURI.variable): '\(uri)' cannot be used; file:///folder is what this release knows"
            )
        }
        let folder = url.path(percentEncoded: false)
        do {
            let directory = folder.hasSuffix("/") ? folder + job : "\(folder)/\(job)"
            return CheckpointRepository(
                store: try FileCheckpointStore(directory: directory, minimumFreeByteCount: minimumFreeByteCount))
        } catch {
            throw JobServiceError(.invalidInput, error.message, cause: error)
        }
    }
}
