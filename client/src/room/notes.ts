/** The hosts' notes as one of them writes them. */

import { Refused, type Server } from './server.ts'
import { Store } from './store.ts'

const PAUSE_MS = 700

export interface NotesView {
  text: string
  /**
   * `loading` until they are there, `missing` where they cannot be had; `changed` while what
   * another host wrote meanwhile waits to be taken over by hand.
   */
  state: 'loading' | 'missing' | 'saved' | 'saving' | 'unsaved' | 'changed'
  /** What another host wrote meanwhile. */
  theirs: string
}

/**
 * Invariants: one request at a time; what was typed last is what is stored last; nothing is written
 * in the place of what was not read.
 */
export class HostNotes {
  readonly view = new Store<NotesView>({ text: '', state: 'loading', theirs: '' })
  private stored = { text: '', revision: 0 }
  /** What was asked last to be stored, whether that was answered or not. */
  private sent: string | null = null
  private timer: ReturnType<typeof setTimeout> | undefined
  private isWriting = false

  constructor(
    private readonly server: Server,
    private readonly sessionId: string,
    private readonly pauseMs = PAUSE_MS,
  ) {}

  /** Reads what is there, which another host may have written, unless something is unsaved here. */
  async load(): Promise<void> {
    if (this.view.get().state === 'missing') this.set({ state: 'loading' })
    const before = this.view.get()
    if (before.state !== 'loading' && before.state !== 'saved') return
    try {
      const stored = await this.server.notes(this.sessionId)
      if (this.view.get() !== before) return
      this.stored = stored
      this.set({ text: stored.text, state: 'saved' })
    } catch {
      if (before.state === 'loading') this.set({ state: 'missing' })
    }
  }

  write(text: string): void {
    if (this.view.get().state === 'changed') {
      this.set({ text })
      return
    }
    this.set({ text, state: 'saving' })
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.save(), this.pauseMs)
  }

  /** Stores at once what was typed. */
  async save(): Promise<void> {
    clearTimeout(this.timer)
    if (this.isWriting || this.view.get().state === 'changed') return
    this.isWriting = true
    try {
      let isAlone = true
      while (isAlone && this.view.get().text !== this.stored.text) {
        this.set({ state: 'saving' })
        isAlone = await this.store(this.view.get().text)
      }
      this.set(isAlone ? { state: 'saved' } : { state: 'changed', theirs: this.stored.text })
    } catch {
      this.set({ state: 'unsaved' })
    } finally {
      this.isWriting = false
    }
  }

  /** Stores what is here in the place of `theirs`, which were read. */
  async saveMerged(): Promise<void> {
    this.set({ state: 'saving', theirs: '' })
    await this.save()
  }

  /** Returns whether no other host was quicker; `stored` is what is there in any case. */
  private async store(text: string): Promise<boolean> {
    const { sent } = this
    this.sent = text
    try {
      this.stored = await this.server.writeNotes(this.sessionId, text, this.stored.revision)
      return true
    } catch (error) {
      if (!(error instanceof Refused && error.code === 'NOTES_CHANGED')) throw error
    }
    this.stored = await this.server.notes(this.sessionId)
    // What one sent oneself is there too where only the answer was lost.
    return this.stored.text === sent || this.stored.text === text
  }

  private set(change: Partial<NotesView>): void {
    this.view.update((before) => ({ ...before, ...change }))
  }
}
