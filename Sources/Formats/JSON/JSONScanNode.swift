/// What is done with the value of a field.
enum JSONFieldKind: UInt8 {
    case object
    case boolean
    case int
    case bigint
    case double
    case decimal64
    case decimal128
    case string
    case bytes
    case date
    case timestamp
    case timestampLTZ
    /// A field of the documents that nobody asked for.
    case ignored
}

/// One name in the tree of paths that a scanner looks for.
///
/// Node 0 matches no key and stands for "none"; node 1 is the document.
struct JSONScanNode {
    /// The first bytes of the key as it is written in a document, closing quote and colon included; see `mask`.
    var prefix: UInt64
    /// Which bytes of an 8-byte word `prefix` covers; 0 with a `prefix` that is not 0 for what can only be found the
    /// slow way.
    var mask: UInt64
    /// UTF-8 of the name, a quote, a colon, eight zeros.
    var name: UnsafePointer<UInt8>
    var nameByteCount: Int32
    /// With quote and colon.
    var keyByteCount: Int32
    var kind: JSONFieldKind
    var isNullable: Bool
    /// Digits of a DECIMAL or fraction digits (3 or 6) of a timestamp.
    var precision: UInt8
    var scale: UInt8
    /// The column to fill; -1 for objects.
    var column: Int32
    /// The position in the decoder's list of fields; of the first field below it for objects.
    var field: Int16
    /// Children follow one another.
    var firstChild: Int32
    var childCount: Int32
    /// The child that came first in the last document.
    var firstExpected: Int32
    /// The sibling that came after this one in the last document: fields keep their order within a topic.
    var successor: Int32
    var parent: Int32
    /// Of an object: the field met last that nobody asked for; of such a field: the one met before it; 0 for none.
    var ignored: Int32
}
