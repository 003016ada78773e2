/** What has the keyboard: of a menu, which goes away, the button that opened it. */
export function focused(): HTMLElement | null {
  const { activeElement } = document
  const opener = activeElement?.closest('[role=menu]')?.getAttribute('aria-labelledby')
  const found = opener ? document.getElementById(opener) : activeElement
  return found instanceof HTMLElement && found !== document.body ? found : null
}
