import Columnar
import Testing

struct NearestNameTests {
    @Test(arguments: [
        ("FORM", "FROM"), ("usr_id", "user_id"), ("USER-ID", "user_id"), ("userid", "user_id"), ("SECNOD", "SECOND"),
    ])
    func slipsFindTheirName(name: String, expected: String) {
        #expect(NearestName.of(name, in: ["FROM", "user_id", "SECOND", "title"]) == expected)
    }

    @Test(arguments: ["q", "", "rating", "x_id"])
    func whatIsNotNearFindsNothing(name: String) {
        #expect(NearestName.of(name, in: ["p", "user_id", "title"]) == nil)
    }

    @Test func ofEquallyNearOnesTheFirstByAlphabet() {
        #expect(NearestName.of("tx", in: ["ty", "ta"]) == "ta")
    }
}
