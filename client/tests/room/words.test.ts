import { expect, test } from 'vitest'
import { CloseCode } from '../../src/generated/protocol.ts'
import { displayName, isUntouched } from '../../src/room/languages.ts'
import { readMe } from '../../src/room/me.ts'
import { initialsOf } from '../../src/room/people.ts'
import { Refused } from '../../src/room/server.ts'
import { readSettings } from '../../src/room/settings.ts'
import { readVisits } from '../../src/room/visited.ts'
import {
  bytes,
  endedWords,
  endWords,
  figureWords,
  refusalWords,
  seconds,
  verdictWords,
  whenWords,
  whyNot,
} from '../../src/room/words.ts'

const ENDING = {
  exitCode: null,
  signal: null,
  cpuMs: 5_004,
  wallMs: 10_000.4,
  peakMemoryBytes: 268_435_456,
  detail: null,
}

test.each([
  ['time_limit', 'Stopped after 5 s of computing'],
  ['wall_limit', 'Stopped after 10 s'],
  ['memory_limit', 'Stopped: out of memory at 256 MiB'],
] as const)('%s is told with its figure', (verdict, words) => {
  expect(verdictWords({ ...ENDING, verdict })).toBe(words)
})

test.each([
  [11, 'Crashed (segmentation fault)'],
  [6, 'Crashed (aborted)'],
  [2, 'Interrupted'],
  [40, 'Ended by signal 40'],
  [null, 'Ended by signal ?'],
])('what signal %j means is told', (signal, words) => {
  expect(verdictWords({ ...ENDING, verdict: 'signalled', signal })).toBe(words)
})

test('the figures are those that are known, and none that the words have told', () => {
  const ok = { ...ENDING, verdict: 'ok', exitCode: 0 } as const
  expect(figureWords(ok)).toBe('10 s · 5 s computing · 256 MiB · exit code 0')
  expect(figureWords({ ...ok, verdict: 'failed', exitCode: 3 })).not.toContain('exit code')
  const reported = { ...ok, exitCode: null, cpuMs: 0, peakMemoryBytes: 0, wallMs: 40 }
  expect(figureWords(reported)).toBe('40 ms')
  const uncompiled = { ...reported, verdict: 'compile_error', exitCode: 1, wallMs: 0 } as const
  expect(figureWords(uncompiled)).toBe('')
})

test('whose run ended is told with how it did', () => {
  const ending = { ...ENDING, verdict: 'failed', exitCode: 3 } as const
  expect(endedWords('Ann', ending)).toBe('The run of Ann: Failed with exit code 3')
  expect(endedWords(null, ending)).toBe('Your run: Failed with exit code 3')
})

test('a limit is told once, and what else the server knows', () => {
  const limit = 'Stopped: more than 5 s of processor time'
  const stopped = { ...ENDING, verdict: 'time_limit' as const, detail: limit }
  expect(endedWords(null, stopped)).toBe('Your run: Stopped after 5 s of computing')
  const detail = 'It asked for more than 256 processes at once'
  const refused = { ...ENDING, verdict: 'failed' as const, exitCode: 1, detail }
  expect(endedWords(null, refused)).toBe(`Your run: Failed with exit code 1. ${detail}`)
})

test('the day is told of what was not today', () => {
  const at = new Date(2026, 2, 5, 14, 7)
  expect(whenWords(at.getTime(), at.getTime())).not.toContain('2026')
  expect(whenWords(at.getTime(), at.getTime() + 86_400_000)).toMatch(/5.*2026/)
})

test.each([
  [0, '0 ms'],
  [999.4, '999 ms'],
  [1_000, '1 s'],
  [1_234, '1.2 s'],
  [9_980, '10 s'],
  [61_000, '61 s'],
])('%d ms are told as %s', (milliseconds, words) => {
  expect(seconds(milliseconds)).toBe(words)
})

test.each([
  [0, '0 B'],
  [1_536, '2 KiB'],
  [2_726_298, '2.6 MiB'],
])('%d bytes are told as %s', (count, words) => {
  expect(bytes(count)).toBe(words)
})

test.each([
  ['Ann Example', 'AE'],
  ['ann', 'A'],
  ['Ann van der Example', 'AE'],
  ['🦆 duck', '🦆D'],
  ['', '?'],
])('%s has the initials %s', (name, initials) => {
  expect(initialsOf(name)).toBe(initials)
})

test.each([
  [1009, '', 'What was pasted is too large for a room.'],
  [
    4422,
    'What is stored of the session is damaged',
    'What is stored of this room is damaged. Only who runs the server can mend it.',
  ],
  [4413, 'An update has at most 1 byte', 'What was pasted is too large for a room.'],
  [
    4403,
    'A host has locked editing',
    'A host has locked editing. What you wrote last was not taken.',
  ],
  [4404, 'The session is deleted', 'The session is deleted'],
  [4999, '', 'The server ended the connection.'],
])('a connection that ends with %i and %j is told in words', (code, reason, words) => {
  expect(endWords(code, reason)).toBe(words)
})

test.each(['', ' \n', '# Write your python code here\n', '// Write your cpp code here'])(
  'nobody has written %j',
  (text) => {
    expect(isUntouched(text)).toBe(true)
  },
)

test('somebody has written what is more than the first line', () => {
  expect(isUntouched('# Write your python code here\nprint(1)')).toBe(false)
})

test.each([null, 7, 'x', [], {}, { theme: 'pink', fontSize: 'big', keymap: 1, wrap: 'no' }])(
  'what a browser kept wrongly is left out: %j',
  (found) => {
    expect(readSettings(found)).toEqual(readSettings(null))
    expect(readVisits(found)).toEqual([])
    expect(readMe(found).name).toBe('')
    expect(readMe(found).id).not.toBe('')
  },
)

test('what a browser kept is found again', () => {
  const settings = { ...readSettings(null), theme: 'dark', fontSize: 18 } as const
  expect(readSettings(JSON.parse(JSON.stringify(settings)))).toEqual(settings)
  expect(readSettings({ ...settings, fontSize: 900 }).fontSize).toBe(28)
})

test('why one has to wait for a place is said, and what nobody knows is not', () => {
  expect(refusalWords(CloseCode.ROOM_FULL)).toBe('The room is full')
  expect(refusalWords(CloseCode.TOO_MANY)).toBe('You have too many rooms open')
  expect(refusalWords(CloseCode.NOT_SAVED)).toContain('cannot store')
  expect(refusalWords(1006)).toBeNull()
})

test('why something was refused is said without the path of a field', () => {
  const refused = (message: string) => whyNot(new Refused(422, message))
  expect(refused('body.language: There is no such language')).toBe('There is no such language')
  expect(refused('body: Invalid JSON')).toBe('Invalid JSON')
  expect(refused('The room is full: wait')).toBe('The room is full: wait')
  expect(whyNot(new TypeError('fetch failed'))).toBe('The server cannot be reached')
})

test('a language has no name before its name is known', () => {
  const known = [{ name: 'cpp', displayName: 'C++', version: '', fileName: 'a.cpp', template: '' }]
  expect(displayName('cpp', [])).toBe('')
  expect(displayName('cpp', known)).toBe('C++')
  expect(displayName('cobol', known)).toBe('cobol')
})
