internal import ArgumentParser
internal import JobService

/// `--from-checkpoint N|latest|none`.
struct StartingPointArgument: ExpressibleByArgument {
    let point: StartingPoint

    init?(argument: String) {
        switch argument {
        case "latest": point = .latest
        case "none": point = .none
        default:
            guard let number = Int64(argument), number > 0 else { return nil }
            point = .checkpoint(number)
        }
    }
}
