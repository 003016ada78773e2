/** Plays a session back: a clock that goes from its first moment to its last. */

import { type Mark, type MarkKind, Reel, type Touched } from './reel.ts'
import type { Server } from './server.ts'
import { Store } from './store.ts'

export const SPEEDS = [0.5, 1, 2, 4, 8, 16] as const

export interface PlaybackView {
  /** Where the clock stands, in milliseconds since 1970. */
  at: number
  isPlaying: boolean
  speed: number
  /** Whether times in which nothing happened are passed over. */
  skipsIdle: boolean
  text: string
  language: string
  /** What was written last, and by whom. */
  touched: Touched | null
  userId: string
  /** The number of the update that was the last then. */
  seq: number
  /** What happened just then. */
  marks: readonly Mark[]
}

/** Longer than this nothing has to happen for it to be idle. */
const IDLE_MS = 2_000
/** What is left of it. */
const BREATH_MS = 400

export class Playback {
  readonly reel: Reel
  readonly view: Store<PlaybackView>

  /** Fetches a whole session. Raises `Refused`. */
  static async of(server: Server, sessionId: string): Promise<Playback> {
    const reel = new Reel()
    for await (const line of server.playback(sessionId)) reel.add(line)
    return new Playback(reel)
  }

  constructor(reel: Reel) {
    this.reel = reel
    this.view = new Store<PlaybackView>({
      at: reel.firstAt,
      isPlaying: false,
      speed: 1,
      skipsIdle: true,
      text: '',
      language: '',
      touched: null,
      userId: '',
      seq: 0,
      marks: [],
    })
    this.seek(reel.lastAt)
  }

  get names(): ReadonlyMap<string, string> {
    return this.reel.names
  }

  /** Goes to a time. */
  seek(at: number): void {
    const bounded = Math.max(this.reel.firstAt, Math.min(this.reel.lastAt, at))
    this.show(this.reel.stepAt(bounded), bounded)
  }

  /** Goes to where an update was the last. */
  seekUpdate(seq: number): void {
    const step = this.reel.steps.filter((each) => each.seq <= seq).length
    this.show(step, this.reel.steps[step - 1]?.at ?? this.reel.firstAt)
  }

  private show(step: number, at: number): void {
    this.reel.moveTo(step)
    const last = this.reel.steps[this.reel.step - 1]
    this.view.update((now) => ({
      ...now,
      at,
      marks: this.reel.marks.filter((mark) => mark.at === at),
      text: this.reel.text,
      language: this.reel.language,
      touched: this.reel.touched,
      userId: last?.userId ?? '',
      seq: last?.seq ?? 0,
    }))
  }

  /** Starts and stops; at the end it begins anew. */
  toggle(): void {
    const { isPlaying, at } = this.view.get()
    if (!isPlaying && at >= this.reel.lastAt) this.seek(this.reel.firstAt)
    this.set({ isPlaying: !isPlaying })
  }

  set(change: Partial<Pick<PlaybackView, 'isPlaying' | 'speed' | 'skipsIdle'>>): void {
    this.view.update((now) => ({ ...now, ...change }))
  }

  /** Lets so much time of the viewer go by. */
  tick(elapsedMs: number): void {
    const { isPlaying, at, speed, skipsIdle } = this.view.get()
    if (!isPlaying) return
    let goal = at + elapsedMs * speed
    const next = this.nextAt(at)
    if (skipsIdle && next - at > IDLE_MS) goal = Math.max(goal, next - BREATH_MS)
    this.seek(goal)
    if (goal >= this.reel.lastAt) this.set({ isPlaying: false })
  }

  /** Goes to the next thing that happened, of a kind if one is given; false where there is none. */
  toNext(kind?: MarkKind): boolean {
    const { at } = this.view.get()
    const isSought = (mark: Mark) => mark.at > at && (kind ?? mark.kind) === mark.kind
    return this.toMark(this.reel.marks.find(isSought))
  }

  /** Goes back to what happened before; false where nothing did. */
  toPrevious(): boolean {
    const { at } = this.view.get()
    return this.toMark(this.reel.marks.findLast((mark) => mark.at < at))
  }

  private toMark(mark: Mark | undefined): boolean {
    if (mark !== undefined) this.seek(mark.at)
    return mark !== undefined
  }

  private nextAt(at: number): number {
    const step = this.reel.steps[this.reel.stepAt(at)]
    const mark = this.reel.marks.find((each) => each.at > at)
    return Math.min(step?.at ?? this.reel.lastAt, mark?.at ?? this.reel.lastAt)
  }
}
