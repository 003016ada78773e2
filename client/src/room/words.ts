/** What happened, in words. */

import type { Verdict } from '../generated/openapi.d.ts'

export interface Ending {
  verdict: Verdict
  exitCode: number | null
  signal: number | null
  cpuMs: number
  wallMs: number
  peakMemoryBytes: number
  detail: string | null
}

/** How a run ended, in a few words for people. */
export function verdictWords(ending: Ending): string {
  switch (ending.verdict) {
    case 'ok':
      return 'Finished'
    case 'failed':
      return `Failed with exit code ${ending.exitCode ?? 1}`
    case 'signalled':
      return `Ended by signal ${ending.signal ?? '?'}`
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
