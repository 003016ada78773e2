/** Somebody in a room of a real server, as a page has them. */

import WebSocket from 'ws'
import { Room } from '../../src/room/room.ts'
import { Server as Routes } from '../../src/room/server.ts'
import type { Store } from '../../src/room/store.ts'
import type { Server } from '../server.ts'

/**
 * `routesAt` is another way to the server's routes than its own address, `socketsAt` to its
 * sockets; `headers` show who this is, as a browser's cookies do.
 */
export function enter(
  server: Server,
  sessionId: string,
  name: string,
  {
    readOnly = false,
    routesAt = server.url,
    socketsAt = server.url.replace('http', 'ws'),
    headers = {},
  }: Options = {},
): Room {
  return new Room({
    sessionId,
    server: new Routes(routesAt, headers),
    me: { id: `p-${name}`, name },
    readOnly,
    mostUnits: 100_000,
    socketUrl: socketsAt,
    wakes: () => () => {},
    open: (url, protocol) => {
      const socket = new WebSocket(url, protocol, { headers })
      socket.on('error', () => {}) // `close` follows
      return socket as unknown as globalThis.WebSocket
    },
  })
}

interface Options {
  readOnly?: boolean
  routesAt?: string
  socketsAt?: string
  headers?: Readonly<Record<string, string>>
}

/** Waits until a store's value is as wanted, and returns it. */
export async function until<T>(store: Store<T>, holds: (value: T) => boolean): Promise<T> {
  if (holds(store.get())) return store.get()
  return new Promise((resolve) => {
    const forget = store.subscribe(() => {
      const value = store.get()
      if (!holds(value)) return
      forget()
      resolve(value)
    })
  })
}

export async function connected(room: Room): Promise<Room> {
  await until(room.link, ({ state, saving }) => state.kind === 'connected' && saving === 'saved')
  return room
}
