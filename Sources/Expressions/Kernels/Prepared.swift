internal import Columnar

/// An argument that kernels use in a prepared form, such as a pattern: prepared when compiled if it is a constant, else once for every
/// run of equal texts. Of the thread that runs the program.
final class Prepared<Value> {
    private let prepare: (UnsafeRawBufferPointer) throws(ExpressionError) -> Value
    private var last: [UInt8] = []
    private var value: Value?
    private var isConstant = false
    private var isPrepared = false

    /// - Throws: what `prepare` throws for a constant.
    init(
        _ argument: ScalarExpression,
        _ prepare: @escaping (UnsafeRawBufferPointer) throws(ExpressionError) -> Value
    ) throws(ExpressionError) {
        self.prepare = prepare
        guard let literal = argument.literal else { return }
        isConstant = true
        if case .string(let text) = literal.value {
            do {
                value = try Array(text.utf8).withUnsafeBytes { try prepare($0) }
            } catch let error as ExpressionError {
                throw error
            } catch {
                preconditionFailure("\(error)")
            }
        }
    }

    /// The prepared form of the text in `row`; nil where it cannot be prepared.
    @inline(__always)
    func of(_ column: Column, _ row: Int) -> Value? {
        isConstant ? value : prepared(column.bytes(row))
    }

    private func prepared(_ text: UnsafeRawBufferPointer) -> Value? {
        if isPrepared, last.withUnsafeBytes({ ByteOrder.isEqual($0, text) }) { return value }
        last = Array(text)
        isPrepared = true
        value = try? prepare(text)
        return value
    }
}
