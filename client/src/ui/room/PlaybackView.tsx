import { type RefObject, useEffect, useRef, useState } from 'react'
import { displayName, languages } from '../../room/languages.ts'
import { Playback, SPEEDS, type PlaybackView as View } from '../../room/playback.ts'
import type { Room } from '../../room/room.ts'
import type { Authors } from '../../room/server.ts'
import { markWords, whyNot } from '../../room/words.ts'
import { focused } from '../focused.ts'
import { Button } from '../parts/Button.tsx'
import { Cross, Pause, Play, Skip, SkipBack } from '../parts/icons.tsx'
import { later } from '../parts/later.tsx'
import { useMay } from '../use-may.ts'
import { useStore } from '../use-store.ts'
import { clock } from './clock.ts'
import { PlaybackText, type Written } from './PlaybackText.tsx'
import css from './playback.module.css'
import { copyAndTell } from './share.ts'
import { Timeline } from './Timeline.tsx'

const Confirm = later(() => import('../parts/Confirm.tsx'))

interface Props {
  room: Room
  /** The update that is looked at first; null is the last one. */
  from: number | null
  close: () => void
}

/** The session as it was, from its first moment to its last. */
export default function PlaybackView({ room, from, close }: Props) {
  const [playback, setPlayback] = useState<Playback | null>(null)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    let isWanted = true
    Playback.of(room.entrance.server, room.sessionId).then(
      (made) => {
        if (from !== null) made.seekUpdate(from)
        if (isWanted) setPlayback(made)
      },
      (error) => isWanted && setProblem(whyNot(error)),
    )
    return () => {
      isWanted = false
    }
  }, [room, from])
  const place = useFocusWithin(close)
  return (
    <main
      className={css.playback}
      aria-labelledby="playback"
      data-playback
      ref={place}
      tabIndex={-1}
    >
      <div className={css.head}>
        <h1 id="playback">Playback</h1>
        <Button look="quiet" onClick={close}>
          <Cross /> Back to the room
        </Button>
      </div>
      {playback === null || playback.reel.isEmpty ? (
        <p className={css.wait} role="status">
          {problem ||
            playback?.reel.problem ||
            (playback === null ? 'Fetching what happened…' : 'Nothing has happened here yet.')}
        </p>
      ) : (
        <Player room={room} playback={playback} close={close} />
      )}
    </main>
  )
}

/** Has the keyboard in an element while it is there, and gives it back. Escape closes it. */
function useFocusWithin(close: () => void): RefObject<HTMLElement | null> {
  const place = useRef<HTMLElement>(null)
  const [before] = useState(focused)

  useEffect(() => {
    place.current?.focus()
    return () => (before?.isConnected ? before : codeField())?.focus()
  }, [before])

  useEffect(() => {
    const { current } = place
    const press = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) close()
    }
    current?.addEventListener('keydown', press)
    return () => current?.removeEventListener('keydown', press)
  }, [close])

  return place
}

function codeField(): HTMLElement | null {
  return document.querySelector('main:not([data-playback]) .cm-content')
}

interface PlayerProps {
  room: Room
  playback: Playback
  close: () => void
}

function Player({ room, playback, close }: PlayerProps) {
  const view = useStore(playback.view)
  useTicks(playback, view.isPlaying)
  const nameOf = (userId: string) => playback.names.get(userId) ?? room.nameOf(userId)
  const happened = view.marks.map((mark) => `${nameOf(mark.userId)} ${markWords(mark)}`).join('; ')
  const { firstAt, lastAt, problem } = playback.reel
  const [showsAuthors, setShowsAuthors] = useState(false)
  const authors = useAuthors(room, view, showsAuthors)
  const mayRestore = useMay(room, 'restore')
  const [isAsking, setAsking] = useState(false)
  const goBack = async () => {
    if (!(await room.restore(view.seq))) return
    close()
    room.tell(`The code is what it was at ${clock(view.at - firstAt)}`)
  }
  const play = useRef<HTMLButtonElement>(null)
  useEffect(() => play.current?.focus(), [])
  return (
    <>
      <PlaybackText reel={playback.reel} view={view} authors={authors?.written ?? null} />
      <div className={css.desk}>
        {problem !== '' && (
          <p className={css.problem} role="alert">
            What came after this cannot be shown. {problem}
          </p>
        )}
        <Timeline playback={playback} />
        <input
          type="range"
          className={css.slider}
          aria-label="Moment"
          aria-valuetext={`${clock(view.at - firstAt)} of ${clock(lastAt - firstAt)}. ${happened}`}
          min={firstAt}
          max={lastAt}
          step={Math.max(1, Math.round((lastAt - firstAt) / 2_000))}
          value={view.at}
          onChange={(event) => playback.seek(event.target.valueAsNumber)}
        />
        <div className={css.keys}>
          <Button look="primary" className={css.play} ref={play} onClick={() => playback.toggle()}>
            {view.isPlaying ? <Pause /> : <Play />}
            {view.isPlaying ? 'Pause' : 'Play'}
          </Button>
          <label>
            <span className="unseen">Speed</span>
            <select
              value={view.speed}
              onChange={(event) => playback.set({ speed: Number(event.target.value) })}
            >
              {SPEEDS.map((speed) => (
                <option key={speed} value={speed}>
                  {speed}×
                </option>
              ))}
            </select>
          </label>
          <label className={css.check}>
            <input
              type="checkbox"
              checked={view.skipsIdle}
              onChange={(event) => playback.set({ skipsIdle: event.target.checked })}
            />
            Skip idle time
          </label>
          <label className={css.check}>
            <input
              type="checkbox"
              checked={showsAuthors}
              onChange={(event) => setShowsAuthors(event.target.checked)}
            />
            Who wrote what
          </label>
          <Button
            isIcon
            aria-label="Previous event"
            title="Previous event"
            onClick={() => playback.toPrevious() || room.tell('Nothing happened before this')}
          >
            <SkipBack />
          </Button>
          <Button
            isIcon
            aria-label="Next event"
            title="Next event"
            onClick={() => playback.toNext() || room.tell('Nothing happens after this')}
          >
            <Skip />
          </Button>
          <Button onClick={() => playback.toNext('run') || room.tell('No run comes after this')}>
            <Skip /> Next run
          </Button>
          <Button onClick={() => void copyAndTell(room, 'Code', view.text)}>Copy</Button>
          <Button onClick={() => void fork(room, view.seq)}>Fork from here</Button>
          {mayRestore && (
            <Button disabled={view.text === room.text.toString()} onClick={() => setAsking(true)}>
              Go back to this text
            </Button>
          )}
        </div>
        <div className={css.now}>
          <p className={css.moment}>
            {clock(view.at - firstAt)}
            {view.userId !== '' && (
              <span className={`${css.who} colour-${playback.reel.colourOf(view.userId)}`}>
                {nameOf(view.userId)}
              </span>
            )}
            {displayName(view.language, languages.get())}
          </p>
          <p role="status" aria-live={view.isPlaying ? 'off' : 'polite'}>
            {happened}
          </p>
        </div>
        {authors !== null && (
          <ul className={css.authors} aria-label="Who wrote what">
            {authors.shares.map(({ userId, units }) => (
              <li key={userId}>
                <span className={`${css.who} colour-${playback.reel.colourOf(userId)}`}>
                  {nameOf(userId)}
                </span>
                {Math.round((100 * units) / view.text.length)} %
              </li>
            ))}
          </ul>
        )}
      </div>
      {isAsking && (
        <Confirm
          title="Go back to this text"
          action="Go back"
          isOpen
          close={() => setAsking(false)}
          confirm={() => void goBack()}
        >
          The code becomes again what it was at {clock(view.at - firstAt)}, for everybody. What was
          written since stays in the history.
        </Confirm>
      )}
    </>
  )
}

function useTicks(playback: Playback, isPlaying: boolean): void {
  useEffect(() => {
    if (!isPlaying) return
    let before = performance.now()
    let frame = requestAnimationFrame(function next(now) {
      playback.tick(now - before)
      before = now
      frame = requestAnimationFrame(next)
    })
    return () => cancelAnimationFrame(frame)
  }, [playback, isPlaying])
}

/** So long a moment has to be looked at before it is asked who wrote it. */
const STILL_MS = 200

interface Credits {
  seq: number
  written: readonly Written[]
  shares: Authors['shares']
}

/** Who wrote the text of this moment; null while that is not asked, not known, or time goes on. */
function useAuthors(room: Room, view: View, isWanted: boolean): Credits | null {
  const [found, setFound] = useState<Credits | null>(null)
  const { seq, isPlaying } = view
  const isAsked = isWanted && !isPlaying && seq > 0
  useEffect(() => {
    if (!isAsked) return
    let isCurrent = true
    const timer = setTimeout(async () => {
      try {
        const { spans, shares } = await room.entrance.server.authors(room.sessionId, seq)
        const written = spans.map(({ start, end, userId }) => ({ from: start, to: end, userId }))
        if (isCurrent) setFound({ seq, written, shares })
      } catch (error) {
        if (isCurrent) room.complain(error)
      }
    }, STILL_MS)
    return () => {
      isCurrent = false
      clearTimeout(timer)
    }
  }, [room, seq, isAsked])
  return isAsked && found?.seq === seq ? found : null
}

async function fork(room: Room, seq: number): Promise<void> {
  try {
    const { id } = await room.entrance.server.fork(room.sessionId, seq)
    location.assign(`/interview/${encodeURIComponent(id)}`)
  } catch (error) {
    room.complain(error)
  }
}
