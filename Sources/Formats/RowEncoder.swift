package import Columnar

/// Turns the rows of a batch into messages.
///
/// Made once a sink and once for keys and for values (see `Format.makeEncoder`), used by one thread.
package protocol RowEncoder: AnyObject {
    /// Appends one message for every selected row, in order.
    ///
    /// Never fails: all values of all types have a form. A row of kind `delete` is written like any other unless
    /// `tombstones` says otherwise.
    func encode(_ batch: RecordBatch, into buffer: MessageBuffer, tombstones: Tombstones)
}

/// What becomes of rows of kind `delete`.
package enum Tombstones: Sendable {
    case none
    /// They become empty messages, which upsert topics keep without a value.
    case forDeletes
}

extension RowEncoder {
    /// Appends the messages of a batch without tombstones.
    package func encode(_ batch: RecordBatch, into buffer: MessageBuffer) {
        encode(batch, into: buffer, tombstones: .none)
    }
}
