/** The runs of a room: those that were, and the live output of those that are. */

import type { RoomEvent } from '../generated/protocol.ts'
import { Stream } from '../generated/protocol.ts'
import type { StreamNumber } from '../transport/messages.ts'
import { bytesOf, type Content, type RunSummary, type Server } from './server.ts'
import { Store } from './store.ts'
import type { Ending } from './words.ts'

export interface Chunk {
  stream: StreamNumber
  data: Uint8Array
}

/** What a run printed so far. */
export class RunLog {
  private kept: Chunk[] = []
  private readonly listeners = new Set<(news: Chunk | 'anew') => void>()

  /** All of it, in order. */
  get chunks(): readonly Chunk[] {
    return this.kept
  }

  append(chunk: Chunk): void {
    if (chunk.data.length === 0) return
    this.kept.push(chunk)
    for (const listener of this.listeners) listener(chunk)
  }

  /** It is told from the start again. */
  clear(): void {
    this.kept = []
    for (const listener of this.listeners) listener('anew')
  }

  subscribe(listener: (news: Chunk | 'anew') => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  get text(): string {
    const decoder = new TextDecoder()
    return this.kept.map(({ data }) => decoder.decode(data, { stream: true })).join('')
  }
}

export interface RunView {
  readonly id: string
  readonly userId: string
  readonly language: string
  /** In milliseconds since 1970. */
  readonly startedAt: number
  /** Null while it runs. */
  readonly ending: Ending | null
  readonly compilerOutput: string
  /** Whether somebody ran it on a machine of their own. */
  readonly isReported: boolean
  readonly log: RunLog
}

/** How a run's output is known. */
type Source =
  /** Nothing of it is here yet. */
  | { kind: 'absent' }
  /** From the room's socket, from the first byte. */
  | { kind: 'live' }
  /** Asked for, from the first byte; what the socket tells is left out. */
  | { kind: 'followed'; abort: AbortController }
  /** All there is. */
  | { kind: 'whole' }

export class Runs {
  /** The newest first. */
  readonly all = new Store<readonly RunView[]>([])
  /** Which is looked at; null is the newest. */
  readonly shown = new Store<string | null>(null)
  /** Whether one is being started here. */
  readonly isStarting = new Store(false)
  private readonly sources = new Map<string, Source>()

  constructor(
    private readonly server: Server,
    private readonly sessionId: string,
  ) {}

  /** Starts one. Raises `Refused`. */
  async start(userId: string, terminal: { rows: number; columns: number }): Promise<void> {
    this.isStarting.set(true)
    this.shown.set(null)
    try {
      await this.server.startRun(this.sessionId, { interactive: true, terminal, userId })
    } finally {
      this.isStarting.set(false)
    }
  }

  stop(id: string): Promise<void> {
    return this.server.cancelRun(id)
  }

  /** Looks at one, whose output is asked for where it is not here. */
  async show(id: string | null): Promise<void> {
    this.shown.set(id)
    const run = this.all.get().find((each) => each.id === (id ?? this.all.get()[0]?.id))
    if (run !== undefined && this.sources.get(run.id)?.kind === 'absent') await this.load(run.id)
  }

  noteEvent(event: RoomEvent): void {
    switch (event.type) {
      case 'run-started':
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
        })
        this.shown.set(null)
        break
      case 'run-finished':
        if (this.sources.get(event.runId)?.kind !== 'live') break
        this.sources.set(event.runId, { kind: 'whole' })
        this.change(event.runId, { ending: event, compilerOutput: event.compilerOutput })
        break
      case 'run-reported':
        this.addReported(event)
        break
    }
  }

  noteOutput(runId: string, stream: StreamNumber, data: Uint8Array): void {
    if (this.sources.get(runId)?.kind === 'live') this.of(runId)?.log.append({ stream, data })
  }

  /** Finds out what was missed: on coming, and on coming back. */
  async catchUp(): Promise<void> {
    const { runs } = await this.server.runs(this.sessionId)
    for (const summary of runs.toReversed()) this.adopt(summary)
    const newest = this.all.get()[0]
    if (newest !== undefined) await this.show(this.shown.get())
  }

  /** What was heard from a socket that is gone may have a gap. */
  noteLoss(): void {
    for (const [id, source] of this.sources) {
      if (source.kind === 'live') this.sources.set(id, { kind: 'absent' })
    }
  }

  /** Ends what is under way here. */
  close(): void {
    for (const source of this.sources.values()) {
      if (source.kind === 'followed') source.abort.abort()
    }
  }

  private adopt(summary: RunSummary): void {
    const source = this.sources.get(summary.id)
    if (source === undefined) {
      this.sources.set(summary.id, { kind: 'absent' })
      this.add({
        id: summary.id,
        userId: summary.userId,
        language: summary.language,
        startedAt: Date.parse(summary.startedAt ?? ''),
        ending: null,
        compilerOutput: '',
        isReported: false,
        log: new RunLog(),
      })
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
      if (outcome === null || run === undefined) return
      run.log.clear()
      run.log.append({ stream: Stream.STDOUT, data: bytesOf(outcome.stdout as Content) })
      run.log.append({ stream: Stream.STDERR, data: bytesOf(outcome.stderr as Content) })
      this.change(id, {
        ending: outcome,
        compilerOutput: textOf(outcome.compilerOutput as Content),
      })
    } catch (error) {
      this.sources.set(id, { kind: 'absent' })
      throw error
    }
  }

  private async follow(id: string): Promise<void> {
    const abort = new AbortController()
    this.sources.set(id, { kind: 'followed', abort })
    const log = this.of(id)?.log
    log?.clear()
    try {
      for await (const { event, data } of this.server.events(id, abort.signal)) {
        if (event === 'output') {
          const stream = data.stream === 'stdout' ? Stream.STDOUT : Stream.STDERR
          log?.append({ stream, data: bytesOf(data.data) })
        } else if (event === 'ended') {
          this.sources.set(id, { kind: 'whole' })
          const compilerOutput = textOf(data.compilerOutput as Content)
          this.change(id, { ending: data, compilerOutput })
        }
      }
    } catch {
      // Whoever comes back asks again.
    }
    if (this.sources.get(id)?.kind === 'followed') this.sources.set(id, { kind: 'absent' })
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
      ending: {
        verdict: event.success ? 'ok' : 'failed',
        exitCode: null,
        signal: null,
        cpuMs: 0,
        wallMs: event.wallMs,
        peakMemoryBytes: 0,
        detail: null,
      },
      compilerOutput: '',
      isReported: true,
      log,
    })
    this.shown.set(null)
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

function endingOf(summary: RunSummary): Ending {
  return {
    verdict: summary.verdict ?? 'internal_error',
    exitCode: summary.exitCode,
    signal: null,
    cpuMs: summary.cpuMs ?? 0,
    wallMs: summary.wallMs ?? 0,
    peakMemoryBytes: summary.peakMemoryBytes ?? 0,
    detail: null,
  }
}

function textOf(content: Content): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(bytesOf(content))
}
