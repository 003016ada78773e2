/** A task as a host writes it, before it is saved. */

import type { Case, Content, Task, WriteTask } from './server.ts'

export const LONGEST_TEXT = 100_000
export const MOST_CASES = 100
const USUAL_TOLERANCE = 1e-6

export interface DraftCase {
  /** Tells it from the others of its draft, wherever it stands. */
  readonly key: number
  readonly name: string
  readonly stdin: Content
  readonly expected: Content
  readonly comparison: 'trimmed' | 'exact' | 'float'
  readonly tolerance: number
  readonly hidden: boolean
}

export interface Draft {
  readonly text: string
  readonly shared: boolean
  readonly starters: Readonly<Record<string, string>>
  readonly cases: readonly DraftCase[]
}

/** A draft to change. Of a task that nobody wrote it is shown to everybody. */
export function draftOf(task: Task): Draft {
  return {
    text: task.text,
    shared: task.shared || task.revision === 0,
    starters: task.starters,
    cases: task.cases.map(({ number, name, stdin, expected, comparison, tolerance, hidden }) => ({
      key: number,
      name,
      stdin: stdin as Content,
      expected: expected as Content,
      comparison,
      tolerance,
      hidden,
    })),
  }
}

export function newCase(beside: readonly DraftCase[]): DraftCase {
  const key = Math.max(0, ...beside.map((each) => each.key)) + 1
  const comparison = beside.at(-1)?.comparison ?? 'trimmed'
  const tolerance = USUAL_TOLERANCE
  return { key, name: '', stdin: '', expected: '', comparison, tolerance, hidden: false }
}

/** What the server is asked to keep; with a revision only where that is the present one. */
export function wantedOf(draft: Draft, revision: number | null): WriteTask {
  const { text, shared, starters, cases } = draft
  return {
    revision,
    text,
    shared,
    starters,
    cases: cases.map(({ key: _, ...rest }) => ({ ...rest, name: rest.name.trim() }) as Case),
  }
}

export function isSame(one: Draft, other: Draft): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
