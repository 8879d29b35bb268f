internal import Dispatch
internal import Execution
internal import Foundation
internal import HTTPService
internal import Logging
internal import SQL
internal import Synchronization

/// A job as the whole purpose of a process: signals stop it, a terminal shows its progress, a file its status.
package final class ForegroundJob: Sendable {
    private let job: JobRun
    private let configuration: ServiceConfiguration
    private let logger: Logger
    private let output: LogOutput
    private let stopRequests = Atomic<Int>(0)
    private let progress = Mutex(ProgressLine())
    private let level: SharedLogLevel
    private let monitor: JobMonitor
    private let plan: PlanDocument
    private let entries: [ConfigurationEntry]
    private let metrics = JobMetrics()

    package init(
        _ pipeline: Pipeline, configuration: ServiceConfiguration, startingPoint: StartingPoint
    ) throws(JobServiceError) {
        FreedMemory.limit()
        let level = SharedLogLevel(Logger.Level(rawValue: configuration.logLevel) ?? .info)
        self.level = level
        let output = LogOutput(
            format: configuration.logFormat,
            write: Self.showsProgress(configuration) ? Self.besideProgress : LogOutput.standardError)
        output.hide(pipeline.secrets)
        self.output = output
        var logger = Logger(output, level: level)
        logger[metadataKey: "job"] = .string(pipeline.name)
        self.logger = logger
        self.configuration = configuration
        job = try JobRun(pipeline, configuration: configuration, startingPoint: startingPoint, logger: logger)
        monitor = JobMonitor(job, memoryLimit: configuration.memoryLimit)
        plan = PlanDocument(pipeline)
        entries = configuration.httpEntries(
            decided: configuration.decided(by: job, pipeline.job.settings), secrets: pipeline.secrets)
    }

    /// Runs until the job ends. Blocks; call it once.
    ///
    /// - Throws: `Refusal`; the error that made the job fail; `HTTPServiceError` where the chosen address cannot be listened on.
    package func run() throws {
        defer { output.tellLeftOut(all: true) }
        let server = try serve()
        defer { server?.stop() }
        let signals = stopOnSignals()
        var timers = [reportRegularly(), giveBackMemoryRegularly()]
        if let limit = configuration.memoryLimit {
            logger.info("Memory is limited", metadata: ["limit_bytes": "\(limit)"])
            timers.append(MemoryKeeper(job, limit: limit, logger: logger).start())
        }
        defer {
            timers.forEach { $0.cancel() }
            signals.forEach { $0.cancel() }
            report()
        }
        let outcome: JobCoordinator.Outcome
        do {
            outcome = try job.run()
        } catch {
            // A page that is open asks once a second, and is to say why.
            monitor.waitForWatcher(milliseconds: 2500)
            throw error
        }
        monitor.waitForReader(milliseconds: 2000)
        logger.info("The job has ended", metadata: ["outcome": "\(outcome)", "epoch": "\(job.status.epoch)"])
    }

    /// - Returns: nil where no HTTP is wanted, or its address, which nobody chose, is taken.
    private func serve() throws -> HTTPServer? {
        guard let http = configuration.http else { return nil }
        let server = HTTPServer(http, panel: panel(), metrics: metrics)
        do throws(HTTPServiceError) {
            let address = try server.start()
            logger.info("Serving HTTP", metadata: ["address": "\(address)", "page": "http://\(address.local)/"])
            return server
        } catch {
            if configuration.isHTTPAddressChosen { throw error }
            logger.warning(
                "There is no page, API or metrics of this job: its default address cannot be used; set MILLRACE_HTTP_ADDRESS",
                metadata: ["error": "\(error)"])
            return nil
        }
    }

    private func panel() -> JobPanel {
        var panel = JobPanel(
            snapshot: { [monitor] in monitor.snapshot() }, plan: plan, configuration: entries)
        panel.threadGroups = { ThreadGroup.current() }
        panel.requestCheckpoint = { [job] in job.requestCheckpoint() }
        panel.requestSavepoint = { [job] in job.requestSavepoint() }
        panel.requestStop = { [self] in
            monitor.awaitReader()
            logger.info("Stopping after a last checkpoint")
            job.requestStop()
        }
        panel.requestStopWithSavepoint = { [self] in
            monitor.awaitReader()
            logger.info("Stopping after a last checkpoint, which is kept")
            job.requestStopWithSavepoint()
        }
        panel.didTellJob = { [monitor] in monitor.didTell($0) }
        panel.didTellStatus = { [monitor] in monitor.didTellStatus($0) }
        panel.setPaused = { [job] in job.requestPause($0) }
        panel.logLevel = { [level] in level.current.rawValue }
        panel.setLogLevel = { [level] text in
            guard let wanted = Logger.Level(rawValue: text), ConfigurationKey.logLevels.contains(text) else {
                return false
            }
            level.current = wanted
            return true
        }
        panel.log = { [logger] message, fields in
            logger.notice("\(message)", metadata: fields.mapValues { .string($0) })
        }
        return panel
    }

    private func stopOnSignals() -> [any DispatchSourceSignal] {
        [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { [self] in
                if stopRequests.add(1, ordering: .relaxed).oldValue > 0 && number == SIGINT {
                    logger.warning("Stopping without a last checkpoint")
                    exit(JobServiceError.ExitStatus.cutShort.rawValue)
                }
                logger.info("Stopping after a last checkpoint")
                job.requestStop()
                let timeout = configuration.shutdownTimeoutMilliseconds
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(timeout)) { [self] in
                    logger.warning("The last checkpoint took too long; stopping without it")
                    exit(JobServiceError.ExitStatus.cutShort.rawValue)
                }
            }
            source.resume()
            return source
        }
    }

    private static func showsProgress(_ configuration: ServiceConfiguration) -> Bool {
        isatty(STDERR_FILENO) == 1 && configuration.logFormat == .text
    }

    /// In place of the line of progress, which comes again.
    private static let besideProgress: @Sendable (String) -> Void = { text in
        LogOutput.standardError("\r\u{1b}[2K" + text)
    }

    private func reportRegularly() -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "status"))
        let isTerminal = Self.showsProgress(configuration)
        timer.schedule(deadline: .now() + .seconds(1), repeating: .seconds(1))
        timer.setEventHandler { [self] in
            let report = report()
            output.tellLeftOut()
            if isTerminal {
                let text = progress.withLock { $0.text(report) }
                Self.besideProgress(text)
            }
        }
        timer.resume()
        return timer
    }

    private func giveBackMemoryRegularly() -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "memory"))
        timer.schedule(deadline: .now() + .seconds(60), repeating: .seconds(60), leeway: .seconds(5))
        timer.setEventHandler { FreedMemory.giveBack() }
        timer.resume()
        return timer
    }

    @discardableResult
    private func report() -> StatusReport {
        var report = StatusReport(job: job.name, graph: job.graph, job.status, now: Date())
        report.lastError = report.lastError.map(job.masked)
        if configuration.http != nil {
            monitor.sample()
            metrics.update(monitor.snapshot())
        }
        if let path = configuration.statusFile {
            do {
                try StatusFile(path: path).write(report)
            } catch {
                logger.warning("Cannot write the status file", metadata: ["path": "\(path)", "error": "\(error)"])
            }
        }
        return report
    }
}
