import { expect, test } from 'vitest'
import type { AccessEvent } from '../../src/generated/protocol.ts'
import { linkToShare, readOnlyCaveat } from '../../src/room/links.ts'

const ROOM = 'https://example.org/interview/1'
const EDITOR: AccessEvent = {
  type: 'access',
  timestamp: '',
  sessionId: '1',
  role: 'editor',
  outside: null,
  deeds: [],
  strangers: 'editor',
  editingLocked: false,
  runningLocked: false,
  endedAt: null,
  deletionTakesHost: false,
}

test('who edits gives the room itself away', () => {
  expect(linkToShare(ROOM, false, EDITOR)).toBe(ROOM)
  expect(linkToShare(ROOM, false, null)).toBe(ROOM)
})

test('who only looks on gives no more away than that', () => {
  expect(linkToShare(ROOM, true, EDITOR)).toBe(`${ROOM}?readonly=1`)
  expect(linkToShare(ROOM, false, { ...EDITOR, role: 'viewer' })).toBe(`${ROOM}?readonly=1`)
})

test('a link that lets nobody edit is given away by viewers as it is', () => {
  const viewer = { ...EDITOR, role: 'viewer' } as const
  expect(linkToShare(ROOM, false, { ...viewer, strangers: 'viewer' })).toBe(ROOM)
  expect(linkToShare(ROOM, false, { ...viewer, strangers: 'ask' })).toBe(ROOM)
})

test('that a read-only link can be made one to edit is said where that is so', () => {
  expect(readOnlyCaveat(EDITOR)).toContain('can edit')
  expect(readOnlyCaveat({ ...EDITOR, role: 'host' })).toContain('can edit')
  expect(readOnlyCaveat({ ...EDITOR, strangers: 'viewer' })).toBe(null)
  expect(readOnlyCaveat({ ...EDITOR, strangers: 'ask' })).toBe(null)
  expect(readOnlyCaveat(null)).toBe(null)
})
