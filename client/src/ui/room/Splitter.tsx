import { useRef } from 'react'
import css from './room.module.css'

const STEP = 0.04
const LEAST = 0.2

interface Props {
  /** Of the code. */
  share: number
  setShare: (share: number) => void
}

/** Between code and output: drawn with the pointer, or moved with the arrow keys. */
export function Splitter({ share, setShare }: Props) {
  const handle = useRef<HTMLDivElement>(null)
  const bounded = (value: number) => setShare(Math.min(1 - LEAST, Math.max(LEAST, value)))

  return (
    // biome-ignore lint/a11y/useSemanticElements: a rule cannot be moved
    <div
      ref={handle}
      role="separator"
      aria-label="Size of the code beside the output"
      aria-valuenow={Math.round(share * 100)}
      aria-valuemin={LEAST * 100}
      aria-valuemax={100 - LEAST * 100}
      tabIndex={0}
      className={css.splitter}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => {
        const panes = event.currentTarget.parentElement
        if (panes === null || !event.currentTarget.hasPointerCapture(event.pointerId)) return
        const frame = panes.getBoundingClientRect()
        const isStacked = getComputedStyle(panes).flexDirection === 'column'
        bounded(
          isStacked
            ? (event.clientY - frame.top) / frame.height
            : (event.clientX - frame.left) / frame.width,
        )
      }}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft' || event.key === 'ArrowUp') bounded(share - STEP)
        else if (event.key === 'ArrowRight' || event.key === 'ArrowDown') bounded(share + STEP)
        else return
        event.preventDefault()
      }}
    />
  )
}
