import Foundation
import Testing

@testable import JobService

struct BoundedFileTests {
    private func withFile(_ content: Data, _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)").path
        try content.write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func aFileOfTheLimitIsReadAndOneByteMoreIsNot() throws {
        try withFile(Data(repeating: 7, count: 1000)) { path in
            let content = try BoundedFile.read(path, limit: 1000)
            #expect(content.count == 1000)
            #expect(throws: BoundedFile.Failure.tooLarge) { try BoundedFile.read(path, limit: 999) }
        }
        #expect(throws: BoundedFile.Failure.unreadable) { try BoundedFile.read("/no/such/file", limit: 1) }
    }

    @Test func aFileWithoutAnEndIsNotReadForEver() {
        #expect(throws: BoundedFile.Failure.tooLarge) { try BoundedFile.read("/dev/zero", limit: 100_000) }
    }

    @Test func variablesNameFilesOfALimitedSize() throws {
        try withFile(Data("film\n".utf8)) { path in
            let configuration = try ServiceConfiguration(
                environment: ["MILLRACE_JOB_NAME_FILE": path], workingDirectory: "/")
            #expect(configuration.jobName == "film")
        }
        let error = #expect(throws: JobServiceError.self) {
            _ = try ServiceConfiguration(
                environment: ["MILLRACE_POSTGRES_URL_FILE": "/dev/zero"], workingDirectory: "/")
        }
        #expect(error?.message.contains("MILLRACE_POSTGRES_URL_FILE: names a file of more than 1048576 bytes") == true)
    }
}
