internal import Columnar

/// Kernels over values of fixed width. They are generic over the operation and specialised where they are made, so that nothing is
/// called per row.
extension ProgramBuilder {
    @inline(__always)
    func emitUnary<Operation: UnaryOperation>(
        _ operation: Operation, _ argument: Operand, _ type: LogicalType
    ) -> Operand {
        let output = temporary(type)
        return emit(output, reading: [argument]) { frame, rows in
            let source = frame[argument]
            let target = frame[output]
            Validity.copy(source, rows, into: target)
            Elementwise.run(operation, source, target, rows)
        }
    }

    @inline(__always)
    func emitBinary<Operation: BinaryOperation>(
        _ operation: Operation, _ left: Operand, _ right: Operand, _ type: LogicalType
    ) -> Operand {
        let output = temporary(type)
        return emit(output, reading: [left, right]) { frame, rows in
            let one = frame[left]
            let other = frame[right]
            let target = frame[output]
            Validity.and(one, other, rows, into: target)
            Elementwise.run(operation, one, other, target, rows)
        }
    }

    /// As `emitBinary`, for results of one byte: eight are written at a time, which is twice as fast.
    @inline(__always)
    func emitTest<Operation: BinaryOperation>(_ operation: Operation, _ left: Operand, _ right: Operand) -> Operand
    where Operation.Output == UInt8 {
        let output = temporary(.boolean)
        return emit(output, reading: [left, right]) { frame, rows in
            let one = frame[left]
            let other = frame[right]
            let target = frame[output]
            Validity.and(one, other, rows, into: target)
            guard rows.isDense else { return Elementwise.run(operation, one, other, target, rows) }
            let lefts = Operation.Left.values(one)
            let rights = Operation.Right.values(other)
            let results = UnsafeMutableRawPointer(target.bools)
            let groups = rows.count & ~7
            for start in stride(from: 0, to: groups, by: 8) {
                var word: UInt64 = 0
                for offset in 0..<8 {
                    let row = start &+ offset
                    word |= UInt64(operation.apply(lefts[row], rights[row])) << UInt64(offset &* 8)
                }
                results.storeBytes(of: word.littleEndian, toByteOffset: start, as: UInt64.self)
            }
            for row in groups..<rows.count { target.bools[row] = operation.apply(lefts[row], rights[row]) }
        }
    }

    @inline(__always)
    func emitChecked<Operation: CheckedUnaryOperation>(
        _ operation: Operation, _ argument: Operand, _ type: LogicalType, _ mode: FailureMode
    ) -> Operand {
        let output = temporary(type)
        return emit(output, reading: [argument]) { frame, rows in
            let source = frame[argument]
            let target = frame[output]
            Validity.copy(source, rows, into: target)
            guard Elementwise.runChecked(operation, source, target, rows) else { return }
            let values = Operation.Input.values(source)
            rows.forEachValid(source) { row in
                guard let code = operation.failure(values[row]) else { return }
                target.setNull(row)
                if case .report(let expression) = mode { frame.fail(row, code, expression) }
            }
        }
    }

    @inline(__always)
    func emitChecked<Operation: CheckedBinaryOperation>(
        _ operation: Operation, _ operands: (Operand, Operand), _ type: LogicalType, _ mode: FailureMode
    ) -> Operand {
        let (left, right) = operands
        let output = temporary(type)
        return emit(output, reading: [left, right]) { frame, rows in
            let one = frame[left]
            let other = frame[right]
            let target = frame[output]
            Validity.and(one, other, rows, into: target)
            guard Elementwise.runChecked(operation, one, other, target, rows) else { return }
            let lefts = Operation.Left.values(one)
            let rights = Operation.Right.values(other)
            rows.forEach { row in
                // The target's own bit is cleared on the way, so the operands are asked.
                guard one.isValid(row), other.isValid(row), let code = operation.failure(lefts[row], rights[row])
                else { return }
                target.setNull(row)
                if case .report(let expression) = mode { frame.fail(row, code, expression) }
            }
        }
    }
}

/// The loops.
enum Elementwise {
    @inline(__always)
    static func run<Operation: UnaryOperation>(
        _ operation: Operation, _ source: Column, _ target: Column, _ rows: Rows
    ) {
        let values = Operation.Input.values(source)
        let results = Operation.Output.values(target)
        if rows.isDense {
            for row in 0..<rows.count { results[row] = operation.apply(values[row]) }
        } else {
            rows.forEach { row in results[row] = operation.apply(values[row]) }
        }
    }

    @inline(__always)
    static func run<Operation: BinaryOperation>(
        _ operation: Operation, _ left: Column, _ right: Column, _ target: Column, _ rows: Rows
    ) {
        let lefts = Operation.Left.values(left)
        let rights = Operation.Right.values(right)
        let results = Operation.Output.values(target)
        if rows.isDense {
            for row in 0..<rows.count { results[row] = operation.apply(lefts[row], rights[row]) }
        } else {
            rows.forEach { row in results[row] = operation.apply(lefts[row], rights[row]) }
        }
    }

    /// Returns whether some row may have failed.
    @inline(__always)
    static func runChecked<Operation: CheckedUnaryOperation>(
        _ operation: Operation, _ source: Column, _ target: Column, _ rows: Rows
    ) -> Bool {
        let values = Operation.Input.values(source)
        let results = Operation.Output.values(target)
        var suspicion: Operation.Suspicion = 0
        if rows.isDense {
            for row in 0..<rows.count {
                let result = operation.apply(values[row])
                results[row] = result
                suspicion |= operation.suspicion(values[row], result)
            }
        } else {
            rows.forEach { row in
                let result = operation.apply(values[row])
                results[row] = result
                suspicion |= operation.suspicion(values[row], result)
            }
        }
        return suspicion < 0
    }

    @inline(__always)
    static func runChecked<Operation: CheckedBinaryOperation>(
        _ operation: Operation, _ left: Column, _ right: Column, _ target: Column, _ rows: Rows
    ) -> Bool {
        let lefts = Operation.Left.values(left)
        let rights = Operation.Right.values(right)
        let results = Operation.Output.values(target)
        var suspicion: Operation.Suspicion = 0
        if rows.isDense {
            for row in 0..<rows.count {
                let result = operation.apply(lefts[row], rights[row])
                results[row] = result
                suspicion |= operation.suspicion(lefts[row], rights[row], result)
            }
        } else {
            rows.forEach { row in
                let result = operation.apply(lefts[row], rights[row])
                results[row] = result
                suspicion |= operation.suspicion(lefts[row], rights[row], result)
            }
        }
        return suspicion < 0
    }
}
