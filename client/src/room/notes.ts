/** The hosts' notes as one of them writes them. */

import type { Server } from './server.ts'
import { Store } from './store.ts'

const PAUSE_MS = 700

export interface NotesView {
  text: string
  /** `loading` until they are there, `missing` where they cannot be had. */
  state: 'loading' | 'missing' | 'saved' | 'saving' | 'unsaved'
}

/**
 * Invariants: one request at a time; what was typed last is what is stored last; nothing is written
 * before what is there was read.
 */
export class HostNotes {
  readonly view = new Store<NotesView>({ text: '', state: 'loading' })
  private stored = ''
  private timer: ReturnType<typeof setTimeout> | undefined
  private isWriting = false

  constructor(
    private readonly server: Server,
    private readonly sessionId: string,
    private readonly pauseMs = PAUSE_MS,
  ) {}

  /** Reads what is there, which another host may have written, unless something is unsaved here. */
  async load(): Promise<void> {
    if (this.view.get().state === 'missing') this.view.set({ text: '', state: 'loading' })
    const before = this.view.get()
    if (before.state !== 'loading' && before.state !== 'saved') return
    try {
      const { text } = await this.server.notes(this.sessionId)
      if (this.view.get() !== before) return
      this.stored = text
      this.view.set({ text, state: 'saved' })
    } catch {
      if (before.state === 'loading') this.view.set({ text: '', state: 'missing' })
    }
  }

  write(text: string): void {
    this.view.set({ text, state: 'saving' })
    clearTimeout(this.timer)
    this.timer = setTimeout(() => void this.save(), this.pauseMs)
  }

  /** Stores at once what was typed. */
  async save(): Promise<void> {
    clearTimeout(this.timer)
    if (this.isWriting || this.view.get().text === this.stored) return
    this.isWriting = true
    try {
      while (this.view.get().text !== this.stored) {
        const { text } = this.view.get()
        this.view.set({ text, state: 'saving' })
        await this.server.writeNotes(this.sessionId, text)
        this.stored = text
      }
      this.view.set({ text: this.stored, state: 'saved' })
    } catch {
      this.view.update(({ text }) => ({ text, state: 'unsaved' }))
    } finally {
      this.isWriting = false
    }
  }
}
