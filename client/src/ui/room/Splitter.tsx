import { type RefObject, useEffect, useRef, useState } from 'react'
import css from './room.module.css'

const STEP = 0.04
const LEAST = 0.2
const MOST = 1 - LEAST

interface Props {
  /** Of the code. */
  share: number
  setShare: (share: number) => void
}

/** Between code and output: drawn with the pointer, or moved with the arrow keys, Home and End. */
export function Splitter({ share, setShare }: Props) {
  const handle = useRef<HTMLDivElement>(null)
  const isStacked = useIsStacked(handle)
  const bounded = (value: number) => setShare(Math.min(MOST, Math.max(LEAST, value)))

  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved
    <div
      ref={handle}
      role="separator"
      aria-label="Size of the code beside the output"
      aria-orientation={isStacked ? 'horizontal' : 'vertical'}
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={LEAST * 100}
      aria-valuemax={MOST * 100}
      tabIndex={0}
      className={css.splitter}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        const frame = event.currentTarget.parentElement?.getBoundingClientRect()
        if (frame === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return
        bounded(
          isStacked
            ? (event.clientY - frame.top) / frame.height
            : (event.clientX - frame.left) / frame.width,
        )
      }}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') bounded(share - STEP)
        else if (event.key === 'ArrowRight' || event.key === 'ArrowDown') bounded(share + STEP)
        else if (event.key === 'Home') setShare(LEAST)
        else if (event.key === 'End') setShare(MOST)
        else return
        event.preventDefault()
      }}
    />
  )
}

/** Whether the panes are one above the other, which the style sheet decides by their width. */
function useIsStacked(handle: RefObject<HTMLElement | null>): boolean {
  const [isStacked, setStacked] = useState(false)
  useEffect(() => {
    const panes = handle.current?.parentElement
    if (!panes) return
    const look = () => setStacked(getComputedStyle(panes).flexDirection === 'column')
    const observer = new ResizeObserver(look)
    observer.observe(panes)
    return () => observer.disconnect()
  }, [handle])
  return isStacked
}
