/**
 * Takes from a terminal what a program could make it say or do by what it prints.
 *
 * Some sequences ask a terminal something, and it answers as if somebody had typed that. Here as
 * many terminals as there are people would answer, so none does. Nor do programs change the
 * page's colours, or have the pointer and the focus reported.
 */

import type { Terminal } from '@xterm/xterm'

const QUESTIONS = [
  { final: 'c' },
  { prefix: '>', final: 'c' },
  { prefix: '=', final: 'c' },
  { final: 'n' },
  { prefix: '?', final: 'n' },
  { intermediates: '$', final: 'p' },
  { prefix: '?', intermediates: '$', final: 'p' },
  { prefix: '>', final: 'q' },
  { final: 't' },
  { final: 'x' },
]
const COLOURS_AND_CLIPBOARD = [4, 10, 11, 12, 52, 104, 110, 111, 112]
/** The pointer's and the focus's reports, among the private modes. */
const REPORTS = new Set([9, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016])

export function disarm({ parser }: Terminal): void {
  for (const question of QUESTIONS) parser.registerCsiHandler(question, () => true)
  for (const command of COLOURS_AND_CLIPBOARD) parser.registerOscHandler(command, () => true)
  parser.registerDcsHandler({ intermediates: '$', final: 'q' }, () => true)
  parser.registerDcsHandler({ intermediates: '+', final: 'q' }, () => true)
  parser.registerCsiHandler({ prefix: '?', final: 'h' }, (modes) =>
    modes.flat().some((mode) => REPORTS.has(mode)),
  )
}
