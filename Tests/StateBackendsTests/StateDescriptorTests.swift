import Columnar
import StateBackends
import Testing

struct StateDescriptorTests {
    private func state(_ layout: String = "table/1", key: [Field], _ values: [Field]) -> StateDescriptor {
        StateDescriptor(name: "versions", layout: layout, keyFields: key, valueFields: values)
    }

    private let key = Field("k", .bigint)
    private let value = Field("v", .bigint)

    @Test func theSameShapeFits() {
        #expect(state(key: [key], [value]).change(from: state(key: [key], [value])) == nil)
    }

    @Test func stateSchemaChangeIsNamed() {
        let saved = state(key: [key], [value])
        #expect(state(key: [key], [Field("v", .double)]).change(from: saved) == "v BIGINT has become v DOUBLE")
        #expect(state(key: [key], [value, Field("w", .double)]).change(from: saved) == "w DOUBLE is new")
        #expect(state(key: [key], []).change(from: saved) == "v BIGINT is no longer there")
        #expect(state("table/2", key: [key], [value]).change(from: saved) == "its layout was table/1 and is table/2")
        #expect(state(key: [key, value], []).change(from: saved)?.contains("part of the key") == true)
    }
}
