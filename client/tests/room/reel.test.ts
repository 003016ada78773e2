import { once } from 'node:events'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Playback } from '../../src/room/playback.ts'
import { Reel } from '../../src/room/reel.ts'
import { Server } from '../../src/room/server.ts'

const CAME = {
  type: 'joined',
  seq: 0,
  at: '2026-03-01T10:00:00.000Z',
  userId: 'p-ann',
  name: 'Ann',
} as const
const BROKEN = {
  type: 'error',
  error: 'INTERNAL_ERROR',
  message: 'The journal is damaged',
} as const

let serving: HttpServer | null = null
afterEach(() => serving?.close())

/** A server whose playback is these lines. */
async function telling(lines: readonly object[]): Promise<Server> {
  serving = createServer((_, answer) => {
    answer.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  }).listen(0, '127.0.0.1')
  await once(serving, 'listening')
  return new Server(`http://127.0.0.1:${(serving.address() as AddressInfo).port}`)
}

test('a session into which nobody wrote begins when somebody came', () => {
  const reel = new Reel()
  expect(reel.isEmpty).toBe(true)
  reel.add(CAME)
  expect(reel.isEmpty).toBe(false)
  expect(reel.firstAt).toBe(Date.parse(CAME.at))
  expect(reel.lastAt).toBe(reel.firstAt)
})

test('people have colours in the order in which they appear', () => {
  const reel = new Reel()
  for (const userId of ['p-ann', 'p-ben', 'p-ann', 'p-cid']) reel.add({ ...CAME, userId })
  expect(['p-ann', 'p-ben', 'p-cid'].map((id) => reel.colourOf(id))).toEqual([0, 1, 2])
})

test('a journal that cannot be read any further says so, and is played up to there', async () => {
  const { reel, view } = await Playback.of(await telling([CAME, BROKEN]), 's')
  expect(reel.problem).toBe('The journal is damaged')
  expect(reel.marks).toHaveLength(1)
  expect(view.get().at).toBe(Date.parse(CAME.at))
})

test('a playback that was cut short is none', async () => {
  await expect(Playback.of(await telling([CAME]), 's')).rejects.toThrow('cut short')
})
