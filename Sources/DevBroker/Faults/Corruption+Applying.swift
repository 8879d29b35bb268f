internal import NIOCore

extension Corruption {
    /// The answer made wrong, with its length before it.
    ///
    /// - Parameters:
    ///   - frame: The answer without its length.
    ///   - random: Where changed bytes come from.
    func apply(
        to frame: [ByteBuffer], answering request: IncomingRequest, random: inout some RandomNumberGenerator
    ) -> ByteBuffer {
        var frame = ByteBuffer(joining: frame)
        var length = Int32(frame.readableBytes)
        switch self {
        case .length(let wrong): length = wrong
        case .correlation:
            let id = frame.getInteger(at: frame.readerIndex, as: Int32.self) ?? 0
            frame.setInteger(id &+ 1000, at: frame.readerIndex)
        case .bytes(let count):
            let start = frame.readerIndex + Self.headByteCount
            let body = start..<max(start, frame.writerIndex)
            for _ in 0..<min(count, body.count) {
                frame.setInteger(
                    UInt8.random(in: 0...255, using: &random), at: Int.random(in: body, using: &random))
            }
        case .versions: frame = changed(frame, request, ApiVersionsRequest.self) { Self.confuse(&$0) } ?? frame
        case .batches(let corruption):
            frame =
                changed(frame, request, FetchRequest.self) { response in
                    for topic in response.topics.indices {
                        for partition in response.topics[topic].partitions.indices {
                            corruption.apply(to: &response.topics[topic].partitions[partition].records)
                        }
                    }
                } ?? frame
        }
        if case .length = self {} else { length = Int32(frame.readableBytes) }
        var wire = ByteBufferAllocator().buffer(capacity: 4 + frame.readableBytes)
        wire.writeInteger(length)
        wire.writeImmutableBuffer(frame)
        return wire
    }

    /// Bytes of the correlation id.
    private static let headByteCount = 4

    /// Versions from high to low, negative ones, and of requests that nobody knows.
    private static func confuse(_ response: inout ApiVersionsResponse) {
        for index in response.apiKeys.indices {
            switch index % 3 {
            case 0:
                let range = response.apiKeys[index]
                response.apiKeys[index].minVersion = range.maxVersion
                response.apiKeys[index].maxVersion = range.minVersion - 1
            case 1: response.apiKeys[index].minVersion = .min
            default: response.apiKeys[index].maxVersion = .max
            }
        }
        response.apiKeys.append(
            .with {
                $0.apiKey = -1
                $0.maxVersion = .max
            })
    }

    /// The answer with its fields changed; nil when it is none to such a request.
    private func changed<Request: RequestMessage>(
        _ frame: ByteBuffer, _ request: IncomingRequest, _ type: Request.Type,
        _ change: (inout Request.Response) -> Void
    ) -> ByteBuffer? {
        guard let parts = request.parts, parts.api == Request.api,
            var response = try? Frame.readResponse(to: type, frame, version: parts.header.version).response
        else { return nil }
        change(&response)
        return (try? Frame.writeResponse(response, api: Request.api, header: parts.header)).map {
            ByteBuffer(joining: $0)
        }
    }
}

extension BatchCorruption {
    /// Changes the first batch.
    fileprivate func apply(to records: inout ByteBuffer?) {
        guard var bytes = records, let header = RecordBatchHeader(bytes, at: bytes.readerIndex) else { return }
        let start = bytes.readerIndex
        switch self {
        case .checksum: bytes.setInteger(header.checksum ^ 1, at: start + 17)
        case .codec:
            bytes.setInteger(header.attributes | 7, at: start + 21)
            Self.setChecksum(&bytes, header.byteCount)
        case .magic: bytes.setInteger(99 as Int8, at: start + 16)
        case .length(let length): bytes.setInteger(length, at: start + 8)
        case .recordCount(let count):
            bytes.setInteger(count, at: start + 57)
            Self.setChecksum(&bytes, header.byteCount)
        case .cut:
            guard let slice = bytes.getSlice(at: start, length: min(bytes.readableBytes, header.byteCount) - 5) else {
                return
            }
            bytes = slice
        }
        records = bytes
    }

    private static func setChecksum(_ bytes: inout ByteBuffer, _ byteCount: Int) {
        guard let batch = bytes.getSlice(at: bytes.readerIndex, length: byteCount) else { return }
        let checksum = CRC32C.checksum(of: batch, from: RecordBatchHeader.checksumStart)
        bytes.setInteger(checksum, at: bytes.readerIndex + RecordBatchHeader.checksumStart - 4)
    }
}
