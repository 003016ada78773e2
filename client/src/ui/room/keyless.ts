import type { Terminal } from '@xterm/xterm'

/**
 * Takes what is written without keys: emoji of a palette, dictated words. For screen readers the
 * terminal leaves that out, as it cannot tell it from what a key has written too.
 */
export function takeKeyless(terminal: Terminal): void {
  const { textarea } = terminal
  let isKeyDown = false
  textarea?.addEventListener('keydown', () => {
    isKeyDown = true
  })
  for (const over of ['keyup', 'blur']) {
    textarea?.addEventListener(over, () => {
      isKeyDown = false
    })
  }
  textarea?.addEventListener('input', (event) => {
    const { data, inputType, isComposing } = event as InputEvent
    if (data && inputType === 'insertText' && !isComposing && !isKeyDown) terminal.input(data)
  })
}
