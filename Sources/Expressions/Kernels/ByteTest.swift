/// A question about two texts.
protocol ByteTest {
    func apply(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool
}

struct BytesEqual: ByteTest {
    @inline(__always)
    func apply(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        ByteOrder.isEqual(left, right)
    }
}

struct BytesNotEqual: ByteTest {
    @inline(__always)
    func apply(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        !ByteOrder.isEqual(left, right)
    }
}

struct BytesLess: ByteTest {
    @inline(__always)
    func apply(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        ByteOrder.compare(left, right) < 0
    }
}

struct BytesLessOrEqual: ByteTest {
    @inline(__always)
    func apply(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        ByteOrder.compare(left, right) <= 0
    }
}
