import type { TerminalSize } from '../../room/server.ts'
import { Store } from '../../room/store.ts'

/** How much the output shows, in characters: programs are started on a terminal of this size. */
export const terminalSize = new Store<TerminalSize>({ rows: 24, columns: 80 })

export const TERMINAL_FONT = 'ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace'

/** What stands beside the terminal in its pane: padding and the bar to scroll with. */
const ASIDE = 26
/** What stands above and below it: whose run it is, padding, and how it ended. */
const ABOVE_AND_BELOW = 84

/** Notes how much a pane will show, in which there is no terminal yet. */
export function foresee(pane: HTMLElement, fontSize: number): void {
  const context = new OffscreenCanvas(1, 1).getContext('2d')
  if (context === null || pane.offsetParent === null) return
  context.font = `${fontSize}px ${TERMINAL_FONT}`
  const { width, fontBoundingBoxAscent, fontBoundingBoxDescent } = context.measureText('W')
  const height = Math.ceil(fontBoundingBoxAscent + fontBoundingBoxDescent)
  const most = (pixels: number, each: number) => Math.max(2, Math.floor(pixels / each))
  setTerminalSize(
    most(pane.clientHeight - ABOVE_AND_BELOW, height),
    most(pane.clientWidth - ASIDE, width),
  )
}

export function setTerminalSize(rows: number, columns: number): void {
  const before = terminalSize.get()
  if (before.rows !== rows || before.columns !== columns) terminalSize.set({ rows, columns })
}
