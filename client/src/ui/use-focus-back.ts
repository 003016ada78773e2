import { useRef } from 'react'
import { focused } from './focused.ts'

/** For a dialogue: the keyboard goes back to what had it before, unless it is elsewhere by then. */
export function useFocusBack() {
  const before = useRef<HTMLElement | null>(null)
  return {
    onOpenAutoFocus: () => {
      before.current = focused()
    },
    onCloseAutoFocus: () => {
      if (focused() === null) before.current?.focus()
    },
  }
}
