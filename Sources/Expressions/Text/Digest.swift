internal import Glibc

/// MD5 (RFC 1321), SHA-1, SHA-224 and SHA-256 (FIPS 180-4), for names and keys, not for secrets.
struct Digest {
    enum Algorithm {
        case md5, sha1, sha224, sha256

        /// Bytes of the result.
        var byteCount: Int {
            switch self {
            case .md5: 16
            case .sha1: 20
            case .sha224: 28
            case .sha256: 32
            }
        }

        fileprivate var start: [UInt32] {
            switch self {
            case .md5: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]
            case .sha1: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
            case .sha224:
                [
                    0xc105_9ed8, 0x367c_d507, 0x3070_dd17, 0xf70e_5939, 0xffc0_0b31, 0x6858_1511, 0x64f9_8fa7,
                    0xbefa_4fa4,
                ]
            case .sha256:
                [
                    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
                    0x5be0_cd19,
                ]
            }
        }
    }

    private let algorithm: Algorithm
    private var state: [UInt32]
    private var schedule = [UInt32](repeating: 0, count: 80)

    private init(_ algorithm: Algorithm) {
        self.algorithm = algorithm
        state = algorithm.start
    }

    /// The digest of `text`.
    static func of(_ text: UnsafeRawBufferPointer, _ algorithm: Algorithm) -> [UInt8] {
        var digest = Digest(algorithm)
        // A 1 bit, zeros, and the length in bits: the lowest byte first for MD5, last for the others.
        var message = Array(text)
        message.append(0x80)
        while message.count % 64 != 56 { message.append(0) }
        let length = UInt64(text.count) * 8
        for byte in 0..<8 {
            let shift = UInt64(algorithm == .md5 ? byte * 8 : 56 - byte * 8)
            message.append(UInt8(truncatingIfNeeded: length >> shift))
        }
        message.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: bytes.count, by: 64) {
                digest.consume(UnsafeRawBufferPointer(rebasing: bytes[start..<start + 64]))
            }
        }
        var result: [UInt8] = []
        for word in digest.state {
            for byte in 0..<4 {
                result.append(UInt8(truncatingIfNeeded: word >> UInt32(algorithm == .md5 ? byte * 8 : 24 - byte * 8)))
            }
        }
        return Array(result.prefix(algorithm.byteCount))
    }

    private mutating func consume(_ block: UnsafeRawBufferPointer) {
        for index in 0..<16 {
            let word = block.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self)
            schedule[index] = algorithm == .md5 ? UInt32(littleEndian: word) : UInt32(bigEndian: word)
        }
        switch algorithm {
        case .md5: roundsOfMD5()
        case .sha1: roundsOfSHA1()
        case .sha224, .sha256: roundsOfSHA256()
        }
    }

    @inline(__always)
    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 &- count) }

    /// The whole part of 2^32 |sin i|.
    private static let sines: [UInt32] = (1...64).map {
        UInt32((sin(Double($0)).magnitude * 4_294_967_296).rounded(.down))
    }
    private static let turns: [[UInt32]] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]]

    private mutating func roundsOfMD5() {
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        for index in 0..<64 {
            let mixed: UInt32
            let source: Int
            switch index / 16 {
            case 0: (mixed, source) = ((b & c) | (~b & d), index)
            case 1: (mixed, source) = ((d & b) | (~d & c), (5 * index + 1) % 16)
            case 2: (mixed, source) = (b ^ c ^ d, (3 * index + 5) % 16)
            default: (mixed, source) = (c ^ (b | ~d), 7 * index % 16)
            }
            let sum = a &+ mixed &+ Self.sines[index] &+ schedule[source]
            (a, d, c) = (d, c, b)
            b = b &+ Self.rotate(sum, Self.turns[index / 16][index % 4])
        }
        for (index, word) in [a, b, c, d].enumerated() { state[index] &+= word }
    }

    private mutating func roundsOfSHA1() {
        for index in 16..<80 {
            schedule[index] = Self.rotate(
                schedule[index - 3] ^ schedule[index - 8] ^ schedule[index - 14] ^ schedule[index - 16], 1)
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
            let (mixed, constant): (UInt32, UInt32) =
                switch index / 20 {
                case 0: ((b & c) | (~b & d), 0x5a82_7999)
                case 1: (b ^ c ^ d, 0x6ed9_eba1)
                case 2: ((b & c) | (b & d) | (c & d), 0x8f1b_bcdc)
                default: (b ^ c ^ d, 0xca62_c1d6)
                }
            let sum = Self.rotate(a, 5) &+ mixed &+ e &+ constant &+ schedule[index]
            (e, d, c, b, a) = (d, c, Self.rotate(b, 30), a, sum)
        }
        for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
    }

    /// The first 32 bits behind the point of the cube roots of the first 64 primes.
    private static let cubeRoots: [UInt32] = {
        var primes: [Int] = []
        var candidate = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map { prime in
            let root = cbrt(Double(prime))
            return UInt32(((root - root.rounded(.down)) * 4_294_967_296).rounded(.down))
        }
    }()

    private mutating func roundsOfSHA256() {
        for index in 16..<64 {
            let (early, late) = (schedule[index - 15], schedule[index - 2])
            let first = Self.rotate(early, 25) ^ Self.rotate(early, 14) ^ early >> 3
            let second = Self.rotate(late, 15) ^ Self.rotate(late, 13) ^ late >> 10
            schedule[index] = schedule[index - 16] &+ first &+ schedule[index - 7] &+ second
        }
        var words = state
        for index in 0..<64 {
            let (a, e) = (words[0], words[4])
            let choice = (e & words[5]) ^ (~e & words[6])
            let majority = (a & words[1]) ^ (a & words[2]) ^ (words[1] & words[2])
            let first =
                words[7] &+ (Self.rotate(e, 26) ^ Self.rotate(e, 21) ^ Self.rotate(e, 7)) &+ choice
                &+ Self.cubeRoots[index] &+ schedule[index]
            let second = (Self.rotate(a, 30) ^ Self.rotate(a, 19) ^ Self.rotate(a, 10)) &+ majority
            for position in (1..<8).reversed() { words[position] = words[position - 1] }
            words[4] = words[4] &+ first
            words[0] = first &+ second
        }
        for (index, word) in words.enumerated() { state[index] &+= word }
    }
}
