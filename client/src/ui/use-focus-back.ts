import { useRef } from 'react'

/** For a dialogue: in the end it gives the keyboard back to what had it before. */
export function useFocusBack() {
  const before = useRef<HTMLElement | null>(null)
  return {
    onOpenAutoFocus: () => {
      before.current = focused()
    },
    onCloseAutoFocus: () => before.current?.focus(),
  }
}

/** What has the keyboard; of a menu, which goes, the button that it belongs to. */
function focused(): HTMLElement | null {
  const { activeElement } = document
  const menu = activeElement?.closest('[role=menu]')
  const button = document.getElementById(menu?.getAttribute('aria-labelledby') ?? '')
  return button ?? (activeElement instanceof HTMLElement ? activeElement : null)
}
