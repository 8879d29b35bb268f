internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

extension Response {
    static func json(_ status: Int, _ document: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(document)
        return make(status, ByteBuffer(bytes: data), type: "application/json")
    }

    static func text(_ status: Int, _ text: String, type: String = "text/plain; charset=utf-8") -> Response {
        make(status, ByteBuffer(string: text), type: type)
    }

    static func error(_ status: Int, _ code: String, _ message: String) -> Response {
        let document = ErrorDocument(code: code, message: message)
        // A document of two strings always encodes.
        return (try? json(status, document)) ?? text(status, message)
    }

    static func page(_ file: WebPage.File) -> Response {
        make(200, ByteBuffer(bytes: file.content), type: file.type)
    }

    private static func make(_ status: Int, _ body: ByteBuffer, type: String) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = type
        headers[.cacheControl] = "no-store"
        headers[.contentTypeOptions] = "nosniff"
        headers[.contentSecurityPolicy] =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        headers[.referrerPolicy] = "no-referrer"
        return Response(status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: body))
    }
}

extension HTTPField.Name {
    // Constant names of the right characters: the initialiser refuses others only.
    static let fetchSite = HTTPField.Name("Sec-Fetch-Site")!
    static let contentTypeOptions = HTTPField.Name("X-Content-Type-Options")!
    static let referrerPolicy = HTTPField.Name("Referrer-Policy")!
}
