import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { UndoManager } from 'yjs'
import { languages, loadLanguages } from '../../src/room/languages.ts'
import type { Room } from '../../src/room/room.ts'
import { type Case, Server as Routes, type Task } from '../../src/room/server.ts'
import { caseName, isThere } from '../../src/room/task.ts'
import { draftOf, isSame, newCase, wantedOf } from '../../src/room/task-draft.ts'
import { Server } from '../server.ts'
import { connected, enter, until } from './guest.ts'

const SHOWN = { name: 'small', stdin: '2\n', expected: '4\n' }
const HIDDEN = { name: 'secret', stdin: '3\n', expected: '6\n', hidden: true }
const STARTERS = { python: '# twice\n', ruby: '# doubled\n' }

let server: Server
let session: string
let rooms: Room[] = []

beforeAll(async () => {
  server = await Server.started()
  await loadLanguages(new Routes(server.url))
})
afterAll(() => server.close())
beforeEach(async () => {
  session = await server.session()
})
afterEach(() => {
  for (const room of rooms) room.leave()
  rooms = []
})

async function guest(name: string): Promise<Room> {
  const room = enter(server, session, name)
  rooms.push(room)
  return connected(room)
}

function textOf(room: Room, text: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => room.text.toString() === text && resolve()
    room.text.observe(look)
    look()
  })
}

test('a task is told to everybody at once, each as they may see it', async () => {
  const [ann, ben] = [await guest('Ann'), await guest('Ben')]
  await until(ann.task.now, (task) => task?.revision === 0)
  expect(isThere(ann.task.now.get())).toBe(false)
  await server.writeTask(session, { text: '# Twice', cases: [HIDDEN, SHOWN] })
  for (const room of [ann, ben]) {
    const task = await until(room.task.now, (found) => found?.revision === 1)
    expect(task?.text).toBe('# Twice')
    expect(task?.caseCount).toBe(2)
    expect(task?.cases.map(({ number, name }) => [number, name])).toEqual([[2, 'small']])
    expect(room.task.mayWrite.get()).toBe(false)
  }
  await server.writeTask(session, { text: '# Twice', shared: false, cases: [SHOWN] })
  const hidden = await until(ann.task.now, (found) => found?.revision === 2)
  expect(isThere(hidden)).toBe(false)
})

test('starter code comes into a room that nobody has written in, and goes with its language', async () => {
  const ann = await guest('Ann')
  await server.writeTask(session, { starters: STARTERS })
  await textOf(ann, STARTERS.python)
  await until(ann.task.now, (task) => task?.revision === 1)
  ann.setLanguage('ruby')
  expect(ann.text.toString()).toBe(STARTERS.ruby)
  ann.setLanguage('lua')
  const lua = languages.get().find(({ name }) => name === 'lua')
  expect(ann.text.toString()).toBe(lua?.template)
  ann.text.insert(0, '-- mine\n')
  ann.setLanguage('python')
  expect(ann.text.toString()).toBe(`-- mine\n${lua?.template}`)
})

test('a run over the tests is told case by case, and can be looked at later', async () => {
  const [ann, ben] = [await guest('Ann'), await guest('Ben')]
  await server.writeTask(session, { cases: [SHOWN, HIDDEN, { ...SHOWN, expected: '5' }] })
  ann.text.insert(0, 'print(2 * int(input()))')
  await ann.runTests()
  for (const room of [ann, ben]) {
    const [run] = await until(room.runs.all, ([first]) => (first?.ending ?? null) !== null)
    expect(run?.caseCount).toBe(3)
    expect(run?.cases.map(({ passed }) => passed)).toEqual([true, true, false])
    expect(run?.cases.map(({ stdout }) => stdout)).toEqual(['4\n', null, '4\n'])
    expect(run?.ending?.detail).toBe('2 of 3 test cases passed')
  }
  const cat = await guest('Cat')
  const [later] = await until(cat.runs.all, ([first]) => (first?.cases.length ?? 0) > 0)
  expect(later?.cases.map(({ passed, hidden }) => [passed, hidden])).toEqual([
    [true, false],
    [true, true],
    [false, false],
  ])
})

test('a file takes the place of the text as one edit that can be undone', async () => {
  const ann = await guest('Ann')
  const undo = new UndoManager(ann.text, { captureTimeout: 0 })
  ann.text.insert(0, 'mine')
  expect(ann.isUntouched).toBe(false)
  ann.rewrite('puts 1\n', 'ruby')
  expect([ann.text.toString(), ann.record.get().language]).toEqual(['puts 1\n', 'ruby'])
  undo.undo()
  expect(ann.text.toString()).toBe('mine')
})

test('who is no host cannot write a task, and hears why', async () => {
  const ann = await guest('Ann')
  const saving = ann.saveTask({ text: 'mine', shared: true, starters: {}, cases: [] })
  await expect(saving).rejects.toThrow('Your role in this session does not allow that')
})

test('of two hosts who write at the same time the later one is told, and may go ahead', async () => {
  const headers = { 'x-host-token': server.hostToken(session) }
  const [ann, ben] = ['Ann', 'Ben'].map((name) => enter(server, session, name, { headers }))
  if (ann === undefined || ben === undefined) throw new Error('nobody came')
  rooms.push(ann, ben)
  for (const host of [ann, ben]) {
    await until(host.task.mayWrite, (may) => may)
    await until(host.task.now, (task) => task?.revision === 0)
  }
  const wanted = { revision: 0, shared: true, starters: {}, cases: [HIDDEN] as Case[] }
  expect(await ann.saveTask({ ...wanted, text: 'hers' })).toBe(true)
  expect(await ben.saveTask({ ...wanted, text: 'his' })).toBe(false)
  const theirs = await until(ben.task.now, (task) => task?.revision === 1)
  expect([theirs?.text, theirs?.cases[0]?.stdin]).toEqual(['hers', HIDDEN.stdin])
  expect(await ben.saveTask({ ...wanted, revision: null, text: 'his' })).toBe(true)
  await until(ann.task.now, (task) => task?.text === 'his')
})

const TASK: Task = {
  sessionId: 's',
  revision: 3,
  text: '# Twice',
  shared: false,
  starters: STARTERS,
  caseCount: 1,
  cases: [{ number: 1, comparison: 'exact', tolerance: 0.5, ...HIDDEN }],
  changedAt: null,
  userId: null,
}

test('a draft that nobody changed is the task', () => {
  const draft = draftOf(TASK)
  expect(isSame(draft, draftOf(TASK))).toBe(true)
  const { caseCount, sessionId, changedAt, userId, cases, ...rest } = TASK
  const wanted = wantedOf(draft, 3)
  expect(wanted).toEqual({ ...rest, cases: [{ ...HIDDEN, comparison: 'exact', tolerance: 0.5 }] })
  expect(wantedOf({ ...draft, text: '' }, null).revision).toBeNull()
  expect(isSame({ ...draft, text: '' }, draft)).toBe(false)
})

test('a task that nobody wrote begins as one for everybody', () => {
  expect(draftOf({ ...TASK, revision: 0 }).shared).toBe(true)
  expect(draftOf(TASK).shared).toBe(false)
})

test('a new test is compared as the one before it, and is told from all others', () => {
  const { cases } = draftOf(TASK)
  const added = newCase(cases)
  expect([added.key, added.comparison, added.hidden]).toEqual([2, 'exact', false])
  expect(newCase([]).comparison).toBe('trimmed')
})

test('a test is called by its number and its name', () => {
  expect(caseName({ number: 2, name: '', hidden: false })).toBe('Test 2')
  expect(caseName({ number: 2, name: 'small', hidden: true })).toBe('Hidden test 2: small')
})
