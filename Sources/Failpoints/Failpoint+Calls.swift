#if FAILPOINTS
    internal import Glibc

    /// What the code calls where a point is. May be called from any thread.
    extension Failpoint {
        /// Passes a point that cannot fail: it may only kill, stop or hold up the process.
        package func hit() {
            guard let armory = FailpointArmory.ofProcess else { return }
            armory.fire(self)?.perform()
        }

        /// Passes a point that cannot fail with what it is about, such as a record's offset.
        package func hit(key: Int64) {
            guard let armory = FailpointArmory.ofProcess else { return }
            armory.fire(self, key: key)?.perform()
        }

        /// Passes a point; throws `error` where it is made to fail.
        ///
        /// - Parameter error: what the step throws by itself when its system goes away.
        package func hit<Failure: Error>(_ error: @autoclosure () -> Failure) throws(Failure) {
            guard let armory = FailpointArmory.ofProcess, let action = armory.fire(self) else { return }
            action.perform()
            if action.kind == .error { throw error() }
        }

        /// Passes a point in front of a system call: false, with `errno` set, where the call is to count as failed.
        package func passes() -> Bool {
            grant(1) == 1
        }

        /// Passes a point in front of a system call that writes: the bytes that the call is to be given.
        ///
        /// - Returns: `count`; half of it, at least 1, for a short write; -1, with `errno` set, where the call is to count as failed.
        package func grant(_ count: Int) -> Int {
            guard let armory = FailpointArmory.ofProcess, let action = armory.fire(self) else { return count }
            action.perform()
            switch action.kind {
            case .enospc: errno = ENOSPC
            case .error, .fsync: errno = EIO
            case .shortwrite: return max(1, count / 2)
            case .kill, .stop, .delay: return count
            }
            return -1
        }
    }

    /// What the edge of the process asks.
    extension Failpoint {
        /// The environment variables that belong to failpoints.
        package static let variables: [String] = [FailpointPlan.variable, FailpointPlan.logVariable]

        /// What is wrong with the plan in an environment; nil where nothing is or there is none.
        package static func problem(in environment: [String: String]) -> String? {
            guard let text = environment[FailpointPlan.variable] else { return nil }
            do throws(FailpointError) {
                _ = try FailpointPlan(parsing: text)
                return nil
            } catch {
                return error.message
            }
        }
    }
#else
    extension Failpoint {
        @inlinable @inline(__always)
        public func hit() {}

        @inlinable @inline(__always)
        public func hit(key: Int64) {}

        @inlinable @inline(__always)
        public func hit<Failure: Error>(_ error: @autoclosure () -> Failure) throws(Failure) {}

        @inlinable @inline(__always)
        public func passes() -> Bool { true }

        @inlinable @inline(__always)
        public func grant(_ count: Int) -> Int { count }

        /// The environment variables that belong to failpoints: none in this build.
        package static var variables: [String] { [] }

        package static func problem(in environment: [String: String]) -> String? { nil }
    }
#endif
