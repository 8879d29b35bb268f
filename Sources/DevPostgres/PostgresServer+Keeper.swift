internal import Foundation
internal import Glibc
internal import Synchronization

extension PostgresServer {
    /// A shell process that starts and stops the server when told so on its standard input, and stops it and removes the
    /// directory when that input ends: so a server never outlives the process that asked for it.
    final class Keeper: Sendable {
        private let channel: Mutex<Channel>

        private struct Channel {
            var process: Process
            var input: FileHandle
            var output: FileHandle
            var isOpen = true
        }

        init(directory: URL, programs: URL) throws {
            let process = Process()
            let asServerUser = getuid() == 0
            process.executableURL = URL(fileURLWithPath: asServerUser ? "/usr/bin/setpriv" : "/bin/sh")
            let shell = ["-c", Self.script, "keeper", directory.path, programs.path]
            let prefix = ["--reuid=postgres", "--regid=postgres", "--init-groups", "/bin/sh"]
            process.arguments = asServerUser ? prefix + shell : shell
            process.currentDirectoryURL = directory
            let input = Pipe()
            let output = Pipe()
            process.standardInput = input
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            channel = Mutex(
                Channel(process: process, input: input.fileHandleForWriting, output: output.fileHandleForReading))
        }

        /// Sends one command and waits until it has been carried out.
        func ask(_ command: String) throws {
            try channel.withLock { channel in
                guard channel.isOpen else { throw Failure(description: "the server was stopped") }
                channel.input.write(Data("\(command)\n".utf8))
                var answer = ""
                while !answer.hasSuffix("\n") {
                    guard let byte = try channel.output.read(upToCount: 1), !byte.isEmpty else {
                        throw Failure(description: "the process that keeps the server ended")
                    }
                    answer += String(decoding: byte, as: UTF8.self)
                }
                guard answer == "ok\n" else { throw Failure(description: "'\(command)' failed") }
            }
        }

        /// Ends the server and waits until its directory is gone.
        func end() {
            channel.withLock { channel in
                guard channel.isOpen else { return }
                channel.isOpen = false
                try? channel.input.close()
                channel.process.waitUntilExit()
            }
        }

        private static let script = """
            trap '' INT TERM HUP
            directory=$1; bin=$2; data=$1/data; log=$1/log
            control() { "$bin/pg_ctl" -D "$data" -s "$@" >>"$log" 2>&1 </dev/null; }
            while read -r command argument; do
                case $command in
                    create) "$bin/initdb" -D "$data" -U postgres -A trust -E UTF8 --locale=C -N \\
                        >>"$log" 2>&1 </dev/null && chmod -R a+rX "$log" ;;
                    copy) set -- $argument
                        "$bin/pg_basebackup" -D "$data" -h "$1" -p "$2" -U postgres -R -X stream -c fast \\
                        >>"$log" 2>&1 </dev/null && chmod -R a+rX "$log" ;;
                    promote) control -w -t 60 promote ;;
                    start) control -w -t 60 -l "$log" start ;;
                    halt) control -w -t 60 -m "$argument" stop ;;
                    crash) pid=$(head -n 1 "$data/postmaster.pid"); kill -9 "$pid"
                        while pgrep -P "$pid" >/dev/null || pgrep -g "$pid" >/dev/null; do :; done
                        rm -f "$data/postmaster.pid" ;;
                esac
                if [ $? -eq 0 ]; then echo ok; else echo failed; fi
            done
            control -w -t 20 -m immediate stop
            cd /; rm -rf "$directory"
            """
    }
}
