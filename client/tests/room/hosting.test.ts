import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { CloseCode } from '../../src/generated/protocol.ts'
import { account, loadAccount } from '../../src/room/account.ts'
import { inviteFor, redeem } from '../../src/room/invite.ts'
import { HostNotes } from '../../src/room/notes.ts'
import type { Room } from '../../src/room/room.ts'
import { Server as Routes } from '../../src/room/server.ts'
import { Server } from '../server.ts'
import { connected, enter, until } from './guest.ts'

let server: Server
let session: string
let rooms: Room[] = []

beforeAll(async () => {
  server = await Server.started()
})
afterAll(() => server.close())
beforeEach(async () => {
  session = await server.session()
})
afterEach(() => {
  for (const room of rooms) room.leave()
  rooms = []
})

function comes(name: string, headers: Record<string, string> = {}): Room {
  const room = enter(server, session, name, { headers })
  rooms.push(room)
  return room
}

async function host(name = 'Ann'): Promise<Room> {
  const room = await connected(comes(name, { 'x-host-token': server.hostToken(session) }))
  await until(room.hosting.people, (people) => people.some(({ role }) => role === 'host'))
  return room
}

/** Somebody as the host sees them, once they are so. */
async function seen(room: Room, name: string, be: (role: string | null) => boolean) {
  const people = await until(room.hosting.people, (all) =>
    all.some((each) => each.name === name && be(each.role)),
  )
  const person = people.find((each) => each.name === name)
  if (person === undefined) throw new Error(`${name} is not there`)
  return person
}

test('who asks to be let in is shown to hosts by name, and is in once they say so', async () => {
  const ann = await host()
  await ann.hosting.rule({ strangers: 'ask' })
  const ben = comes('Ben')
  const asking = await seen(ann, 'Ben', (role) => role === null)
  expect(ann.notices.get().at(-1)?.text).toBe('Ben asks to be let in')
  await ann.hosting.seat(asking.id, 'editor')
  await connected(ben)
  expect((await seen(ann, 'Ben', (role) => role === 'editor')).userIds).toEqual(['p-Ben'])
})

test('who does not wait any longer is not shown', async () => {
  const ann = await host()
  await ann.hosting.rule({ strangers: 'ask' })
  const ben = comes('Ben')
  await seen(ann, 'Ben', (role) => role === null)
  ben.leave()
  await until(ann.hosting.people, (people) => people.every(({ name }) => name !== 'Ben'))
})

test('who is here when the door is locked stays what they are', async () => {
  const ann = await host()
  const ben = await connected(comes('Ben'))
  const eve = comes('Eve')
  await seen(ann, 'Eve', (role) => role === 'editor')
  await ann.hosting.seat((await seen(ann, 'Eve', () => true)).id, 'viewer')
  await until(eve.isReadOnly, (isReadOnly) => isReadOnly)
  expect(await ann.hosting.ruleStrangers('ask')).toBe(true)
  await until(ann.access, (access) => access?.strangers === 'ask')
  for (const [room, role] of [
    [ben, 'editor'],
    [eve, 'viewer'],
  ] as const) {
    await until(room.access, (access) => access?.strangers === 'ask')
    expect(room.access.get()?.role).toBe(role)
    expect(room.link.get().state.kind).toBe('connected')
  }
})

test('who is refused is told so', async () => {
  const ann = await host()
  await ann.hosting.rule({ strangers: 'ask' })
  const ben = comes('Ben')
  await ann.hosting.remove((await seen(ann, 'Ben', (role) => role === null)).id)
  await until(ben.link, ({ state }) => state.kind === 'ended')
  expect(ben.link.get().state).toMatchObject({ code: CloseCode.NOT_ADMITTED })
})

test('a role changes while somebody is in the room, and both hear it', async () => {
  const ann = await host()
  const guest = { 'x-guest-token': 'the-guest-token-of-somebody-whose-role-changes' }
  const ben = await connected(comes('Ben', guest))
  const { id } = await seen(ann, 'Ben', (role) => role === 'editor')
  await ann.hosting.seat(id, 'viewer')
  await until(ben.isReadOnly, (isReadOnly) => isReadOnly)
  await until(ann.notices, (told) => told.some(({ text }) => text === 'Ben can look on now'))
  expect(ben.hosting.people.get()).toEqual([])
  await ann.hosting.seat(id, 'host')
  await until(ben.hosting.people, (people) => people.length === 2)
  expect(ben.isReadOnly.get()).toBe(false)
  expect(ben.notices.get().at(-1)?.text).toBe('You are a host now')
  await ann.hosting.seat(id, 'editor')
  await until(ben.hosting.isHost, (isHost) => !isHost)
  expect(ben.hosting.people.get()).toEqual([])
})

test('who is sent away for good stays outside until a host allows it again', async () => {
  const ann = await host()
  const guest = { 'x-guest-token': 'a-guest-token-of-this-test-that-is-long-enough' }
  const ben = await connected(comes('Ben', guest))
  const { id } = await seen(ann, 'Ben', (role) => role === 'editor')
  await ann.hosting.remove(id, true)
  await until(ben.link, ({ state }) => state.kind === 'ended')
  expect(ben.link.get().state).toMatchObject({ code: CloseCode.REMOVED })
  const back = comes('Ben', guest)
  await until(back.link, ({ state }) => state.kind === 'ended')
  expect((await back.entrance.server.access(session)).outside).toBe('banned')
  await ann.hosting.remove(id)
  await connected(comes('Ben', guest))
})

test('a room that is ended and reopened is read in between, by its host too', async () => {
  const ann = await host()
  const ben = await connected(comes('Ben'))
  await ann.hosting.rule({ ended: true })
  await until(ben.isReadOnly, (isReadOnly) => isReadOnly)
  await until(ann.isReadOnly, (isReadOnly) => isReadOnly)
  await ann.hosting.rule({ ended: false })
  await until(ben.isReadOnly, (isReadOnly) => !isReadOnly)
  await until(ann.isReadOnly, (isReadOnly) => !isReadOnly)
})

test('what a host may not do is said in words', async () => {
  const ben = await connected(comes('Ben'))
  expect(await ben.hosting.rule({ ended: true })).toBe(false)
  expect(ben.notices.get().at(-1)).toMatchObject({ isProblem: true })
})

test('an invite gives its role to who comes by it, once where it is for one person', async () => {
  const ann = await host()
  await ann.hosting.rule({ strangers: 'viewer' })
  const { url } = await ann.hosting.makeInvite({ role: 'editor', singleUse: true })
  const kept = new Map<string, string>()
  const tab = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  }
  const secret = inviteFor(session, new URL(url).hash, tab)
  expect(inviteFor(session, '', tab)).toBe(secret)
  expect(inviteFor('another', '', tab)).toBe('')

  const guest = { 'x-guest-token': 'another-guest-token-of-this-test-long-enough' }
  const routes = new Routes(server.url, guest)
  expect(await redeem(routes, session, secret, 'Ben', tab)).toBeNull()
  expect(inviteFor(session, '', tab)).toBe('')
  const ben = await connected(comes('Ben', guest))
  expect(ben.access.get()?.role).toBe('editor')
  const [used] = await ann.hosting.invites()
  expect(ann.hosting.nameOf(used?.usedBy ?? '')).toBe('Ben')

  const late = await redeem(new Routes(server.url), session, secret, 'Eve', tab)
  expect(late).toContain('does not hold any more')
})

test('an invite that could not be asked for is kept', async () => {
  const kept = { value: null as string | null }
  const tab = {
    getItem: () => kept.value,
    setItem: (_: string, value: string) => {
      kept.value = value
    },
    removeItem: () => {
      kept.value = null
    },
  }
  const secret = inviteFor(session, '#invite=abc', tab)
  const nowhere = new Routes('http://127.0.0.1:9')
  await expect(redeem(nowhere, session, secret, '', tab)).rejects.toThrow()
  expect(inviteFor(session, '', tab)).toBe('abc')
})

test('where nobody has to sign in one is a guest', async () => {
  await loadAccount(new Routes(server.url))
  expect(account.get()).toEqual({ kind: 'guest' })
})

test('notes whose answer was lost are not those of another host', async () => {
  class Losing extends Routes {
    loses = true

    override async writeNotes(id: string, text: string, revision: number) {
      const answer = await super.writeNotes(id, text, revision)
      if (this.loses) throw new TypeError('the answer was lost')
      return answer
    }
  }
  const routes = new Losing(server.url, { 'x-host-token': server.hostToken(session) })
  const notes = new HostNotes(routes, session, 0)
  await notes.load()
  notes.write('one')
  await notes.save()
  expect(notes.view.get().state).toBe('unsaved')
  routes.loses = false
  notes.write('one, two')
  await notes.save()
  expect(notes.view.get()).toEqual({ text: 'one, two', state: 'saved', theirs: '' })
})

test('notes that two hosts write at once are both kept until one has merged them', async () => {
  const ann = await host()
  const [mine, other] = [0, 0].map(
    (pauseMs) => new HostNotes(ann.entrance.server, session, pauseMs),
  ) as [HostNotes, HostNotes]
  await Promise.all([mine.load(), other.load()])
  other.write('theirs')
  await other.save()
  mine.write('mine')
  await mine.save()
  expect(mine.view.get()).toEqual({ text: 'mine', state: 'changed', theirs: 'theirs' })
  mine.write('mine, theirs')
  await mine.save()
  await other.load()
  expect(other.view.get()).toMatchObject({ text: 'theirs', state: 'saved' })
  await mine.saveMerged()
  await other.load()
  expect(other.view.get()).toMatchObject({ text: 'mine, theirs', state: 'saved' })

  // Whoever takes all of theirs has nothing to save.
  other.write('once more')
  await other.save()
  mine.write('late')
  await mine.save()
  mine.write('once more')
  await mine.saveMerged()
  expect(mine.view.get()).toEqual({ text: 'once more', state: 'saved', theirs: '' })
})

test('hosts read what another of them noted, and the last that was typed is kept', async () => {
  const ann = await host()
  const notes = new HostNotes(ann.entrance.server, session, 0)
  await notes.load()
  notes.write('first')
  const first = notes.save()
  notes.write('second')
  await first
  await until(notes.view, ({ text, state }) => text === 'second' && state === 'saved')
  const again = new HostNotes(ann.entrance.server, session, 0)
  await again.load()
  expect(again.view.get()).toMatchObject({ text: 'second', state: 'saved' })
  again.write('third')
  await again.save()
  await notes.load()
  expect(notes.view.get()).toMatchObject({ text: 'third', state: 'saved' })

  const ben = new HostNotes(new Routes(server.url), session)
  await ben.load()
  expect(ben.view.get().state).toBe('missing')
})
