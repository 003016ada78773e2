import { expect, test } from 'vitest'
import { Stream } from '../../src/generated/protocol.ts'
import { RunLog } from '../../src/room/run-log.ts'

function printed(...texts: string[]): RunLog {
  const log = new RunLog()
  for (const text of texts) {
    log.append({ stream: Stream.STDOUT, data: new TextEncoder().encode(text) })
  }
  return log
}

test.each([
  ['\x1b[1;38;2;9;9;9mbold\x1b[0m\r\nplain\r\n', 'bold\nplain\n'],
  ['\x1b]0;title\x07a\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\', 'alink'],
  ['\x1b(B\x1b=\x1b7a\x1bPq#0\x1b\\b', 'ab'],
  [' 9 %\r99 %\r100 %\r\ndone', '100 %\ndone'],
  ['a [31m b', 'a [31m b'],
])('of %j people read %j', (text, plain) => {
  expect(printed(text).plain).toBe(plain)
})

test('a sequence and a character that come in pieces are whole', () => {
  const log = printed('\x1b[3', '1mred')
  const [first, ...rest] = new TextEncoder().encode('é')
  log.append({ stream: Stream.STDOUT, data: Uint8Array.of(first ?? 0) })
  log.append({ stream: Stream.STDOUT, data: Uint8Array.from(rest) })
  expect(log.plain).toBe('redé')
})
