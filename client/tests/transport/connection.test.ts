import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { CloseCode } from '../../src/generated/protocol.ts'
import { Line } from '../line.ts'
import { Relay } from '../relay.ts'
import { Server } from '../server.ts'
import { Member, type Options } from './member.ts'

let server: Server
let session: string
let line: Line
let members: Member[] = []

beforeAll(async () => {
  server = await Server.started()
})
afterAll(() => server.close())
beforeEach(async () => {
  session = await server.session()
  line = await Line.to(server.port)
})
afterEach(() => {
  for (const member of members) member.leave()
  members = []
  line.close()
})

function member(name: string): Member {
  const made = new Member(name)
  members.push(made)
  return made
}

async function joined(name: string, options?: Options, port = server.port): Promise<Member> {
  const made = member(name).join(port, session, options)
  await made.until(() => made.isSaved)
  return made
}

async function agree(text: string): Promise<void> {
  await Promise.all(members.map((each) => each.until(() => each.text.toString() === text)))
}

test('what one writes the others have, and it is saved', async () => {
  const ann = await joined('Ann')
  const ben = await joined('Ben')
  ann.write('one ')
  expect(ann.connection.saving).toBe('saving')
  await ben.until(() => ben.text.length === 4)
  ben.write('two')
  await agree('one two')
  await ann.until(() => ann.isSaved)
  await ben.until(() => ben.isSaved)
})

test('everybody sees who is here, and at once who is not any more', async () => {
  const ann = await joined('Ann')
  const ben = await joined('Ben')
  await ann.until(() => ann.names.length === 2)
  expect(ann.names).toEqual(['Ann', 'Ben'])
  await ben.until(() => ben.names.length === 2)
  ben.connection.close()
  await ann.until(() => ann.names.length === 1)
  expect(ben.names).toEqual(['Ben'])
  await ann.until(() => ann.events.some(({ type }) => type === 'left'))
  expect(ann.events.filter(({ type }) => type === 'joined')).toMatchObject([
    { name: 'Ann' },
    { name: 'Ben' },
  ])
})

test('what is written without a connection is kept, and everybody has it afterwards', async () => {
  const ann = await joined('Ann', {}, line.port)
  const ben = await joined('Ben')
  line.cut()
  await ann.until(() => ann.connection.state.kind === 'reconnecting')
  expect(ann.names).toEqual(['Ann'])
  expect(ann.connection.saving).toBe('saved')
  ann.write('away ')
  expect(ann.connection.saving).toBe('kept')
  ben.write('here ')
  line.mend()
  await ann.until(() => ann.isSaved)
  expect(ann.names).toEqual(['Ann', 'Ben'])
  await ben.until(() => ben.text.length === 10)
  expect(ben.text.toString()).toBe(ann.text.toString())
})

test('a connection that died in silence is noticed and made anew', async () => {
  const ann = await joined('Ann', { silenceMs: 50, probeMs: 50, lookMs: 20 }, line.port)
  line.freeze()
  ann.write('into the void')
  await ann.until(() => ann.connection.state.kind === 'reconnecting')
  await ann.until(() => ann.isSaved)
  const ben = await joined('Ben')
  expect(ben.text.toString()).toBe('into the void')
})

test('a connection that is only quiet is kept', async () => {
  const ann = await joined('Ann', { silenceMs: 20, probeMs: 5_000, lookMs: 10 }, line.port)
  let answers = 0
  const asked = new Promise<void>((resolve) => {
    ann.awareness.on('update', () => {
      answers += 1
      if (answers === 3) resolve()
    })
  })
  for (let times = 0; times < 3; times += 1) ann.awareness.setLocalStateField('time', times)
  await asked
  expect(line.connections).toBe(1)
})

test('waking notices a dead connection and makes a new one without a pause', async () => {
  const slow = { firstPauseMs: 10, lookMs: 60_000, wakeProbeMs: 50 }
  const ann = await joined('Ann', slow, line.port)
  line.freeze()
  ann.wake()
  await ann.until(() => ann.connection.state.kind === 'reconnecting')
  await ann.until(() => ann.isSaved)
  expect(line.connections).toBe(2)
})

test('waking does not wait for the end of a pause', async () => {
  const ann = await joined('Ann', { firstPauseMs: 3_600_000, longestPauseMs: 3_600_000 }, line.port)
  line.drop()
  await ann.until(() => ann.connection.state.kind === 'reconnecting')
  ann.wake()
  await ann.until(() => ann.isSaved)
})

test('waking leaves a connection alone that lives', async () => {
  const ann = await joined('Ann', { wakeProbeMs: 60_000 }, line.port)
  ann.wake()
  ann.write('awake')
  await ann.until(() => ann.isSaved)
  expect(line.connections).toBe(1)
})

test('after a message that cannot be read everything is asked for anew', async () => {
  const relay = await Relay.to(server.port)
  const ann = await joined('Ann')
  const ben = await joined('Ben', {}, relay.port)
  await ben.until(() => ben.names.length === 2)
  relay.harmed = 1
  ann.write('one ')
  await ben.until(() => ben.states.includes('reconnecting'))
  ann.write('two')
  await agree('one two')
  expect(ben.states.at(-1)).toBe('connected')
  relay.close()
})

test('a killed server loses nothing that was said to be saved, and nobody has to reload', async () => {
  const own = await Server.started()
  try {
    session = await own.session()
    const ann = await joined('Ann', {}, own.port)
    ann.write('saved ')
    await ann.until(() => ann.isSaved)
    await own.kill()
    await ann.until(() => ann.connection.state.kind === 'reconnecting')
    ann.write('and kept')
    await own.start()
    await ann.until(() => ann.isSaved)
    const ben = await joined('Ben', {}, own.port)
    expect(ben.text.toString()).toBe('saved and kept')
  } finally {
    await own.close()
  }
})

test('a session that is not there ends it for good', async () => {
  const ann = member('Ann').join(line.port, 'nobody')
  await ann.until(() => ann.connection.state.kind === 'ended')
  expect(ann.connection.state).toMatchObject({ code: 4404 })
  ann.wake()
  ann.write('x')
  expect(line.connections).toBe(1)
})

test('a full room says so, and is tried again until there is a place', async () => {
  const small = await Server.started({ ALGOROOM_MAX_ROOM_CONNECTIONS: '1' })
  try {
    session = await small.session()
    const ann = await joined('Ann', {}, small.port)
    const ben = member('Ben').join(small.port, session)
    const refused = () => {
      const { state } = ben.connection
      return state.kind === 'connecting' ? state.refused : null
    }
    await ben.until(() => refused() !== null)
    expect(refused()).toMatchObject({ code: CloseCode.ROOM_FULL })
    ann.connection.close()
    await ben.until(() => ben.isSaved)
  } finally {
    for (const each of members) each.leave()
    await small.close()
  }
})

test('what is too large for a room ends it for good, and is not sent again and again', async () => {
  const ann = await joined('Ann')
  ann.write('x'.repeat(1_200_000))
  await ann.until(() => ann.connection.state.kind === 'ended')
  expect([1009, 4413]).toContain((ann.connection.state as { code: number }).code)
  expect(ann.connection.saving).toBe('kept')
  ann.wake()
  expect(ann.connection.state.kind).toBe('ended')
})

test('who may only read is told everything and sends nothing', async () => {
  const ann = await joined('Ann')
  ann.write('read me')
  const eve = member('Eve').join(server.port, session, { readOnly: true })
  await agree('read me')
  eve.write('!')
  expect(eve.connection.saving).toBe('saved')
  ann.write('.')
  await ann.until(() => ann.isSaved)
  await eve.until(() => eve.text.toString().includes('.'))
  expect(ann.text.toString()).toBe('read me.')
  expect(eve.connection.state.kind).toBe('connected')
})

test('everybody sees what a program prints, and what is typed to it', async () => {
  const ann = await joined('Ann')
  const ben = await joined('Ben')
  const { id } = (await server.post(`/api/sessions/${session}/runs`, {
    code: 'print("Hello " + input("Who? "))',
    interactive: true,
    terminal: {},
  })) as { id: string }
  await ann.until(() => ann.output.includes('Who? '))
  expect(ann.connection.type(id, new TextEncoder().encode('Ann\n'))).toBe(true)
  await ben.until(() => ben.output.includes('Hello Ann'))
  await ben.until(() => ben.events.some(({ type }) => type === 'run-finished'))
  expect(ben.events.find(({ type }) => type === 'run-finished')).toMatchObject({
    runId: id,
    verdict: 'ok',
    exitCode: 0,
  })
  // It is answered once nothing of the run is left.
  await fetch(`${server.url}/api/runs/${id}`, { method: 'DELETE' })
  ann.connection.type(id, new TextEncoder().encode('too late'))
  await ann.until(() => ann.events.some(({ type }) => type === 'stdin-refused'))
})
