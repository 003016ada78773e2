/** The messages of the sync socket, as bytes. docs/contracts/sync-api.md tells them. */

import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'
import { Kind, type RoomEvent, Step, type Stream } from '../generated/protocol.ts'

export type StreamNumber = (typeof Stream)[keyof typeof Stream]

/** What the server says. */
export type Message =
  | { kind: 'ask'; vector: Uint8Array }
  | { kind: 'answer'; update: Uint8Array }
  | { kind: 'update'; update: Uint8Array }
  | { kind: 'awareness'; states: Uint8Array }
  | { kind: 'saved'; count: number }
  | { kind: 'event'; event: RoomEvent }
  | { kind: 'output'; runId: string; stream: StreamNumber; data: Uint8Array }
  | { kind: 'unknown' }

/** What do you have that is not in this state vector? */
export function ask(vector: Uint8Array): Uint8Array {
  return written(Kind.SYNC, Step.ASK, (encoder) => encoding.writeVarUint8Array(encoder, vector))
}

/** What was asked for. */
export function answer(update: Uint8Array): Uint8Array {
  return written(Kind.SYNC, Step.ANSWER, (encoder) => encoding.writeVarUint8Array(encoder, update))
}

/** The document changed. */
export function update(changes: Uint8Array): Uint8Array {
  return written(Kind.SYNC, Step.UPDATE, (encoder) => encoding.writeVarUint8Array(encoder, changes))
}

/** Where clients are now, as `y-protocols` encodes it. */
export function awareness(states: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, Kind.AWARENESS)
  encoding.writeVarUint8Array(encoder, states)
  return encoding.toUint8Array(encoder)
}

/** What is typed to a program; `isEnd` ends its input. */
export function stdin(runId: string, data: Uint8Array, isEnd: boolean): Uint8Array {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, Kind.STDIN)
  encoding.writeVarString(encoder, runId)
  encoding.writeVarUint8Array(encoder, data)
  encoding.writeVarUint(encoder, isEnd ? 1 : 0)
  return encoding.toUint8Array(encoder)
}

/** Reads a message. Throws where it ends too early. */
export function read(bytes: Uint8Array): Message {
  const decoder = decoding.createDecoder(bytes)
  switch (decoding.readVarUint(decoder)) {
    case Kind.SYNC:
      return readSync(decoder)
    case Kind.AWARENESS:
      return { kind: 'awareness', states: decoding.readVarUint8Array(decoder) }
    case Kind.SAVED:
      return { kind: 'saved', count: decoding.readVarUint(decoder) }
    case Kind.EVENT:
      return { kind: 'event', event: JSON.parse(decoding.readVarString(decoder)) as RoomEvent }
    case Kind.OUTPUT:
      return {
        kind: 'output',
        runId: decoding.readVarString(decoder),
        stream: decoding.readVarUint(decoder) as StreamNumber,
        data: decoding.readVarUint8Array(decoder),
      }
    default:
      return { kind: 'unknown' }
  }
}

function readSync(decoder: decoding.Decoder): Message {
  const step = decoding.readVarUint(decoder)
  const block = decoding.readVarUint8Array(decoder)
  switch (step) {
    case Step.ASK:
      return { kind: 'ask', vector: block }
    case Step.ANSWER:
      return { kind: 'answer', update: block }
    case Step.UPDATE:
      return { kind: 'update', update: block }
    default:
      return { kind: 'unknown' }
  }
}

function written(kind: number, step: number, rest: (encoder: encoding.Encoder) => void) {
  const encoder = encoding.createEncoder()
  encoding.writeVarUint(encoder, kind)
  encoding.writeVarUint(encoder, step)
  rest(encoder)
  return encoding.toUint8Array(encoder)
}
