extension FaultScript {
    /// The format of scripts, for people.
    package static let help = """
        A fault script (--faults) has one line for each fault: WHICH REQUESTS -> WHAT GOES WRONG. `#` begins a comment.
        It is read again on SIGHUP, and every count begins anew. What it does is logged with the line that did it.

          # The third commit is applied, but its answer is lost with the connection.
          EndTxn request 3 -> close after
          # Every tenth write to the topic orders is applied twice, and one in fifty is late.
          Produce topic=orders every 10 -> duplicate
          Produce chance 2% -> delay 300ms
          # A commit that arrives within the next transaction (KAFKA-17754).
          EndTxn request 2 -> hold until AddPartitionsToTxn, close
          # After ten seconds the coordinator loads its state for five.
          groups,transactions after 10s for 5s -> error COORDINATOR_LOAD_IN_PROGRESS
          # The leader moves; clients find it when they ask for metadata.
          data after 30s until Metadata -> error NOT_LEADER_OR_FOLLOWER
          at 60s every 30s -> pause 2s

        WHICH REQUESTS: names by comma as in Kafka's protocol, or data, groups, transactions, any; then, all optional:
          request N | requests N..M | requests N.. | every N | chance P%   of those that fit, counted from 1
          times N            at most so often
          after TIME         counted since the script was read; earlier requests do not count
          for TIME           from the first hit on, every request that fits is hit for so long
          until REQUEST      from the first hit on, every one is hit until a request of this kind comes
          client=NAME, transaction=ID, group=NAME, topic=NAME              `*` stands for any characters
        Of several lines that hit one request the first acts; all of them count it.

        WHAT GOES WRONG, several by comma:
          drop [before|after]           never answered, the connection says nothing any more; before: not applied
          close [before|after]          the connection is closed instead of the answer
          delay [request|reply] TIME    applied late, or applied at once and answered late
          duplicate [after TIME]        applied twice, the first answer is sent
          hold TIME | hold until REQUEST [N]   applied later, after N others were; not answered (with close: closed)
          error NAME [after]            that error is answered, for each partition where there are some;
                                        after: the request is applied all the same
          truncate [BYTES]              only the first bytes of the answer, half of it unless said; then closed
          throttle TIME                 the answer asks for a pause and the connection is not read for so long
          crash [before|after]          the broker ends as by kill -9, before or after it applied the request
          corrupt WHAT                  the answer is wrong: length N, correlation, bytes [N], versions (ApiVersions);
                                        in Fetch checksum, codec, magic, batch-length N, record-count N, batch-end
        Events, instead of an action (they come before the request) or at times (at TIME [every TIME] -> EVENT):
          pause TIME, crash, disconnect, expire transactions [ID], expire offsets [GROUP], expire members [GROUP],
          recreate topic NAME, shorten topic NAME by N (records at the end are lost, as by an unclean election)
        `seed N` on a line of its own chooses which requests `chance` hits. TIME is written as 250ms, 1.5s or 2m.
        """
}
