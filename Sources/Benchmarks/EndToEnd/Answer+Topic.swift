internal import Columnar

extension Answer {
    /// What is committed in the output topic of a job.
    init(topic: String, at address: String, job: JobCase.Job, dialect: JobText.Dialect) throws {
        self.init()
        let time: LogicalType = dialect == .native ? .timestampLTZ(precision: 3) : .bigint
        var fields: [(name: String, type: LogicalType)] = [
            ("id", .bigint), ("user_id", .bigint), ("movie_id", .bigint), ("device", .string), ("ts", time),
        ]
        switch job {
        case .passThrough, .filter: break
        case .enrichment: fields += [("title", .string), ("released", .bigint)]
        case .asOfJoin: fields += [("rating", .double), ("rated_at", time)]
        }
        let perMillisecond = dialect == .native ? 1000 : 1
        var answer = self
        try TopicReader(address: address, topic: topic, fields: fields).forEachBatch { batch in
            batch.forEachRow { answer.add(Row(batch.columns, $0, job: job, unitsPerMillisecond: perMillisecond)) }
        }
        self = answer
    }
}

extension Answer.Row {
    fileprivate init(_ columns: [Column], _ row: Int, job: JobCase.Job, unitsPerMillisecond: Int) {
        id = Int(columns[0].int64s[row])
        user = Int(columns[1].int64s[row])
        film = Int(columns[2].int64s[row])
        deviceLength = Int(columns[3].slices[row].length)
        time = Int(columns[4].int64s[row]) / unitsPerMillisecond
        guard columns.count > 5, columns[6].isValid(row) else { return }
        joined =
            job == .enrichment
            ? (Int(columns[5].slices[row].length), Int(columns[6].int64s[row]))
            : (Int(columns[5].doubles[row] * 2), Int(columns[6].int64s[row]) / unitsPerMillisecond)
    }
}
