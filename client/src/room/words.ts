/** What happened, in words. */

import type { Verdict } from '../generated/openapi.d.ts'
import { type AccessEvent, CLOSE_MEANINGS, CloseCode } from '../generated/protocol.ts'
import { displayName, languages } from './languages.ts'
import type { Mark } from './reel.ts'
import { Refused } from './server.ts'

export interface Ending {
  verdict: Verdict
  exitCode: number | null
  signal: number | null
  cpuMs: number
  wallMs: number
  peakMemoryBytes: number
  detail: string | null
}

/** What the signals mean by which programs end, as Linux numbers them. */
const SIGNALS: Readonly<Record<number, string>> = {
  2: 'Interrupted',
  3: 'Interrupted',
  4: 'Crashed (illegal instruction)',
  6: 'Crashed (aborted)',
  7: 'Crashed (bus error)',
  8: 'Crashed (arithmetic error)',
  9: 'Killed',
  11: 'Crashed (segmentation fault)',
  13: 'Ended by a broken pipe',
  15: 'Told to end',
  31: 'Crashed (forbidden system call)',
}

/** How a run ended, in a few words for people. */
export function verdictWords(ending: Ending): string {
  switch (ending.verdict) {
    case 'ok':
      return 'Finished'
    case 'failed':
      return ending.exitCode === null ? 'Failed' : `Failed with exit code ${ending.exitCode}`
    case 'signalled':
      return SIGNALS[ending.signal ?? 0] ?? `Ended by signal ${ending.signal ?? '?'}`
    case 'time_limit':
      return `Stopped after ${seconds(ending.cpuMs)} of computing`
    case 'wall_limit':
      return `Stopped after ${seconds(ending.wallMs)}`
    case 'memory_limit':
      return `Stopped: out of memory at ${bytes(ending.peakMemoryBytes)}`
    case 'output_limit':
      return 'Stopped: it printed too much'
    case 'compile_error':
      return 'Did not compile'
    case 'cancelled':
      return 'Stopped'
    case 'internal_error':
      return 'The server could not run it; nothing is wrong with the program'
  }
}

/** What the server adds, unless that is the limit of which `verdictWords` tells. */
export function detailWords({ detail }: Ending): string | null {
  return detail?.startsWith('Stopped: ') ? null : detail
}

/** What it took and its exit code, as far as that is known and says more than `verdictWords`. */
export function figureWords({ verdict, exitCode, ...took }: Ending): string {
  const isTold = exitCode === null || verdict === 'failed' || verdict === 'compile_error'
  return [
    took.wallMs > 0 && seconds(took.wallMs),
    took.cpuMs > 0 && `${seconds(took.cpuMs)} computing`,
    took.peakMemoryBytes > 0 && bytes(took.peakMemoryBytes),
    !isTold && `exit code ${exitCode}`,
  ]
    .filter(Boolean)
    .join(' · ')
}

/** For those who do not look at it: whose run ended, and how. */
export function endedWords(who: string | null, ending: Ending): string {
  const words = [verdictWords(ending), detailWords(ending)].filter(Boolean).join('. ')
  return `${who === null ? 'Your run' : `The run of ${who}`}: ${words}`
}

/** How a program went over one test case. */
export function caseWords(result: Ending & { passed: boolean }): string {
  if (result.passed) return 'Passed'
  return result.verdict === 'ok' ? 'Wrong answer' : verdictWords(result)
}

/** Why there is no connection now, where another attempt may work; null where that is not known. */
export function refusalWords(code: number): string | null {
  switch (code) {
    case CloseCode.ROOM_FULL:
      return 'The room is full'
    case CloseCode.TOO_MANY:
      return 'You have too many rooms open'
    case CloseCode.NOT_SAVED:
      return 'The server cannot store anything just now'
    case CloseCode.GOING_AWAY:
      return 'The server is restarting'
    case CloseCode.INTERNAL_ERROR:
      return 'The server had a fault'
    case CloseCode.TOO_SLOW:
      return 'Your network is too slow'
    default:
      return null
  }
}

/** Why a connection is over for good; `reason` is the server's own, or empty. */
export function endWords(code: number, reason: string): string {
  switch (code) {
    case CloseCode.FRAME_TOO_LARGE:
    case CloseCode.TOO_LARGE:
      return 'What was pasted is too large for a room.'
    case CloseCode.DAMAGED:
      return 'What is stored of this room is damaged. Only who runs the server can mend it.'
    case CloseCode.NOT_SIGNED_IN:
      return 'You are not signed in any more. Sign in, and come in again.'
    case CloseCode.READ_ONLY:
      return `${reason || 'You may look on here, not edit'}. What you wrote last was not taken.`
    case CloseCode.NOT_ADMITTED:
      return 'A host did not let you in.'
    case CloseCode.REMOVED:
      return 'A host sent you away, or lets in only those who ask.'
    default:
      return reason || CLOSE_MEANINGS[code] || 'The server ended the connection.'
  }
}

/** What became of what one may do in a room; null where there is nothing to say. */
export function accessWords(before: AccessEvent | null, now: AccessEvent): string | null {
  if (now.outside !== null) return null
  const had = (deed: AccessEvent['deeds'][number]) => before?.deeds.includes(deed) ?? true
  const has = (deed: AccessEvent['deeds'][number]) => now.deeds.includes(deed)
  if (now.endedAt !== null) {
    return before?.endedAt ? null : 'This room has ended. It can still be read'
  }
  if (before?.endedAt) return 'This room is open again'
  if (had('edit') && !has('edit')) {
    return now.editingLocked ? 'A host has locked editing' : 'You may look on here, not edit'
  }
  if (before !== null && before.outside !== null) return 'You were let in'
  if (before !== null && before.role !== 'host' && now.role === 'host') return 'You are a host now'
  if (before?.role === 'host' && now.role !== 'host') {
    return has('edit') ? 'You are an editor now, no host' : 'You may look on here, not edit'
  }
  if (!had('edit') && has('edit')) return 'You can edit here now'
  if (had('run') && !has('run')) {
    return now.runningLocked ? 'A host has locked running' : 'You may not run programs here'
  }
  return !had('run') && has('run') ? 'You can run programs here now' : null
}

/** What somebody is by a role, after their name. */
export function roleWords(role: NonNullable<AccessEvent['role']>): string {
  return { host: 'is a host', editor: 'can edit', viewer: 'can look on' }[role]
}

/** What happened in a session, after the name of who did it. */
export function markWords({ kind, subject }: Mark): string {
  switch (kind) {
    case 'run':
      return 'ran the program'
    case 'joined':
      return 'joined'
    case 'left':
      return 'left'
    case 'pasted':
      return `pasted ${subject} characters`
    case 'language':
      return `changed the language to ${displayName(subject, languages.get()) || subject}`
    case 'title':
      return subject === '' ? 'took the title away' : `changed the title to “${subject}”`
    case 'version':
      return `named this text “${subject}”`
    case 'restored':
      return 'went back to an earlier text'
  }
}

/** Why something did not come about. The path of a field is for programs. */
export function whyNot(error: unknown): string {
  if (!(error instanceof Refused)) return 'The server cannot be reached'
  return error.message.replace(/^(body|query|path)(\.\S+)?: /, '')
}

/** How long a text may be, of so many UTF-16 units at most. */
export function tooLongWords(mostUnits: number): string {
  return `a room holds ${mostUnits.toLocaleString('en')} characters`
}

/** A moment: the time alone where it is today. */
export function whenWords(at: number, now = Date.now()): string {
  const when = new Date(at)
  const time = when.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
  if (when.toDateString() === new Date(now).toDateString()) return time
  return `${when.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' })}, ${time}`
}

export function seconds(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`
  const value = milliseconds / 1_000
  return `${value < 9.95 ? Number(value.toFixed(1)) : Math.round(value)} s`
}

export function bytes(count: number): string {
  if (count < 1_024) return `${count} B`
  if (count < 1_024 ** 2) return `${Math.round(count / 1_024)} KiB`
  const mebibytes = count / 1_024 ** 2
  return `${mebibytes < 10 ? mebibytes.toFixed(1) : Math.round(mebibytes)} MiB`
}
