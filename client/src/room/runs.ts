/** The runs of a room: those that were, and the live output of those that are. */

import type { RoomEvent } from '../generated/protocol.ts'
import { Stream } from '../generated/protocol.ts'
import { Backoff } from '../transport/backoff.ts'
import type { StreamNumber } from '../transport/messages.ts'
import { RunLog } from './run-log.ts'
import {
  type CaseResult,
  caseOf,
  endingOf,
  INTERRUPTED,
  type RunView,
  reportedEnding,
  textOf,
} from './run-view.ts'
import {
  bytesOf,
  type Content,
  Refused,
  type RunSummary,
  type Server,
  type StartSessionRun,
  type TerminalSize,
} from './server.ts'
import { Store } from './store.ts'

type Finished = RoomEvent & { type: 'run-finished' }

/** How a run's output is known. */
type Source =
  /** Nothing of it is here yet. */
  | { kind: 'absent' }
  /** From the room's socket, from the first byte. */
  | { kind: 'live' }
  /** Asked for, from the first byte; what the socket tells is left out. */
  | { kind: 'followed'; abort: AbortController; finished: Finished | null }
  /** All there is. */
  | { kind: 'whole' }

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

export class Runs {
  /** The newest first. */
  readonly all = new Store<readonly RunView[]>([])
  /** Which is looked at; null is the newest. */
  readonly shown = new Store<string | null>(null)
  /** The one that is looked at where it goes on, else the newest that does; null: nothing runs. */
  readonly running = new Store<RunView | null>(null)
  /** What the server is asked for to have those before `all`; null where there are none. */
  readonly earlier = new Store<string | null>(null)
  /** Whether one is being started here. */
  readonly isStarting = new Store(false)
  private readonly sources = new Map<string, Source>()
  private readonly backoff = new Backoff(FIRST_PAUSE_MS, LONGEST_PAUSE_MS)
  private retry: ReturnType<typeof setTimeout> | undefined
  /** Counts the connections: what was begun on another one is of no use any more. */
  private turn = 0

  /** `noteName` is told what those were called who ran something before. */
  constructor(
    private readonly server: Server,
    private readonly sessionId: string,
    private readonly noteName: (userId: string, name: string) => void,
  ) {
    for (const store of [this.all, this.shown]) store.subscribe(() => this.findRunning())
  }

  /** Starts one, unless one is being started. Raises `Refused`. */
  async start(asked: Partial<StartSessionRun> & { userId: string }): Promise<void> {
    if (this.isStarting.get()) return
    this.isStarting.set(true)
    this.shown.set(null)
    try {
      const { id, language } = await this.server.startRun(this.sessionId, {
        interactive: true,
        ...asked,
      })
      // The room may hear of it later, and then from its first byte.
      if (this.of(id) === undefined) this.expect(id, asked.userId, language)
    } finally {
      this.isStarting.set(false)
    }
  }

  stop(id: string): Promise<void> {
    return this.server.cancelRun(id)
  }

  /** Gives a program that runs, and that this person started, another terminal. Raises `Refused`. */
  async resizeTerminal(id: string, size: TerminalSize, userId: string): Promise<void> {
    const run = this.of(id)
    // What is tested has none.
    if (run?.userId !== userId || run.ending !== null || run.caseCount > 0) return
    await this.server.resizeTerminal(id, size)
  }

  /** Looks at one, whose output is asked for where it is not here. */
  async show(id: string | null): Promise<void> {
    this.shown.set(id)
    const run = this.all.get().find((each) => each.id === (id ?? this.all.get()[0]?.id))
    if (run !== undefined && this.sources.get(run.id)?.kind === 'absent') await this.load(run.id)
  }

  /** Adds the next of those that began before. Raises `Refused`. */
  async loadEarlier(): Promise<void> {
    const before = this.earlier.get()
    if (before === null) return
    const { runs, next } = await this.server.runs(this.sessionId, before)
    for (const summary of runs.toReversed()) this.adopt(summary)
    this.earlier.set(next)
  }

  noteEvent(event: RoomEvent): void {
    switch (event.type) {
      case 'run-started':
        this.unfollow(event.runId)
        this.sources.set(event.runId, { kind: 'live' })
        this.add({
          id: event.runId,
          userId: event.userId,
          language: event.language,
          startedAt: Date.parse(event.timestamp),
          ending: null,
          compilerOutput: '',
          isReported: false,
          log: new RunLog(),
          caseCount: event.cases,
          cases: [],
        })
        this.shown.set(null)
        break
      case 'run-case':
        if (this.sources.get(event.runId)?.kind === 'live') this.addCase(event.runId, event)
        break
      case 'run-finished':
        this.noteFinished(event)
        break
      case 'run-reported':
        this.addReported(event)
        break
    }
  }

  noteOutput(runId: string, stream: StreamNumber, data: Uint8Array): void {
    if (this.sources.get(runId)?.kind === 'live') this.of(runId)?.log.append({ stream, data })
  }

  /**
   * Finds out what was missed: on coming, and on coming back. Where the server cannot answer it is
   * tried again until it can, and the first failure is raised.
   */
  async catchUp(): Promise<void> {
    this.stopRetrying()
    this.backoff.reset()
    const { turn } = this
    try {
      await this.lookUp()
    } catch (error) {
      this.tryAgain(turn, error)
      throw error
    }
  }

  /** What was heard from a socket that is gone may have a gap, and so may what is followed. */
  noteLoss(): void {
    this.stopRetrying()
    for (const [id, { kind }] of this.sources) {
      this.unfollow(id)
      if (kind === 'live' || kind === 'followed') this.sources.set(id, { kind: 'absent' })
    }
  }

  /** Ends what is under way here. */
  close(): void {
    this.stopRetrying()
    for (const id of this.sources.keys()) this.unfollow(id)
  }

  private tryAgain(turn: number, error: unknown): void {
    const isFinal = error instanceof Refused && error.status < 500 && error.status !== 429
    if (isFinal || turn !== this.turn) return
    this.retry = setTimeout(() => {
      this.lookUp().catch((again) => this.tryAgain(turn, again))
    }, this.backoff.next())
  }

  private stopRetrying(): void {
    clearTimeout(this.retry)
    this.turn += 1
  }

  private async lookUp(): Promise<void> {
    const { turn } = this
    const unsure = this.all
      .get()
      .filter(({ id, ending }) => ending === null && this.sources.get(id)?.kind === 'absent')
    const { runs, next } = await this.server.runs(this.sessionId)
    if (turn !== this.turn) return
    const oldest = runs.at(-1)
    // Behind one that is known already lies what is known too.
    if (oldest !== undefined && !this.sources.has(oldest.id)) this.earlier.set(next)
    for (const summary of runs.toReversed()) this.adopt(summary)
    for (const { id } of unsure) {
      if (!runs.some((summary) => summary.id === id)) await this.settle(id)
    }
    if (this.all.get().length > 0) await this.show(this.shown.get())
  }

  /** Finds out about a run that was under way and is not listed. */
  private async settle(id: string): Promise<void> {
    try {
      await this.load(id)
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error
      this.sources.set(id, { kind: 'whole' })
      this.change(id, { ending: INTERRUPTED })
    }
  }

  private noteFinished(event: Finished): void {
    const source = this.sources.get(event.runId)
    if (source === undefined || source.kind === 'whole') return
    if (source.kind === 'followed') {
      // The last of its output is on the way, and its ending behind that.
      source.finished = event
      return
    }
    this.change(event.runId, { ending: event, compilerOutput: event.compilerOutput })
    if (source.kind === 'live') {
      this.sources.set(event.runId, { kind: 'whole' })
    } else {
      // Where it is looked at, its output is asked for; a failure leaves it to the next look.
      this.show(this.shown.get()).catch(() => {})
    }
  }

  private unfollow(id: string): void {
    const source = this.sources.get(id)
    if (source?.kind === 'followed') source.abort.abort()
  }

  private adopt(summary: RunSummary): void {
    if (summary.userName !== null) this.noteName(summary.userId, summary.userName)
    const source = this.sources.get(summary.id)
    if (source === undefined) {
      const startedAt = summary.startedAt === null ? undefined : Date.parse(summary.startedAt)
      this.expect(summary.id, summary.userId, summary.language, startedAt)
    }
    if (summary.status === 'ended') {
      if (this.of(summary.id)?.ending === null && summary.verdict !== null) {
        this.change(summary.id, { ending: endingOf(summary) })
      }
    } else if (source === undefined || source.kind === 'absent') {
      void this.follow(summary.id)
    }
  }

  private async load(id: string): Promise<void> {
    this.sources.set(id, { kind: 'whole' })
    try {
      const { outcome } = await this.server.run(id)
      const run = this.of(id)
      if (outcome === null) {
        void this.follow(id)
        return
      }
      if (run === undefined) return
      run.log.clear()
      run.log.append({ stream: Stream.STDOUT, data: bytesOf(outcome.stdout as Content) })
      run.log.append({ stream: Stream.STDERR, data: bytesOf(outcome.stderr as Content) })
      const cases = outcome.cases.map(caseOf)
      this.change(id, {
        ending: outcome,
        compilerOutput: textOf(outcome.compilerOutput as Content),
        cases,
        caseCount: Math.max(run.caseCount, cases.length),
      })
    } catch (error) {
      this.sources.set(id, { kind: 'absent' })
      throw error
    }
  }

  private async follow(id: string): Promise<void> {
    const abort = new AbortController()
    const source: Source & { kind: 'followed' } = { kind: 'followed', abort, finished: null }
    this.sources.set(id, source)
    const log = this.of(id)?.log
    log?.clear()
    this.change(id, { cases: [] })
    try {
      for await (const { event, data } of this.server.events(id, abort.signal)) {
        if (event === 'output') {
          const stream = data.stream === 'stdout' ? Stream.STDOUT : Stream.STDERR
          log?.append({ stream, data: bytesOf(data.data) })
        } else if (event === 'case') {
          this.addCase(id, caseOf(data))
        } else if (event === 'ended') {
          this.sources.set(id, { kind: 'whole' })
          const compilerOutput = textOf(data.compilerOutput as Content)
          this.change(id, { ending: data, compilerOutput })
        }
      }
    } catch {
      // Whoever comes back asks again.
    }
    if (this.sources.get(id) !== source) return
    this.sources.set(id, { kind: 'absent' })
    if (source.finished !== null) this.noteFinished(source.finished)
  }

  private addReported(event: RoomEvent & { type: 'run-reported' }): void {
    const log = new RunLog()
    log.append({ stream: Stream.STDOUT, data: bytesOf(event.output) })
    log.append({ stream: Stream.STDERR, data: bytesOf(event.error ?? '') })
    this.sources.set(event.runId, { kind: 'whole' })
    this.add({
      id: event.runId,
      userId: event.userId,
      language: '',
      startedAt: Date.parse(event.timestamp) - event.wallMs,
      ending: reportedEnding(event),
      compilerOutput: '',
      isReported: true,
      log,
      caseCount: 0,
      cases: [],
    })
    this.shown.set(null)
  }

  /** Adds a run of which nothing is here yet. One that has yet to begin is the newest. */
  private expect(id: string, userId: string, language: string, startedAt?: number): void {
    const newest = this.all.get()[0]?.startedAt ?? 0
    this.sources.set(id, { kind: 'absent' })
    this.add({
      id,
      userId,
      language,
      startedAt: startedAt ?? Math.max(Date.now(), newest + 1),
      ending: null,
      compilerOutput: '',
      isReported: false,
      log: new RunLog(),
      caseCount: 0,
      cases: [],
    })
  }

  private addCase(id: string, result: CaseResult): void {
    const run = this.of(id)
    if (run === undefined) return
    const cases = [...run.cases.filter(({ number }) => number !== result.number), result]
    this.change(id, { cases, caseCount: Math.max(run.caseCount, result.number) })
  }

  private findRunning(): void {
    const running = this.all.get().filter(({ ending }) => ending === null)
    const shown = running.find(({ id }) => id === this.shown.get())
    this.running.set(shown ?? running[0] ?? null)
  }

  private of(id: string): RunView | undefined {
    return this.all.get().find((run) => run.id === id)
  }

  private add(run: RunView): void {
    this.all.update((before) =>
      [run, ...before.filter(({ id }) => id !== run.id)].sort(
        (one, other) => other.startedAt - one.startedAt,
      ),
    )
  }

  private change(id: string, change: Partial<RunView>): void {
    this.all.update((before) => before.map((run) => (run.id === id ? { ...run, ...change } : run)))
  }
}
