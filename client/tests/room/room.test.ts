import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { languages, loadLanguages } from '../../src/room/languages.ts'
import { Playback } from '../../src/room/playback.ts'
import type { Room } from '../../src/room/room.ts'
import type { RunView } from '../../src/room/run-view.ts'
import { Server as Routes } from '../../src/room/server.ts'
import { forgetGone, noteVisit, visited } from '../../src/room/visited.ts'
import { Line } from '../line.ts'
import { Server } from '../server.ts'
import { connected, enter, until } from './guest.ts'

const SIZE = { rows: 24, columns: 80 }

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
  languages.set([])
})

async function guest(name: string, routesAt = server.url): Promise<Room> {
  const room = enter(server, session, name, { routesAt })
  rooms.push(room)
  return connected(room)
}

async function textIs(room: Room, text: string): Promise<void> {
  if (room.text.toString() === text) return
  await new Promise<void>((resolve) => {
    room.text.observe(() => room.text.toString() === text && resolve())
  })
}

async function ended(room: Room): Promise<RunView> {
  const [run] = await until(room.runs.all, ([newest]) => (newest?.ending ?? null) !== null)
  if (run === undefined) throw new Error('nothing ran')
  return run
}

test('one person with two windows is one person', async () => {
  const ann = await guest('Ann')
  await guest('Ann')
  const ben = await guest('Ben')
  const people = await until(ben.people, (all) => all.some(({ clients }) => clients.length === 2))
  expect(people.map(({ name }) => name)).toEqual(['Ben', 'Ann'])
  await until(ann.people, (all) => all.length === 2)
})

test('another name is told to everybody, and the room stays', async () => {
  const ann = await guest('Ann')
  const ben = await guest('Ben')
  ann.text.insert(0, 'mine')
  ann.rename('Anna')
  await until(ben.people, (all) => all.some(({ name }) => name === 'Anna'))
  expect(ann.people.get()).toMatchObject([{ name: 'Anna', isMe: true }, { name: 'Ben' }])
  expect(ann.text.toString()).toBe('mine')
})

test('who leaves is not followed any more', async () => {
  const ann = await guest('Ann')
  const ben = enter(server, session, 'Ben')
  await connected(ben)
  await until(ann.people, (all) => all.length === 2)
  ann.follow('p-Ben')
  ben.leave()
  await until(ann.following, (id) => id === null)
})

test('everybody is told of another language, and the text stays', async () => {
  const ann = await guest('Ann')
  const ben = await guest('Ben')
  ann.text.insert(0, 'one = 1')
  await until(ben.people, (all) => all.length === 2)
  ann.setLanguage('ruby')
  await until(ben.record, ({ language }) => language === 'ruby')
  expect(ben.notices.get().at(-1)?.text).toBe('Ann changed the language to ruby')
  expect(ben.text.toString()).toBe('one = 1')
})

test('a text that nobody has written goes with its language', async () => {
  const ann = await guest('Ann')
  ann.text.insert(0, '# Write your python code here\n')
  ann.setLanguage('go')
  expect(ann.text.toString()).toBe('')
})

test('of languages that two choose at once one begins the text', async () => {
  const ann = await guest('Ann')
  const ben = await guest('Ben')
  await loadLanguages(new Routes(server.url))
  ann.setLanguage('ruby')
  ben.setLanguage('lua')
  // Of what is set at the same time that of the greater client holds.
  const holding = ann.doc.clientID > ben.doc.clientID ? 'ruby' : 'lua'
  const template = languages.get().find(({ name }) => name === holding)?.template
  for (const room of [ann, ben]) {
    await until(room.record, ({ language }) => language === holding)
    await textIs(room, template ?? '')
  }
})

test('a language that is chosen without a connection puts nothing in', async () => {
  const line = await Line.to(server.port)
  const ann = enter(server, session, 'Ann', { socketsAt: `ws://127.0.0.1:${line.port}` })
  rooms.push(ann)
  await connected(ann)
  await loadLanguages(new Routes(server.url))
  line.cut()
  await until(ann.link, ({ state }) => state.kind === 'reconnecting')
  ann.setLanguage('ruby')
  expect(ann.record.get().language).toBe('ruby')
  expect(ann.text.toString()).toBe('')
  line.close()
})

test('what the server runs is asked for again with the connection, where that is not known', async () => {
  const line = await Line.to(server.port)
  const ann = enter(server, session, 'Ann', { socketsAt: `ws://127.0.0.1:${line.port}` })
  rooms.push(ann)
  await connected(ann)
  languages.set([])
  line.cut()
  await until(ann.link, ({ state }) => state.kind === 'reconnecting')
  line.mend()
  await until(languages, (known) => known.length > 0)
  line.close()
})

test('a title that is taken away is none', async () => {
  const ann = await guest('Ann')
  const ben = await guest('Ben')
  ann.setTitle('Two sum')
  await until(ben.record, ({ title }) => title === 'Two sum')
  ann.setTitle('')
  await until(ben.record, ({ title }) => title === '')
})

test('everybody sees whose run it is and all that it prints', async () => {
  const ann = await guest('Ann')
  const ben = await guest('Ben')
  ann.text.insert(0, 'print("Hello", input())')
  await connected(ann)
  await ann.run(SIZE)
  const [run] = await until(ben.runs.all, (runs) => runs.length === 1)
  ben.type(run?.id ?? '', 'Ben\n')
  const seen = await ended(ann)
  expect(ann.nameOf(seen.userId)).toBe('Ann')
  expect(seen.ending).toMatchObject({ verdict: 'ok', exitCode: 0 })
  expect(seen.log.text.replaceAll('\r', '')).toBe('Ben\nHello Ben\n')
  expect((await ended(ben)).log.text).toBe(seen.log.text)
})

test('who comes while a program runs has its output from the start', async () => {
  const ann = await guest('Ann')
  ann.text.insert(0, 'print("early")\nprint("late", input())')
  await connected(ann)
  await ann.run(SIZE)
  const ben = await guest('Ben')
  const [run] = await until(ben.runs.all, (runs) => runs.length === 1)
  if (run === undefined) throw new Error('nothing runs')
  await new Promise<void>((resolve) => {
    const look = () => /early\r?\n/.test(run.log.text) && resolve()
    run.log.subscribe(look)
    look()
  })
  ben.type(run.id, 'x\n')
  const seen = await ended(ben)
  expect(seen.log.text.replaceAll('\r', '')).toBe('early\nx\nlate x\n')
})

test('who comes after a run has its output and its ending', async () => {
  const ann = await guest('Ann')
  ann.text.insert(0, 'print("there")\nraise SystemExit(3)')
  await connected(ann)
  await ann.run(SIZE)
  await ended(ann)
  const ben = await guest('Ben')
  const seen = await ended(ben)
  expect(seen.ending).toMatchObject({ verdict: 'failed', exitCode: 3 })
  if (!seen.log.text.includes('there')) {
    await new Promise<void>((resolve) => {
      seen.log.subscribe(() => seen.log.text.includes('there') && resolve())
    })
  }
})

test('who ran something is known when they have left', async () => {
  const ann = enter(server, session, 'Ann')
  await connected(ann)
  await ann.run(SIZE)
  await ended(ann)
  ann.leave()
  const ben = await guest('Ben')
  const [run] = await until(ben.runs.all, (runs) => runs.length === 1)
  expect(ben.nameOf(run?.userId ?? '')).toBe('Ann')
})

test('runs of long ago come page by page', async () => {
  const count = 60
  for (let number = 1; number <= count; number += 1) await server.report(session, `${number}`)
  const ann = await guest('Ann')
  const { all, earlier } = ann.runs
  await until(all, (runs) => runs.length > 0)
  const first = all.get().length
  expect(first).toBeLessThan(count)
  await ann.runs.loadEarlier()
  expect(all.get()).toHaveLength(count)
  expect(earlier.get()).toBeNull()
  const oldest = all.get().at(-1)
  await ann.runs.show(oldest?.id ?? '')
  expect(oldest?.log.text).toBe('1')
})

test('an endless program is stopped by anybody', async () => {
  const ann = await guest('Ann')
  const ben = await guest('Ben')
  ann.text.insert(0, 'while True: pass')
  await connected(ann)
  await ann.run(SIZE)
  const [run] = await until(ben.runs.all, (runs) => runs.length === 1)
  await ben.stop(run?.id ?? '')
  expect((await ended(ann)).ending?.verdict).toBe('cancelled')
})

test('of several programs the one that is looked at is stopped, else the newest', async () => {
  const ann = await guest('Ann')
  const ben = await guest('Ben')
  ann.text.insert(0, 'input()')
  for (const count of [1, 2, 3]) {
    await ann.run(SIZE)
    await until(ben.runs.all, (runs) => runs.length === count)
  }
  const { all, running } = ben.runs
  const [third = '', second = '', first = ''] = all.get().map(({ id }) => id)
  expect(running.get()?.id).toBe(third)
  await ben.runs.show(first)
  expect(running.get()?.id).toBe(first)
  await ben.stop(first)
  await until(running, (run) => run?.id === third)
  await ben.stop(third)
  await until(running, (run) => run?.id === second)
  await ben.stop(second)
  await until(running, (run) => run === null)
})

test('a run that is refused is said in words', async () => {
  const ann = await guest('Ann')
  await ann.run({ rows: 0, columns: 0 })
  expect(ann.notices.get().at(-1)).toMatchObject({ isProblem: true })
  expect(ann.runs.isStarting.get()).toBe(false)
})

test('a playback ends with the text that is there, wherever it was before', async () => {
  const ann = await guest('Ann')
  const ben = await guest('Ben')
  for (const word of ['one ', 'two ', 'three ', 'four ']) ann.text.insert(ann.text.length, word)
  await connected(ann)
  await until(ben.people, (all) => all.length === 2)
  ben.text.delete(0, 4)
  ben.text.insert(ben.text.length, 'x'.repeat(300))
  await connected(ben)
  await ben.run(SIZE)
  await ended(ben)
  const playback = await Playback.of(new Routes(server.url), session)
  const { reel } = playback
  const last = ann.text.toString()
  expect(playback.view.get().text).toBe(last)
  const texts = reel.steps.map((_, step) => {
    reel.moveTo(step)
    return reel.text
  })
  for (const step of texts.keys()) {
    reel.moveTo(texts.length - 1 - step)
    expect(reel.text).toBe(texts[texts.length - 1 - step])
  }
  expect(reel.marks.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['joined', 'run', 'pasted']),
  )
  playback.seek(reel.firstAt)
  playback.set({ speed: 16 })
  playback.toggle()
  for (let ticks = 0; playback.view.get().isPlaying; ticks += 1) {
    expect(ticks).toBeLessThan(10_000)
    playback.tick(16)
  }
  expect(playback.view.get().text).toBe(last)
  expect(playback.toNext('run')).toBe(false)
})

test('a playback goes from one event to the next and back, and to where an update was the last', async () => {
  const ann = await guest('Ann')
  ann.setTitle('one')
  await connected(ann)
  ann.text.insert(0, 'first')
  await connected(ann)
  ann.setTitle('two')
  await connected(ann)
  ann.text.insert(5, ' second')
  await connected(ann)
  const playback = await Playback.of(new Routes(server.url), session)
  const titles = () => playback.view.get().marks.map(({ subject }) => subject)
  playback.seek(playback.reel.firstAt)
  while (!titles().includes('one')) expect(playback.toNext()).toBe(true)
  expect(playback.toNext()).toBe(true)
  expect(titles()).toEqual(['two'])
  expect(playback.view.get().text).toBe('first')
  expect(playback.toNext()).toBe(false)
  expect(playback.toPrevious()).toBe(true)
  expect(titles()).toContain('one')
  for (const { seq } of playback.reel.steps) {
    playback.seekUpdate(seq)
    expect(playback.view.get().seq).toBe(seq)
  }
})

test('a text with a name is found again, and gone back to', async () => {
  const ann = await guest('Ann')
  const ben = await guest('Ben')
  const { server: routes } = ann.entrance
  ann.text.insert(0, 'it works')
  await connected(ann)
  const named = await routes.nameVersion(session, 'Works', ann.myId)
  ann.text.insert(0, 'no more, ')
  await connected(ann)
  expect(await ben.entrance.server.versions(session)).toEqual([named])
  const playback = await Playback.of(routes, session)
  playback.seekUpdate(named.seq)
  expect(playback.view.get().text).toBe('it works')
  expect(await ben.restore(named.seq)).toBe(true)
  for (const room of [ann, ben]) await textIs(room, 'it works')
  await routes.forgetVersion(session, named.id)
  expect(await routes.versions(session)).toEqual([])
})

test('who only looks on cannot go back to another text, and hears why', async () => {
  const ann = await guest('Ann')
  await server.rule(session, { editingLocked: true })
  await until(ann.isReadOnly, (isReadOnly) => isReadOnly)
  expect([ann.may('restore'), ann.may('name'), ann.may('read')]).toEqual([false, true, true])
  expect(await ann.restore(0)).toBe(false)
  expect(ann.notices.get().at(-1)).toMatchObject({ isProblem: true })
})

test('what is told at the same time is told whole', async () => {
  const ann = await guest('Ann')
  for (const word of ['one', 'two', 'three']) ann.tell(word)
  expect(
    ann.notices
      .get()
      .slice(-3)
      .map(({ text }) => text),
  ).toEqual(['one', 'two', 'three'])
})

test('who has to be let in waits for it without a limit, and is in then', async () => {
  await server.rule(session, { strangers: 'ask' })
  const ann = enter(server, session, 'Ann')
  rooms.push(ann)
  await until(ann.isWaiting, (isWaiting) => isWaiting)
  expect(ann.link.get().state.kind).toBe('connecting')
  await server.admit(session, 'editor')
  await connected(ann)
  expect(ann.isWaiting.get()).toBe(false)
  ann.text.insert(0, 'in')
  await connected(ann)
})

test('while editing is locked nothing is sent, and it is said once', async () => {
  const ann = await guest('Ann')
  await server.rule(session, { editingLocked: true })
  await until(ann.isReadOnly, (isReadOnly) => isReadOnly)
  expect(ann.notices.get().at(-1)).toMatchObject({
    text: 'A host has locked editing',
    isProblem: false,
  })
  expect(ann.mayRun.get()).toBe(true)
  ann.text.insert(0, 'late')
  expect(ann.link.get()).toMatchObject({ state: { kind: 'connected' }, saving: 'kept' })
  await server.rule(session, { editingLocked: false })
  await until(ann.isReadOnly, (isReadOnly) => !isReadOnly)
  await connected(ann)
  expect(ann.text.toString()).toBe('late')
})

test('a room that has ended is only read, and runs nothing', async () => {
  const ann = await guest('Ann')
  await server.rule(session, { ended: true })
  await until(ann.isReadOnly, (isReadOnly) => isReadOnly)
  expect(ann.mayRun.get()).toBe(false)
  expect(ann.notices.get().at(-1)?.text).toBe('This room has ended. It can still be read')
})

test('a run that its server did not survive has ended', async () => {
  const ann = await guest('Ann')
  ann.text.insert(0, 'input()')
  await connected(ann)
  await ann.run(SIZE)
  await until(ann.runs.all, (runs) => runs.length === 1)
  const ben = await guest('Ben') // he follows it, she hears it
  await until(ben.runs.all, (runs) => runs.length === 1)
  await server.kill()
  await server.start()
  for (const room of [ann, ben]) {
    expect((await ended(room)).ending?.detail).toBe('The server stopped while it ran')
  }
})

test('the runs that were are asked for again where they could not be had', async () => {
  const ann = await guest('Ann')
  await ann.run(SIZE)
  await ended(ann)
  const line = await Line.to(server.port)
  line.cut()
  const ben = await guest('Ben', `http://127.0.0.1:${line.port}`)
  await until(ben.notices, (told) => told.some(({ isProblem }) => isProblem))
  expect(ben.runs.all.get()).toEqual([])
  line.mend()
  await until(ben.runs.all, (runs) => runs.length === 1)
  line.close()
})

test('what is on the screen runs, once for however many presses', async () => {
  const ann = await guest('Ann')
  ann.text.insert(0, 'print("typed just now")')
  await Promise.all([ann.run(SIZE), ann.run(SIZE), ann.run(SIZE)])
  expect(ann.runs.all.get()).toHaveLength(1)
  expect((await ended(ann)).log.text.trim()).toBe('typed just now')
  expect(ann.runs.all.get()).toHaveLength(1)
})

test('whose run ended is said to those who do not see it', async () => {
  const ann = await guest('Ann')
  const ben = await guest('Ben')
  ann.text.insert(0, 'raise SystemExit(3)')
  await ann.run(SIZE)
  const [own, other] = await Promise.all(
    [ann, ben].map((room) => until(room.notices, (told) => told.some(({ isUnseen }) => isUnseen))),
  )
  expect(own?.at(-1)?.text).toBe('Your run: Failed with exit code 3')
  expect(other?.at(-1)?.text).toBe('The run of Ann: Failed with exit code 3')
})

test('a program is told of another size by who started it, and by nobody else', async () => {
  const ann = await guest('Ann')
  const ben = await guest('Ben')
  ann.text.insert(
    0,
    'import os, signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])\n' +
      'print("ready", flush=True)\nsignal.sigwait([signal.SIGWINCH])\n' +
      'print(*os.get_terminal_size())\n',
  )
  await ann.run(SIZE)
  const [run] = await until(ben.runs.all, ([newest]) => newest !== undefined)
  if (run === undefined) throw new Error('nothing ran')
  await new Promise<void>((resolve) => {
    const look = () => run.log.text.includes('ready') && resolve()
    run.log.subscribe(look)
    look()
  })
  await ben.resizeTerminal(run.id, { rows: 2, columns: 2 })
  await ann.resizeTerminal(run.id, { rows: 30, columns: 101 })
  await ended(ben)
  expect(run.log.text).toContain('101 30')
})

test('rooms that are gone are forgotten, the others are not', async () => {
  for (const id of [session, 'gone']) {
    noteVisit({ id, title: '', language: 'python', at: 1, isHost: false })
  }
  await forgetGone(new Routes(server.url))
  expect(visited.get().map(({ id }) => id)).toEqual([session])
  await forgetGone(new Routes('http://127.0.0.1:1'))
  expect(visited.get()).toHaveLength(1)
})
