/** A document with a connection, and what it was told. */

import WebSocket from 'ws'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { RoomEvent } from '../../src/generated/protocol.ts'
import { Connection } from '../../src/transport/connection.ts'
import type { Patience } from '../../src/transport/patience.ts'

export class Member {
  readonly doc = new Y.Doc()
  readonly text = this.doc.getText('code')
  readonly awareness = new Awareness(this.doc)
  readonly events: RoomEvent[] = []
  readonly states: string[] = []
  output = ''
  connection!: Connection
  private woken: () => void = () => {}
  private readonly waiting = new Set<() => void>()

  constructor(name: string) {
    this.awareness.setLocalStateField('user', { name, id: name })
    this.doc.on('update', this.look)
    this.awareness.on('update', this.look)
  }

  join(port: number, session: string, { readOnly = false, ...patience }: Options = {}): this {
    const query = new URLSearchParams({ userId: String(this.doc.clientID) })
    if (readOnly) query.set('readonly', '1')
    this.connection = new Connection(
      {
        url: () => `ws://127.0.0.1:${port}/ws/sync/${session}?${query}`,
        doc: this.doc,
        awareness: this.awareness,
        readOnly,
        wakes: (woken) => {
          this.woken = woken
          return () => {
            this.woken = () => {}
          }
        },
        open,
        patience: { firstPauseMs: 20, longestPauseMs: 200, ...patience },
      },
      {
        changed: () => {
          // The first comes from the constructor of `connection`.
          if (this.connection !== undefined) this.states.push(this.connection.state.kind)
          this.look()
        },
        event: (event) => {
          this.events.push(event)
          this.look()
        },
        output: (_runId, _stream, data) => {
          this.output += new TextDecoder().decode(data)
          this.look()
        },
      },
    )
    return this
  }

  /** The page was asleep and is not any more. */
  wake(): void {
    this.woken()
  }

  write(text: string, at = this.text.length): void {
    this.text.insert(at, text)
  }

  get names(): string[] {
    return [...this.awareness.getStates().values()].map((state) => state.user.name).sort()
  }

  get isSaved(): boolean {
    return this.connection.state.kind === 'connected' && this.connection.saving === 'saved'
  }

  /** Waits for the moment in which something holds. */
  async until(holds: () => boolean): Promise<void> {
    if (holds()) return
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!holds()) return
        this.waiting.delete(look)
        resolve()
      }
      this.waiting.add(look)
    })
  }

  leave(): void {
    this.connection.close()
    this.awareness.destroy()
    this.doc.destroy()
  }

  private readonly look = (): void => {
    for (const look of [...this.waiting]) look()
  }
}

export type Options = { readOnly?: boolean } & Partial<Patience>

function open(url: string, protocol: string): globalThis.WebSocket {
  const socket = new WebSocket(url, protocol)
  socket.on('error', () => {}) // `close` follows
  return socket as unknown as globalThis.WebSocket
}
