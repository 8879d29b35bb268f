internal import Columnar

/// What changes while records are scanned.
struct JSONScanState {
    /// The copy of the payload, followed by zeros, which no value of a document goes past.
    var base: UnsafePointer<UInt8>
    var end: UnsafePointer<UInt8>
    var slots: UnsafeMutablePointer<ColumnSlot>
    var row: Int
    /// The row's word and bit in every validity bitmap.
    var validityWord: Int
    var validityBit: UInt64
    /// Where the next string goes: inside the arena, with room for the whole payload.
    var target: UnsafeMutablePointer<UInt8>
    /// Start of that room and its offset in the arena.
    var targetStart: UnsafeMutablePointer<UInt8>
    var targetOffset: UInt32
    /// Differs from record to record: a node whose stamp is this was seen in the current one.
    var stamp: UInt32
    var failure: DecodeStatus
}
