import { useRef } from 'react'
import { focused } from './focused.ts'

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
