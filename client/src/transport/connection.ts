import {
  type Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness'
import * as Y from 'yjs'
import { type AccessEvent, CloseCode, type RoomEvent, SUBPROTOCOL } from '../generated/protocol.ts'
import type { StreamNumber } from './messages.ts'
import * as messages from './messages.ts'
import { PATIENCE, type Patience } from './patience.ts'
import type { WakeSource } from './wake.ts'
import { Watch } from './watch.ts'

/** How it stands with the server. */
export type ConnectionState =
  /** It was never in step with the server yet. `refused` is why the last attempt ended. */
  | { kind: 'connecting'; refused: Closing | null }
  /** What happens here and there is told at once. */
  | { kind: 'connected' }
  /** It was, and tries to be again. */
  | { kind: 'reconnecting'; sinceMs: number; refused: Closing | null }
  /** It is over for good, by one of the server's close codes or by `close()`. */
  | ({ kind: 'ended' } & Closing)

/** How a socket was closed: `reason` is the server's own, or empty. */
export interface Closing {
  code: number
  reason: string
}

/** Whether what was written here is stored for good. */
export type Saving =
  /** Everything is. */
  | 'saved'
  /** The server has it all or is about to, and will say when it is. */
  | 'saving'
  /** There is something that the server does not have, and no connection to send it by. */
  | 'kept'
  /** The server has it and cannot store it for now. */
  | 'failing'

export interface Listener {
  /** `state` or `saving` is another. */
  changed(): void
  /** Something happened in the room. */
  event(event: RoomEvent): void
  /** A running program wrote something. */
  output(runId: string, stream: StreamNumber, data: Uint8Array): void
}

export interface Place {
  /** The address of the socket, its query included, as it is now. */
  url: () => string
  doc: Y.Doc
  awareness: Awareness
  /** To write is not even tried. */
  readOnly: boolean
  wakes: WakeSource
  open?: (url: string, protocol: string) => WebSocket
  patience?: Partial<Patience>
}

/**
 * Keeps a document in step with a room of the server. It knows nothing of how that is shown.
 *
 * Safety:
 *  - The document only ever takes updates. It is never replaced, cleared or made anew from text.
 *  - `saving` is `saved` only if each change that was made here is in a document message of the
 *    present connection that the server's `saved` covers, or was so on one before.
 *  - Nothing is sent as an update before the server's first question was answered, so no update
 *    builds on something that the server has yet to be told.
 *  - A message that cannot be read, or not be applied, is the last of its connection.
 *  - Nobody is shown as present whom the server did not name on the present connection.
 *  - After a close code that is for good, and after `close()`, no socket is opened.
 *
 * Liveness, by its `Watch`: until it ends it is connected, or an attempt is under way or due.
 */
export class Connection {
  state: ConnectionState = { kind: 'connecting', refused: null }
  /** What one is in the room and may do there, as it was told last. */
  access: AccessEvent | null = null
  private socket: WebSocket | null = null
  private readonly watch: Watch

  // Of the present connection.
  private isInStep = false
  private hasAnswered = false
  private sent = 0
  private stored = 0
  private isFailing = false

  /** Something was changed here that no document message of this connection has. */
  private hasUnsent = false

  constructor(
    private readonly place: Place,
    private readonly listener: Listener,
  ) {
    place.doc.on('update', this.noteUpdate)
    place.awareness.on('update', this.notePresence)
    this.watch = new Watch({ ...PATIENCE, ...place.patience }, place.wakes, {
      connect: () => this.connect(),
      ask: () => this.ask(),
      renew: () => this.renewPresence(),
      abandon: () => this.abandon(),
    })
    this.connect()
  }

  get saving(): Saving {
    if (!this.hasUnsent && this.sent <= this.stored) return 'saved'
    if (this.state.kind === 'ended' || !this.isInStep || !this.mayEdit) return 'kept'
    return this.isFailing ? 'failing' : 'saving'
  }

  private get mayEdit(): boolean {
    return !this.place.readOnly && (this.access?.deeds.includes('edit') ?? true)
  }

  /** Types to a program. What is typed without a connection is lost; returns whether there is one. */
  type(runId: string, data: Uint8Array, isEnd = false): boolean {
    if (!this.isInStep) return false
    this.send(messages.stdin(runId, data, isEnd))
    return true
  }

  /** Ends it. */
  close(): void {
    if (this.state.kind !== 'ended') this.end(1000, '')
  }

  private connect(): void {
    const { url, open = (address, protocol) => new WebSocket(address, protocol) } = this.place
    const socket = open(url(), SUBPROTOCOL)
    socket.binaryType = 'arraybuffer'
    this.socket = socket
    this.isInStep = this.hasAnswered = this.isFailing = false
    this.sent = this.stored = 0
    this.watch.noteOpening()
    socket.onopen = () => this.greet()
    socket.onmessage = ({ data }) => this.hear(new Uint8Array(data as ArrayBuffer))
    socket.onclose = ({ code, reason }) => this.lose(socket, code, reason)
  }

  private greet(): void {
    // Who comes is told first, so that the room can say a name.
    this.renewPresence()
    this.ask()
  }

  private hear(bytes: Uint8Array): void {
    this.watch.noteHeard()
    const message = this.taken(bytes)
    switch (message?.kind) {
      case 'ask':
        this.answer(message.vector)
        break
      case 'answer':
        this.beInStep()
        break
      case 'saved':
        this.stored = message.count
        this.listener.changed()
        break
      case 'event':
        this.noteEvent(message.event)
        break
      case 'output':
        this.listener.output(message.runId, message.stream, message.data)
        break
    }
  }

  /**
   * A message, whose states and changes are in the document then. What cannot be read may have been
   * a change that is missing from now on, so it ends the connection: the next one brings it.
   */
  private taken(bytes: Uint8Array): messages.Message | null {
    const { doc, awareness } = this.place
    try {
      const message = messages.read(bytes)
      if (message.kind === 'awareness') applyAwarenessUpdate(awareness, message.states, this)
      if (message.kind === 'answer' || message.kind === 'update') {
        Y.applyUpdate(doc, message.update, this)
      }
      return message
    } catch {
      this.abandon()
      return null
    }
  }

  private beInStep(): void {
    if (this.isInStep) return
    this.isInStep = true
    this.watch.noteInStep()
    this.state = { kind: 'connected' }
    this.listener.changed()
  }

  private noteEvent(event: RoomEvent): void {
    if (event.type === 'not-saved' || event.type === 'saved-again') {
      this.isFailing = event.type === 'not-saved'
      this.listener.changed()
    } else if (event.type === 'access') {
      this.access = event
      this.watch.noteWaiting(event.outside === 'waiting')
      this.listener.changed()
    }
    this.listener.event(event)
  }

  private ask(): void {
    this.send(messages.ask(Y.encodeStateVector(this.place.doc)))
  }

  private answer(vector: Uint8Array): void {
    this.hasUnsent = false
    this.hasAnswered = true
    this.sent += 1
    this.send(messages.answer(Y.encodeStateAsUpdate(this.place.doc, vector)))
    this.listener.changed()
  }

  private readonly noteUpdate = (update: Uint8Array, origin: unknown): void => {
    if (origin === this || this.place.readOnly) return
    if (this.hasAnswered && this.isOpen && this.mayEdit) {
      this.sent += 1
      this.send(messages.update(update))
    } else {
      this.hasUnsent = true
    }
    this.listener.changed()
  }

  private readonly notePresence = (_changes: unknown, origin: unknown): void => {
    if (origin === this || !this.isOpen) return
    this.sendPresence()
  }

  private renewPresence(): void {
    const { awareness } = this.place
    // Told with a higher clock, so that whoever heard that this client is gone believes it.
    awareness.setLocalState(awareness.getLocalState())
  }

  private sendPresence(): void {
    const { awareness, doc } = this.place
    if (awareness.getLocalState() === null) return
    this.watch.noteRenewed()
    this.send(messages.awareness(encodeAwarenessUpdate(awareness, [doc.clientID])))
  }

  private get isOpen(): boolean {
    return this.socket !== null && this.socket.readyState === this.socket.OPEN
  }

  private send(bytes: Uint8Array): void {
    if (this.isOpen) this.socket?.send(bytes as Uint8Array<ArrayBuffer>)
  }

  /** Gives the present socket up, which may never say that it is closed. */
  private abandon(): void {
    const socket = this.socket
    if (socket === null) return
    this.lose(socket, 1006, '')
    socket.close()
  }

  private lose(socket: WebSocket, code: number, reason: string): void {
    socket.onopen = socket.onmessage = socket.onclose = null
    if (socket !== this.socket) return
    this.socket = null
    if (this.sent > this.stored) this.hasUnsent = true
    this.sent = this.stored = 0
    this.isInStep = this.hasAnswered = this.isFailing = false
    this.forgetOthers()
    if (this.state.kind === 'ended') return
    if (isForGood(code)) {
      this.end(code, reason)
      return
    }
    // A socket that could not be had at all says nothing of why.
    const refused = code > 1006 || code === CloseCode.GOING_AWAY ? { code, reason } : null
    if (this.state.kind === 'connecting') this.state = { kind: 'connecting', refused }
    else {
      const sinceMs = this.state.kind === 'reconnecting' ? this.state.sinceMs : Date.now()
      this.state = { kind: 'reconnecting', sinceMs, refused }
    }
    this.watch.noteLost()
    this.listener.changed()
  }

  private forgetOthers(): void {
    const { awareness, doc } = this.place
    const others = [...awareness.getStates().keys()].filter((client) => client !== doc.clientID)
    removeAwarenessStates(awareness, others, this)
    // They may come back with the clock that they had.
    for (const client of others) awareness.meta.delete(client)
  }

  private end(code: number, reason: string): void {
    const socket = this.socket
    this.state = { kind: 'ended', code, reason }
    this.watch.close()
    this.place.doc.off('update', this.noteUpdate)
    this.place.awareness.off('update', this.notePresence)
    if (socket !== null) {
      this.lose(socket, code, reason)
      socket.close()
    }
    this.listener.changed()
  }
}

function isForGood(code: number): boolean {
  if (code === CloseCode.FRAME_TOO_LARGE) return true // it would be so again
  return (code >= 4400 && code < 4500) || code === CloseCode.SESSION_GONE
}
