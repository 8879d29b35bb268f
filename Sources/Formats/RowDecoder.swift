package import Columnar

/// Turns the payload of one record into one row.
///
/// Made once a source (see `Format.makeDecoder`), used by one thread.
package protocol RowDecoder: AnyObject {
    /// The fields it was made with; `DecodeStatus.field` counts in them.
    var fields: [ScanField] { get }

    /// Writes the fields of a record into the row that `builder` is at, which the caller then commits.
    ///
    /// Several decoders may write different columns of one row (key and value). After a failure the row has been
    /// discarded, with whatever else had been written to it. The builder must not be full.
    /// - Parameter payload: read exactly, never past its end; may be reused when the call returns.
    func decode(_ payload: UnsafeRawBufferPointer, into builder: BatchBuilder) -> DecodeStatus
}
