import JobService
import Testing

struct ConfigurationReferenceTests {
    @Test func theArticleIsThatOfTheCode() throws {
        #expect(
            try Repository.text(ConfigurationReference.path) == ConfigurationReference.article(),
            "the article is stale: \(ConfigurationReference.command)")
    }

    @Test func everyVariableSaysWhatItTakes() throws {
        let article = try ConfigurationReference.article()
        for key in ConfigurationKey.all {
            #expect(article.contains("| `\(key.variable)` | \(key.value.expectation) |"))
        }
    }
}
