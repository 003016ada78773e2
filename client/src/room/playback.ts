/** Plays a session back: a clock that goes from its first moment to its last. */

import { Reel, type Touched } from './reel.ts'
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
    })
    this.seek(reel.lastAt)
  }

  get names(): ReadonlyMap<string, string> {
    return this.reel.names
  }

  /** Goes to a time. */
  seek(at: number): void {
    const bounded = Math.max(this.reel.firstAt, Math.min(this.reel.lastAt, at))
    this.reel.moveTo(this.reel.stepAt(bounded))
    const last = this.reel.steps[this.reel.step - 1]
    this.view.update((now) => ({
      ...now,
      at: bounded,
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

  /** Goes to the next run, if there is one. */
  toNextRun(): boolean {
    const { at } = this.view.get()
    const run = this.reel.marks.find((mark) => mark.kind === 'run' && mark.at > at)
    if (run !== undefined) this.seek(run.at)
    return run !== undefined
  }

  private nextAt(at: number): number {
    const step = this.reel.steps[this.reel.stepAt(at)]
    const mark = this.reel.marks.find((each) => each.at > at)
    return Math.min(step?.at ?? this.reel.lastAt, mark?.at ?? this.reel.lastAt)
  }
}
