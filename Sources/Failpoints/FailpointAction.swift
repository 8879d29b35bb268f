#if FAILPOINTS
    internal import Glibc

    /// What happens at an armed point.
    package struct FailpointAction: Hashable, Sendable {
        /// The kinds of actions.
        package enum Kind: String, CaseIterable, Sendable {
            /// SIGKILL to the own process.
            case kill
            /// SIGSTOP to the own process; a helper sends SIGCONT after a time.
            case stop
            /// The thread waits.
            case delay
            /// The step fails as if its system had gone away.
            case error
            /// The system call fails: no space left.
            case enospc
            /// The system call writes a part of what it was given.
            case shortwrite
            /// The sync fails: the device could not write.
            case fsync

            /// How long the action takes where the plan does not say; nil where that means nothing.
            var defaultMilliseconds: Int? {
                switch self {
                case .stop: 300
                case .delay: 100
                default: nil
                }
            }
        }

        package let kind: Kind
        /// For `stop` and `delay`.
        package let milliseconds: Int

        package init(_ kind: Kind, milliseconds: Int? = nil) {
            self.kind = kind
            self.milliseconds = milliseconds ?? kind.defaultMilliseconds ?? 0
        }

        /// The part of the action that the code around the point need not know of.
        func perform() {
            switch kind {
            case .kill:
                Self.signalSelf(SIGKILL)
            case .stop:
                continueLater()
                Self.signalSelf(SIGSTOP)
            case .delay:
                usleep(UInt32(milliseconds) * 1000)
            case .error, .enospc, .shortwrite, .fsync:
                break
            }
        }

        private static func signalSelf(_ number: Int32) {
            _ = Glibc.kill(getpid(), number)
            // The signal may take effect a moment after the call.
            if number == SIGKILL { while true { pause() } }
        }

        /// Starts a process that waits until this one is stopped, then for the time, and lets it go on.
        private func continueLater() {
            let script = """
                while [ -d /proc/$1 ] && ! grep -q '^State:.T' /proc/$1/status; do sleep 0.01; done
                sleep $2; kill -CONT $1
                """
            let thousandths = String(milliseconds % 1000 + 1000).dropFirst()
            let arguments = ["sh", "-c", script, "sh", String(getpid()), "\(milliseconds / 1000).\(thousandths)"]
            var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
            pointers.append(nil)
            defer { for pointer in pointers { free(pointer) } }
            var child: pid_t = 0
            let result = posix_spawn(&child, "/bin/sh", nil, nil, pointers, environ)
            // Stopping with nobody to end it would hang whoever waits.
            precondition(result == 0, "the helper of a stop cannot be started: \(result)")
        }
    }
#endif
