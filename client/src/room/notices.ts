/** What a room tells people once. */

/** Something that happened, for people to read or to hear once. */
export interface Notice {
  /** Counts from 1. */
  number: number
  text: string
  isProblem: boolean
  /** Whether it is seen elsewhere anyway, and only has to be said. */
  isUnseen: boolean
}

const MOST_KEPT = 20

/** The notices with one more behind them; only the newest are kept. */
export function noted(before: readonly Notice[], told: Omit<Notice, 'number'>): readonly Notice[] {
  const number = (before.at(-1)?.number ?? 0) + 1
  return [...before, { number, ...told }].slice(-MOST_KEPT)
}
