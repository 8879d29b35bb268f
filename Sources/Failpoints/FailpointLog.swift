#if FAILPOINTS
    internal import Glibc

    /// The file that tells what has happened at failpoints, over all processes that share it.
    package struct FailpointLog: Sendable {
        /// What a line tells.
        package enum Event: String, Sendable {
            /// The first passage in a process.
            case passed
            /// A passage that an entry counted on its way to the one on which it acts.
            case hit
            /// An action, written before it is taken.
            case fired
        }

        /// `event name [action]`.
        package struct Line: Hashable, Sendable {
            package var event: Event
            package var name: Failpoint
            package var action: FailpointAction.Kind?

            init(_ event: Event, _ name: Failpoint, _ action: FailpointAction.Kind?) {
                self.event = event
                self.name = name
                self.action = action
            }

            init?(_ text: Substring) {
                let words = text.split(separator: " ")
                guard words.count >= 2, let event = Event(rawValue: String(words[0])),
                    let name = Failpoint(rawValue: String(words[1]))
                else { return nil }
                self.init(event, name, words.count > 2 ? FailpointAction.Kind(rawValue: String(words[2])) : nil)
            }

            var text: String { "\(event.rawValue) \(name.rawValue)\(action.map { " \($0.rawValue)" } ?? "")\n" }
        }

        private let path: String?

        package init(path: String?) {
            self.path = path
        }

        /// All whole lines; none where there is no file.
        package var lines: [Line] {
            guard let path else { return [] }
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return [] }
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = part.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
                if count <= 0 { break }
                bytes += part[..<count]
            }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { Line($0) }
        }

        /// One call of the system, so that lines of several processes do not mix.
        func append(_ line: Line) {
            guard let path else { return }
            let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else { return }
            defer { close(descriptor) }
            var text = line.text
            _ = text.withUTF8 { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
    }
#endif
