/// What goes wrong between a job and its broker, for a while each.
enum FaultScripts {
    /// The transaction names keep the producer of the input out of it.
    static let all = [
        // Cut before and after each request that decides something.
        "EndTxn chance 25% -> close after",
        "EndTxn chance 25% -> close before",
        "TxnOffsetCommit chance 25% -> close after\nTxnOffsetCommit chance 25% -> close before",
        "AddOffsetsToTxn,AddPartitionsToTxn chance 25% -> close after",
        "InitProducerId chance 40% -> close after\nEndTxn request 2 -> close before",
        "Produce transaction=job-* chance 5% -> close after\nProduce transaction=job-* chance 5% -> close before",
        "groups chance 10% -> close after\ngroups chance 10% -> close before",
        "Fetch chance 10% -> close after",
        "transactions chance 15% -> drop after\nat 1s every 1s -> disconnect",
        // Late and twice.
        "EndTxn every 5 -> hold until AddPartitionsToTxn, close",
        "Produce transaction=job-* every 7 -> duplicate",
        "Produce transaction=job-* chance 10% -> delay reply 200ms",
        "transactions every 5 -> duplicate",
        // Refused for a while.
        "EndTxn chance 30% -> error CONCURRENT_TRANSACTIONS",
        "groups,transactions for 1s -> error COORDINATOR_LOAD_IN_PROGRESS",
        "transactions chance 20% -> error NOT_COORDINATOR",
        "Produce transaction=job-* chance 20% -> error NOT_LEADER_OR_FOLLOWER",
        // Once: a transaction that ends before its time cannot be told from a newer instance, and two are taken for one.
        "at 500ms -> expire transactions",
        "at 700ms -> expire members",
        "at 300ms every 700ms -> disconnect",
        "at 300ms every 2s -> pause 700ms",
    ]
}
