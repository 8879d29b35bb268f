package import NIOCore

/// Where the broker keeps its files: a directory, or memory in tests and simulations.
///
/// Names are relative paths with `/`. Used by one thread at a time.
package protocol Storage: AnyObject {
    /// Opens a file, creating it and its folder when missing.
    func open(_ name: String) throws(DevBrokerError) -> any StorageFile
    /// The names of the files of a folder, sorted; empty when there is no such folder.
    func files(in folder: String) throws(DevBrokerError) -> [String]
    /// The names of the folders at the top.
    func folders() throws(DevBrokerError) -> [String]
    /// Replaces `destination` by the file `name` in one step. Open files stay usable.
    func rename(_ name: String, to destination: String) throws(DevBrokerError)
    func remove(_ name: String) throws(DevBrokerError)
    /// Removes a folder with its files.
    func removeFolder(_ folder: String) throws(DevBrokerError)
}

/// A file that is appended to and read at positions.
package protocol StorageFile: AnyObject {
    /// Bytes in the file.
    var size: Int64 { get }
    /// Appends the buffers' readable bytes; all of them or, after an error, none.
    func append(_ buffers: [ByteBuffer]) throws(DevBrokerError)
    /// Reads up to `length` bytes, fewer at the end of the file.
    func read(at position: Int64, length: Int) throws(DevBrokerError) -> ByteBuffer
    func truncate(to size: Int64) throws(DevBrokerError)
    /// Brings what was appended to the disk.
    func sync() throws(DevBrokerError)
    /// Ends the use of the file.
    func close()
}
