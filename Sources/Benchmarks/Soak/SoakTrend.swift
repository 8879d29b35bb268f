/// How a figure develops over the lives of the job's process, and whether that is growth.
///
/// Memory goes up and down with every fault, by buffers that are filled while something is away, and comes down when the
/// service gives back what the allocator keeps, once a minute. A leak lifts the lowest points too, so the line is laid
/// through the least value of every two minutes, after a warm-up of two minutes in which the state fills. Threads and
/// descriptors are always as many but in a restart, so theirs goes through the median of every half minute: the least
/// would tell in which of them the restarts were. Half an hour cannot tell a small slope from the allocator's own steps:
/// the bound is a rise over a life of a tenth of the figure, or of what the allocator keeps for itself if that is more.
/// Twice as long a soak halves the slope that can hide.
struct SoakTrend {
    static let warmUpSeconds = 120.0
    /// Windows that a life must have to be looked at.
    static let leastWindowCount = 6

    var name: String
    /// Seconds of which one value counts.
    var window: Double
    /// The rise that may always be, in the figure's unit.
    var tolerance: Double
    private(set) var lives: [Life] = []

    struct Life {
        var seconds: Double
        var mean: Double
        /// Per hour.
        var slope: Double
        var rise: Double { slope * seconds / 3600 }
    }

    /// What of the samples of a half minute counts.
    enum Level {
        case least, median

        func of(_ values: [Double]) -> Double {
            let sorted = values.sorted()
            return switch self {
            case .least: sorted[0]
            case .median: sorted[sorted.count / 2]
            }
        }
    }

    /// - Parameter lives: samples (age in seconds, value) of each process.
    init(
        _ name: String, tolerance: Double, window: Double = 30, _ level: Level,
        lives: [[(age: Double, value: Double)]]
    ) {
        self.name = name
        self.window = window
        self.tolerance = tolerance
        self.lives = lives.compactMap { Self.line(Self.levels($0, window, level)) }
    }

    /// Whether every life was long enough to say so and none shows growth.
    var isFlat: Bool {
        !lives.isEmpty && lives.allSatisfy { $0.rise <= max(tolerance, $0.mean / 10) }
    }

    /// One value of every window after the warm-up.
    private static func levels(
        _ samples: [(age: Double, value: Double)], _ window: Double, _ level: Level
    ) -> [(age: Double, value: Double)] {
        let warm = samples.filter { $0.age >= warmUpSeconds }
        return Dictionary(grouping: warm) { Int($0.age / window) }
            .map { (Double($0.key) * window, level.of($0.value.map(\.value))) }
            .sorted { $0.0 < $1.0 }
    }

    /// By least squares; nil where there are too few points.
    private static func line(_ points: [(age: Double, value: Double)]) -> Life? {
        guard points.count >= leastWindowCount, let first = points.first, let last = points.last else { return nil }
        let count = Double(points.count)
        let meanAge = points.reduce(0) { $0 + $1.age } / count
        let mean = points.reduce(0) { $0 + $1.value } / count
        let spread = points.reduce(0) { $0 + ($1.age - meanAge) * ($1.age - meanAge) }
        let product = points.reduce(0) { $0 + ($1.age - meanAge) * ($1.value - mean) }
        return Life(seconds: last.age - first.age, mean: mean, slope: product / spread * 3600)
    }
}
