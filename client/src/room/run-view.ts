/** A run as people see it, of what the server tells in several shapes. */

import type { RoomEvent } from '../generated/protocol.ts'
import type { RunLog } from './run-log.ts'
import { bytesOf, type CaseOutcome, type Content, type RunSummary } from './server.ts'
import type { Ending } from './words.ts'

export interface RunView {
  readonly id: string
  readonly userId: string
  readonly language: string
  /** In milliseconds since 1970. */
  readonly startedAt: number
  /** Null while it runs. */
  readonly ending: Ending | null
  readonly compilerOutput: string
  /** Whether somebody ran it on a machine of their own. */
  readonly isReported: boolean
  readonly log: RunLog
  /** Over how many test cases it goes, as far as that is known. */
  readonly caseCount: number
  /** Those that are over, in order. */
  readonly cases: readonly CaseResult[]
}

/** How a program went over one test case. Of a hidden one there is no output. */
export interface CaseResult extends Ending {
  readonly number: number
  readonly name: string
  readonly hidden: boolean
  readonly passed: boolean
  readonly stdout: string | null
  readonly stderr: string | null
  /** Whether some of its output was not kept. */
  readonly cut: boolean
}

/** Of a run that no server knows any more. */
export const INTERRUPTED: Ending = {
  verdict: 'internal_error',
  exitCode: null,
  signal: null,
  cpuMs: 0,
  wallMs: 0,
  peakMemoryBytes: 0,
  detail: 'The server stopped while it ran',
}

/** How a run ended that somebody else ran, as far as they told. */
export function reportedEnding(event: RoomEvent & { type: 'run-reported' }): Ending {
  return {
    verdict: event.success ? 'ok' : 'failed',
    exitCode: null,
    signal: null,
    cpuMs: 0,
    wallMs: event.wallMs,
    peakMemoryBytes: 0,
    detail: null,
  }
}

export function endingOf(summary: RunSummary): Ending {
  return {
    verdict: summary.verdict ?? 'internal_error',
    exitCode: summary.exitCode,
    signal: summary.signal,
    cpuMs: summary.cpuMs ?? 0,
    wallMs: summary.wallMs ?? 0,
    peakMemoryBytes: summary.peakMemoryBytes ?? 0,
    detail: null,
  }
}

export function caseOf(outcome: CaseOutcome): CaseResult {
  const text = (content: Content | null) => (content === null ? null : textOf(content))
  const { stdout, stderr } = outcome
  return {
    ...outcome,
    stdout: text(stdout as Content | null),
    stderr: text(stderr as Content | null),
  }
}

export function textOf(content: Content): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(bytesOf(content))
}
