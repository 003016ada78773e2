import { Button } from '../parts/Button.tsx'
import css from './front.module.css'

interface Props {
  id: string
  title: string
  language: string
  /** In milliseconds since 1970. */
  at: number
  /** What can be done with it beside opening it. */
  actions: readonly { word: string; act: () => void }[]
}

/** A room in a list. */
export function RoomLine({ id, title, language, at, actions }: Props) {
  const words = title || 'Untitled'
  return (
    <li>
      <a href={`/interview/${encodeURIComponent(id)}`}>{words}</a>
      <span>{language}</span>
      <time dateTime={new Date(at).toISOString()}>{when(at)}</time>
      <span className={css.actions}>
        {actions.map(({ word, act }) => (
          <Button
            key={word}
            look="quiet"
            className={css.act}
            aria-label={`${word} ${words}`}
            onClick={act}
          >
            {word}
          </Button>
        ))}
      </span>
    </li>
  )
}

function when(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}
