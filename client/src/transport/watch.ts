import { Backoff } from './backoff.ts'
import type { Patience } from './patience.ts'
import type { WakeSource } from './wake.ts'

/** What is done about what a watch notices. */
export interface Watched {
  /** Opens a socket. */
  connect(): void
  /** Asks the server something that it answers. */
  ask(): void
  /** Tells one's own presence anew. */
  renew(): void
  /** Gives the present socket up. */
  abandon(): void
}

/** How far a socket is. */
type Stage =
  /** There is none; the next attempt is due. */
  | 'none'
  /** It has yet to be greeted. */
  | 'opening'
  /** A host has to let it in first. */
  | 'waiting'
  | 'in step'

/**
 * Notices when a connection has to be made, asked something, or given up.
 *
 * Until it is closed:
 *  - A socket is there, or an attempt is due within `longestPauseMs`. Waking brings it forward to now.
 *  - A socket that is not greeted within `greetingMs` is given up, unless a host has to let one in.
 *  - One that was silent for `silenceMs`, or lived through a sleep, is asked something, and given
 *    up where no answer comes. So a dead one is noticed though nobody closed it.
 */
export class Watch {
  private stage: Stage = 'none'
  private openedAt = 0
  private inStepAt = 0
  private heardAt = 0
  private renewedAt = 0
  private lookedAt = Date.now()
  private probe: { deadline: number } | null = null
  private retry: ReturnType<typeof setTimeout> | undefined
  private readonly backoff: Backoff
  private readonly looking: ReturnType<typeof setInterval>
  private readonly forgetWakes: () => void

  constructor(
    private readonly patience: Patience,
    wakes: WakeSource,
    private readonly watched: Watched,
  ) {
    this.backoff = new Backoff(patience.firstPauseMs, patience.longestPauseMs)
    this.forgetWakes = wakes(this.wake)
    this.looking = setInterval(this.look, patience.lookMs)
  }

  noteOpening(): void {
    clearTimeout(this.retry)
    this.stage = 'opening'
    this.probe = null
    this.openedAt = this.heardAt = Date.now()
  }

  noteHeard(): void {
    this.heardAt = Date.now()
    this.probe = null
  }

  /** The server said whether one has to wait until a host lets one in. */
  noteWaiting(isWaiting: boolean): void {
    if (this.stage === 'none' || this.stage === 'in step') return
    this.stage = isWaiting ? 'waiting' : 'opening'
    this.openedAt = Date.now()
  }

  noteInStep(): void {
    this.stage = 'in step'
    this.inStepAt = Date.now()
  }

  noteRenewed(): void {
    this.renewedAt = Date.now()
  }

  /** The socket is gone: another is opened after a pause. */
  noteLost(): void {
    this.stage = 'none'
    this.probe = null
    this.retry = setTimeout(this.watched.connect, this.backoff.next())
  }

  /** Nothing is noticed any more. */
  close(): void {
    this.stage = 'none'
    this.probe = null
    clearTimeout(this.retry)
    clearInterval(this.looking)
    this.forgetWakes()
  }

  /** Looks whether time went by in silence, or in sleep. */
  private readonly look = (): void => {
    const now = Date.now()
    const slept = now - this.lookedAt > 3 * this.patience.lookMs
    this.lookedAt = now
    if (slept) {
      this.wake()
    } else if (this.stage === 'opening') {
      if (now - this.openedAt > this.patience.greetingMs) this.watched.abandon()
    } else if (this.stage === 'in step') {
      this.lookAtPresent(now)
    }
  }

  private lookAtPresent(now: number): void {
    if (now - this.inStepAt > this.patience.steadyMs) this.backoff.reset()
    if (this.probe !== null) {
      if (now > this.probe.deadline) this.watched.abandon()
    } else if (now - this.heardAt > this.patience.silenceMs) {
      this.challenge(this.patience.probeMs)
    } else if (now - this.renewedAt > this.patience.renewMs) {
      this.watched.renew()
    }
  }

  private readonly wake = (): void => {
    this.lookedAt = Date.now()
    this.backoff.reset()
    if (this.stage === 'none') {
      this.watched.connect()
    } else if (this.stage === 'in step') {
      this.challenge(this.patience.wakeProbeMs)
    } else {
      // Each new connection asks the hosts again to be let in.
      const isWaiting = this.stage === 'waiting'
      const most = isWaiting ? this.patience.silenceMs : this.patience.wakeProbeMs
      if (Date.now() - this.openedAt > most) this.watched.abandon()
    }
  }

  private challenge(patienceMs: number): void {
    const deadline = Date.now() + patienceMs
    if (this.probe !== null && this.probe.deadline <= deadline) return
    const probe = { deadline }
    this.probe = probe
    this.watched.ask()
    setTimeout(() => {
      if (this.probe === probe) this.watched.abandon()
    }, patienceMs)
  }
}
