import Foundation
import TestKit

/// Chromium without a screen, driven over a pipe by the DevTools protocol: one page, real clicks and keys.
final class Browser: Sendable {
    static let program = "/usr/bin/chromium"
    static var isInstalled: Bool { FileManager.default.isExecutableFile(atPath: program) }

    private struct State: Sendable {
        var answers: [Int: Data] = [:]
        var lastNumber = 0
        /// What scripts of the page have thrown or complained of.
        var complaints: [String] = []
        var dialogCount = 0
        var hasEnded = false
    }

    private let state = Observed(State())
    private let process: pid_t
    private let input: FileHandle
    private let profile: String
    private let session = Observed("")

    /// - Parameter directory: takes the browser's files.
    init(_ directory: String) throws {
        profile = "\(directory)/browser-\(UUID().uuidString.prefix(8))"
        let (commands, answers) = (Pipe(), Pipe())
        process = try Self.start(
            profile, commands: commands.fileHandleForReading.fileDescriptor,
            answers: answers.fileHandleForWriting.fileDescriptor)
        try commands.fileHandleForReading.close()
        try answers.fileHandleForWriting.close()
        input = commands.fileHandleForWriting
        let output = answers.fileHandleForReading
        let state = state
        let reader = Thread { [weak self] in
            Self.read(output) { self?.take($0) }
            state.update { $0.hasEnded = true }
        }
        reader.start()
        let target = try ask("Target.createTarget", ["url": "about:blank"])
        let attached = try ask(
            "Target.attachToTarget", ["targetId": target["targetId"] as? String ?? "", "flatten": true])
        session.update { $0 = attached["sessionId"] as? String ?? "" }
        for domain in ["Page", "Runtime", "Log"] { try ask("\(domain).enable") }
        try resize(1280, 1600)
    }

    deinit { end() }

    func end() {
        kill(process, SIGKILL)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    /// What scripts of the page have thrown or complained of so far.
    var complaints: [String] { state.read { $0.complaints } }
    var dialogCount: Int { state.read { $0.dialogCount } }

    // MARK: The page

    func open(_ url: String) throws {
        try ask("Browser.grantPermissions", ["permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]])
        try ask("Page.navigate", ["url": url])
    }

    func resize(_ width: Int, _ height: Int) throws {
        try ask(
            "Emulation.setDeviceMetricsOverride",
            ["width": width, "height": height, "deviceScaleFactor": 1, "mobile": false])
    }

    func prefer(dark isDark: Bool) throws {
        let scheme = ["name": "prefers-color-scheme", "value": isDark ? "dark" : "light"]
        try ask("Emulation.setEmulatedMedia", ["features": [scheme]])
    }

    /// The value of an expression; what it promises is awaited.
    @discardableResult
    func value(_ expression: String) throws -> Any? {
        let answer = try ask(
            "Runtime.evaluate",
            ["expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true])
        if let thrown = answer["exceptionDetails"] {
            throw TestSystem.Failure(description: "\(expression) throws \(thrown)")
        }
        return (answer["result"] as? [String: Any])?["value"]
    }

    func text(_ selector: String) throws -> String {
        try value("document.querySelector(\(Self.quoted(selector)))?.textContent ?? ''") as? String ?? ""
    }

    /// Waits until an expression is true, for up to a minute.
    func wait(_ expression: String, seconds: Double = 60) throws {
        let deadline = Date(timeIntervalSinceNow: seconds)
        while Date() < deadline {
            if (try? value("Boolean(\(expression))") as? Bool) == true { return }
            TestSystem.pass(milliseconds: 50)
        }
        let shown = (try? value("document.body.innerText") as? String) ?? "nothing"
        throw TestSystem.Failure(description: "never: \(expression)\ncomplaints: \(complaints)\npage:\n\(shown)")
    }

    /// Presses the mouse's button in the middle of an element.
    func click(_ selector: String) throws {
        let find = "document.querySelector(\(Self.quoted(selector)))"
        try wait("\(find)?.getClientRects().length > 0")
        let place =
            try value(
                """
                (() => { const element = \(find); element.scrollIntoView({ block: "center" });
                  const box = element.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; })()
                """) as? [Double] ?? [0, 0]
        for kind in ["mousePressed", "mouseReleased"] {
            try ask(
                "Input.dispatchMouseEvent",
                ["type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1])
        }
    }

    /// Presses a key where the focus is: `Tab`, `Enter`, `ArrowLeft`, ...
    func press(_ key: String) throws {
        let codes = [
            "Tab": 9, "Enter": 13, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38, "ArrowRight": 39,
            "ArrowDown": 40,
        ]
        var event: [String: Any] = ["key": key, "code": key, "windowsVirtualKeyCode": codes[key] ?? 0]
        if key == "Enter" { event["text"] = "\r" }
        event["type"] = event["text"] == nil ? "rawKeyDown" : "keyDown"
        try ask("Input.dispatchKeyEvent", event)
        event["type"] = "keyUp"
        try ask("Input.dispatchKeyEvent", event)
    }

    func type(_ text: String) throws { try ask("Input.insertText", ["text": text]) }

    /// A picture of the whole page as `NAME.png` in the folder that MILLRACE_TEST_SCREENSHOTS names; none without one.
    func picture(_ name: String) throws {
        guard let folder = ProcessInfo.processInfo.environment["MILLRACE_TEST_SCREENSHOTS"] else { return }
        try value("window.scrollTo(0, 0)")
        let answer = try ask("Page.captureScreenshot", ["format": "png", "captureBeyondViewport": true])
        guard let data = (answer["data"] as? String).flatMap({ Data(base64Encoded: $0) }) else { return }
        try data.write(to: URL(fileURLWithPath: folder).appendingPathComponent("\(name).png"))
    }

    // MARK: The protocol

    @discardableResult
    private func ask(_ method: String, _ parameters: [String: Any] = [:]) throws -> [String: Any] {
        let number = state.update { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        var message: [String: Any] = ["id": number, "method": method, "params": parameters]
        let session = session.read { $0 }
        if !session.isEmpty && !method.hasPrefix("Browser.") { message["sessionId"] = session }
        try input.write(contentsOf: JSONSerialization.data(withJSONObject: message) + [0])
        guard state.wait(seconds: 60, until: { $0.answers[number] != nil || $0.hasEnded }),
            let data = state.update({ $0.answers.removeValue(forKey: number) }),
            let answer = try JSONSerialization.jsonObject(with: data) as? [String: Any]
        else { throw TestSystem.Failure(description: "the browser does not answer \(method)") }
        if let error = answer["error"] { throw TestSystem.Failure(description: "\(method): \(error)") }
        return answer["result"] as? [String: Any] ?? [:]
    }

    private func take(_ data: Data) {
        guard let message = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else { return }
        if let number = message["id"] as? Int {
            state.update { $0.answers[number] = data }
            return
        }
        let parameters = message["params"] as? [String: Any] ?? [:]
        switch message["method"] as? String {
        case "Runtime.exceptionThrown": state.update { $0.complaints.append("\(parameters)") }
        case "Log.entryAdded":
            let entry = parameters["entry"] as? [String: Any] ?? [:]
            // A job that has ended, or that asks for its token, is told by the page itself.
            guard entry["level"] as? String == "error", entry["source"] as? String != "network" else { return }
            state.update { $0.complaints.append("\(entry)") }
        case "Page.javascriptDialogOpening":
            state.update { $0.dialogCount += 1 }
            // Asked on another thread: this one takes the answers.
            Thread { [weak self] in _ = try? self?.ask("Page.handleJavaScriptDialog", ["accept": true]) }.start()
        default: break
        }
    }

    /// Gives each message, which ends with a zero byte, to `take`, until the browser is gone.
    private static func read(_ output: FileHandle, _ take: (Data) -> Void) {
        var buffer = Data()
        while true {
            let part = output.availableData
            if part.isEmpty { return }
            buffer.append(part)
            while let end = buffer.firstIndex(of: 0) {
                take(buffer[buffer.startIndex..<end])
                buffer = Data(buffer[(end + 1)...])
            }
        }
    }

    private static func quoted(_ text: String) -> String {
        let data = (try? JSONSerialization.data(withJSONObject: text, options: .fragmentsAllowed)) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }

    /// The browser takes commands from its file 3 and answers on its file 4.
    private static func start(_ profile: String, commands: Int32, answers: Int32) throws -> pid_t {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        // By way of numbers that neither of them has, so that one does not take the other's place.
        posix_spawn_file_actions_adddup2(&files, commands, 200)
        posix_spawn_file_actions_adddup2(&files, answers, 201)
        posix_spawn_file_actions_adddup2(&files, 200, 3)
        posix_spawn_file_actions_adddup2(&files, 201, 4)
        for descriptor in Int32(5)..<512 { posix_spawn_file_actions_addclose(&files, descriptor) }
        let arguments = [
            program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu",
            "--disable-dev-shm-usage", "--no-first-run", "--user-data-dir=\(profile)", "about:blank",
        ]
        let words = arguments.map { strdup($0) } + [nil]
        let variables = ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var child: pid_t = 0
        let result = posix_spawn(&child, program, &files, nil, words, variables)
        guard result == 0 else { throw TestSystem.Failure(description: "\(program) cannot be started: \(result)") }
        return child
    }
}
