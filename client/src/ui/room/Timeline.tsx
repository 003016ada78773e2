import { useEffect, useRef } from 'react'
import { COLOURS } from '../../room/people.ts'
import type { Playback } from '../../room/playback.ts'
import { markWords } from '../../room/words.ts'
import { clock } from './clock.ts'
import css from './playback.module.css'

/** Edits by the colour of who made them, and above them what else happened. */
export function Timeline({ playback }: { playback: Playback }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { reel } = playback
  const length = Math.max(1, reel.lastAt - reel.firstAt)

  useEffect(() => {
    const { current } = canvas
    const context = current?.getContext('2d')
    if (!current || !context) return
    // In the screen's own dots, or a telephone would shrink an edit to less than one.
    current.width = Math.round(current.clientWidth * devicePixelRatio)
    const { width, height } = current
    const colours = personColours()
    for (const { at, userId } of reel.steps) {
      context.fillStyle = colours[reel.colourOf(userId)] ?? ''
      context.fillRect(Math.round(((at - reel.firstAt) / length) * (width - 2)), 0, 2, height)
    }
  }, [reel, length])

  return (
    <div className={css.timeline}>
      <div className={css.marks}>
        {reel.marks.map((mark, number) => (
          <span
            // biome-ignore lint/suspicious/noArrayIndexKey: they never change their places
            key={number}
            className={css[mark.kind]}
            style={{ left: `${((mark.at - reel.firstAt) / length) * 100}%` }}
            title={`${clock(mark.at - reel.firstAt)} ${reel.names.get(mark.userId) ?? 'Somebody'} ${markWords(mark)}`}
          />
        ))}
      </div>
      <canvas ref={canvas} height={14} />
      <ul className={css.legend} aria-label="Colours">
        <li className={css.run}>runs</li>
        <li className={css.pasted}>pastes</li>
        <li className={css.joined}>joins</li>
        <li className={css.left}>leaves</li>
        <li className={css.language}>other</li>
      </ul>
    </div>
  )
}

/** The colours of people, as the style sheet has them. */
function personColours(): string[] {
  const probe = document.createElement('i')
  document.body.append(probe)
  const found = Array.from({ length: COLOURS }, (_, colour) => {
    probe.className = `colour-${colour}`
    return getComputedStyle(probe).getPropertyValue('--person').trim()
  })
  probe.remove()
  return found
}
