import Testing

@testable import Formats

struct MessageBufferTests {
    @Test func messagesKeepTheirPlacesWhileTheBufferGrows() {
        let buffer = MessageBuffer(byteCapacity: 64, messageCapacity: 16)
        let messages = (0..<500).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: $0 % 91) }
        for message in messages { message.withUnsafeBytes { buffer.append($0) } }
        #expect(buffer.messageCount == messages.count)
        #expect(buffer.byteCount == messages.reduce(0) { $0 + $1.count })
        for (index, message) in messages.enumerated() {
            #expect(Array(buffer.message(index)) == message)
            #expect(buffer.end(of: index) - buffer.start(of: index) == message.count)
        }
        buffer.removeAll()
        #expect(buffer.messageCount == 0 && buffer.byteCount == 0)
    }

    @Test func aMessageThatGrowsInTheMiddleIsKept() {
        let buffer = MessageBuffer(byteCapacity: 64, messageCapacity: 16)
        [1, 2, 3].withUnsafeBytes { buffer.append(UnsafeRawBufferPointer(rebasing: $0[..<3])) }
        let start = buffer.reserve(10)
        for offset in 0..<10 { start[offset] = 9 }
        let end = buffer.reserve(1000, after: start + 10)
        for offset in 0..<1000 { end[offset] = 8 }
        buffer.commitMessage(end: end + 1000)
        #expect(buffer.messageCount == 2)
        #expect(Array(buffer.message(1)) == [UInt8](repeating: 9, count: 10) + [UInt8](repeating: 8, count: 1000))
    }
}
