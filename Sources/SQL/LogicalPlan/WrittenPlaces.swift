/// Where in the text a step is written. All are equal: steps that mean the same are one step, wherever they are written.
package struct WrittenPlaces: Hashable, Sendable {
    package var ranges: [SourceRange]

    package init(_ ranges: [SourceRange] = []) {
        self.ranges = ranges
    }

    package static func == (left: WrittenPlaces, right: WrittenPlaces) -> Bool { true }

    package func hash(into hasher: inout Hasher) {}

    static func + (left: WrittenPlaces, right: WrittenPlaces) -> WrittenPlaces {
        WrittenPlaces(left.ranges + right.ranges)
    }
}

extension LogicalPlan {
    /// The same step, said to be written at these places too.
    func written(at places: WrittenPlaces) -> LogicalPlan {
        switch self {
        case .scan(var scan):
            scan.places = scan.places + places
            return .scan(scan)
        case .filter(var filter):
            filter.places = filter.places + places
            return .filter(filter)
        case .project(var project):
            project.places = project.places + places
            return .project(project)
        case .join(var join):
            join.places = join.places + places
            return .join(join)
        case .union(let inputs): return .union(inputs.map { $0.written(at: places) })
        case .rowNumber, .latest: return self
        }
    }
}
