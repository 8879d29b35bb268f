import Foundation
import HTTPService
import Testing

/// The document of the API, and what of an answer is not as it says: as much of JSON Schema as the document uses.
struct APIDocument {
    /// By path and method in small letters.
    let paths: [String: [String: [String: Any]]]
    private let schemas: [String: [String: Any]]

    init(_ data: Data) throws {
        let document = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
        let components = try #require(document["components"] as? [String: Any])
        schemas = try #require(components["schemas"] as? [String: [String: Any]])
    }

    func problems(_ answer: JobClient.Answer, of operation: [String: Any]) -> [String] {
        let responses = operation["responses"] as? [String: [String: Any]] ?? [:]
        guard let response = responses[String(answer.status)] else { return ["status \(answer.status) is not named"] }
        let content = response["content"] as? [String: [String: Any]] ?? [:]
        let type = answer.headers["content-type"]?.split(separator: ";").first.map(String.init) ?? ""
        guard let media = content[type] else { return ["\(type) is not named, only \(content.keys.sorted())"] }
        guard type == "application/json", let schema = media["schema"] as? [String: Any] else { return [] }
        guard let value = try? JSONSerialization.jsonObject(with: answer.body, options: .fragmentsAllowed) else {
            return ["no JSON"]
        }
        return problems(value, schema, at: "answer")
    }

    private func problems(_ value: Any, _ schema: [String: Any], at place: String) -> [String] {
        if let reference = schema["$ref"] as? String {
            let name = reference.split(separator: "/").last.map(String.init) ?? ""
            guard let known = schemas[name] else { return ["\(place): there is no schema \(name)"] }
            return problems(value, known, at: place)
        }
        let number = value as? NSNumber
        let isBoolean = number.map { Self.isTruthValue($0) } ?? false
        switch schema["type"] as? String {
        case "object":
            guard let object = value as? [String: Any] else { return ["\(place) is no object"] }
            return problems(object, schema, at: place)
        case "array":
            guard let array = value as? [Any] else { return ["\(place) is no array"] }
            let items = schema["items"] as? [String: Any] ?? [:]
            return array.enumerated().flatMap { problems($1, items, at: "\(place)[\($0)]") }
        case "string":
            guard let text = value as? String else { return ["\(place) is no text"] }
            guard let known = schema["enum"] as? [String], !known.contains(text) else { return [] }
            return ["\(place) is '\(text)', which is not one of \(known)"]
        case "boolean": return isBoolean ? [] : ["\(place) is no truth value"]
        case "integer":
            let isWhole = number.map { $0.doubleValue == $0.doubleValue.rounded() } ?? false
            return isWhole && !isBoolean ? [] : ["\(place) is no whole number"]
        case "number": return number != nil && !isBoolean ? [] : ["\(place) is no number"]
        default: return ["\(place): a schema without a type that is known here"]
        }
    }

    private func problems(_ object: [String: Any], _ schema: [String: Any], at place: String) -> [String] {
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        let others = schema["additionalProperties"] as? [String: Any]
        let missing = (schema["required"] as? [String] ?? []).filter { object[$0] == nil }
        return missing.map { "\(place).\($0) is missing" }
            + object.flatMap { name, value in
                guard let inner = properties[name] ?? others else { return ["\(place).\(name) is not in the document"] }
                return problems(value, inner, at: "\(place).\(name)")
            }
    }

    /// Foundation reads truth values and numbers into one class.
    private static func isTruthValue(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
