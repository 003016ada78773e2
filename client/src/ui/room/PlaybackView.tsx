import { EditorState, type Extension, StateEffect, StateField } from '@codemirror/state'
import { Decoration, type DecorationSet, EditorView, lineNumbers } from '@codemirror/view'
import { useEffect, useRef, useState } from 'react'
import { displayName, languages } from '../../room/languages.ts'
import { colourOf } from '../../room/people.ts'
import { Playback, SPEEDS, type PlaybackView as View } from '../../room/playback.ts'
import type { Mark } from '../../room/reel.ts'
import type { Room } from '../../room/room.ts'
import { Refused, Server } from '../../room/server.ts'
import { grammarOf } from '../editor/grammars.ts'
import { look } from '../editor/look.ts'
import { nonce } from '../nonce.ts'
import { Button } from '../parts/Button.tsx'
import { Cross, Pause, Play, Skip } from '../parts/icons.tsx'
import { useStore } from '../use-store.ts'
import css from './playback.module.css'
import { copyText } from './share.ts'

interface Props {
  room: Room
  close: () => void
}

/** The session as it was, from its first moment to its last. */
export default function PlaybackView({ room, close }: Props) {
  const [playback, setPlayback] = useState<Playback | null>(null)
  const [problem, setProblem] = useState('')
  useEffect(() => {
    let isWanted = true
    Playback.of(new Server(), room.sessionId).then(
      (made) => isWanted && setPlayback(made),
      (error) =>
        isWanted &&
        setProblem(error instanceof Refused ? error.message : 'The server cannot be reached'),
    )
    return () => {
      isWanted = false
    }
  }, [room])
  return (
    <section className={css.playback} aria-label="Playback" data-playback>
      <div className={css.head}>
        <h2>Playback</h2>
        <Button look="quiet" onClick={close}>
          <Cross /> Back to the room
        </Button>
      </div>
      {playback === null ? (
        <p className={css.wait} role="status">
          {problem || 'Fetching what happened…'}
        </p>
      ) : (
        <Player room={room} playback={playback} />
      )}
    </section>
  )
}

function Player({ room, playback }: { room: Room; playback: Playback }) {
  const view = useStore(playback.view)
  useTicks(playback, view.isPlaying)
  const who = playback.names.get(view.userId) ?? room.nameOf(view.userId)
  const { firstAt, lastAt } = playback.reel
  return (
    <>
      <Text view={view} />
      <div className={css.desk}>
        <Timeline playback={playback} />
        <input
          type="range"
          className={css.slider}
          aria-label="Moment"
          aria-valuetext={`${clock(view.at - firstAt)} of ${clock(lastAt - firstAt)}`}
          min={firstAt}
          max={lastAt}
          step={Math.max(1, Math.round((lastAt - firstAt) / 2_000))}
          value={view.at}
          onChange={(event) => playback.seek(event.target.valueAsNumber)}
        />
        <div className={css.keys}>
          <Button look="primary" className={css.play} onClick={() => playback.toggle()}>
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
          <Button onClick={() => playback.toNextRun() || room.tell('No run comes after this')}>
            <Skip /> Next run
          </Button>
          <p className={css.moment}>
            {clock(view.at - firstAt)}
            {view.userId !== '' && (
              <span className={`${css.who} colour-${colourOf(view.userId)}`}>{who}</span>
            )}
            {displayName(view.language, languages.get())}
          </p>
          <Button onClick={() => void copyText(view.text).then(() => room.tell('Copied'))}>
            Copy
          </Button>
          <Button onClick={() => void fork(room, view.seq)}>Fork from here</Button>
        </div>
      </div>
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

const touch = StateEffect.define<{ from: number; to: number; colour: number } | null>()

const touched: Extension = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, change) {
    for (const effect of change.effects) {
      if (!effect.is(touch)) continue
      const { value } = effect
      if (value === null || value.from >= value.to) return Decoration.none
      const mark = Decoration.mark({ class: `selected colour-${value.colour}` })
      return Decoration.set(mark.range(value.from, value.to))
    }
    return marks.map(change.changes)
  },
  provide: (field) => EditorView.decorations.from(field),
})

function Text({ view }: { view: View }) {
  const place = useRef<HTMLDivElement>(null)
  const [editor, setEditor] = useState<EditorView | null>(null)
  const [grammar, setGrammar] = useState<Extension>([])

  useEffect(() => {
    let isWanted = true
    void grammarOf(view.language).then((found) => isWanted && setGrammar([found]))
    return () => {
      isWanted = false
    }
  }, [view.language])

  useEffect(() => {
    if (place.current === null) return
    const made = new EditorView({
      parent: place.current,
      state: EditorState.create({
        extensions: [
          EditorView.cspNonce.of(nonce),
          lineNumbers(),
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ 'aria-label': 'Code as it was' }),
          touched,
          grammar,
          look,
        ],
      }),
    })
    setEditor(made)
    return () => made.destroy()
  }, [grammar])

  useEffect(() => {
    if (editor === null) return
    const before = editor.state.doc.toString()
    const { text } = view
    let from = 0
    while (from < before.length && from < text.length && before[from] === text[from]) from += 1
    let end = 0
    while (
      end < before.length - from &&
      end < text.length - from &&
      before.at(-1 - end) === text.at(-1 - end)
    ) {
      end += 1
    }
    const changes = { from, to: before.length - end, insert: text.slice(from, text.length - end) }
    editor.dispatch({
      changes,
      effects: [
        touch.of(view.touched && { ...view.touched, colour: colourOf(view.userId) }),
        ...(view.touched
          ? [EditorView.scrollIntoView(Math.min(view.touched.to, text.length))]
          : []),
      ],
    })
  }, [editor, view])

  return <div className={css.text} ref={place} />
}

const MARK_WORDS: Readonly<Record<Mark['kind'], string>> = {
  run: 'ran the program',
  joined: 'joined',
  left: 'left',
  pasted: 'pasted',
  language: 'changed the language',
  version: 'named a version',
  restored: 'went back to an earlier text',
}

/** Edits by the colour of who made them, and above them what else happened. */
function Timeline({ playback }: { playback: Playback }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const { reel } = playback
  const length = Math.max(1, reel.lastAt - reel.firstAt)

  useEffect(() => {
    const { current } = canvas
    const context = current?.getContext('2d')
    if (!current || !context) return
    const { width, height } = current
    const colours = personColours()
    context.clearRect(0, 0, width, height)
    for (const { at, userId } of reel.steps) {
      context.fillStyle = colours[colourOf(userId)] ?? ''
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
            title={`${clock(mark.at - reel.firstAt)} ${reel.names.get(mark.userId) ?? 'Somebody'} ${MARK_WORDS[mark.kind]}`}
          />
        ))}
      </div>
      <canvas ref={canvas} width={1_600} height={14} />
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
  const found = Array.from({ length: 8 }, (_, colour) => {
    probe.className = `colour-${colour}`
    return getComputedStyle(probe).getPropertyValue('--person').trim()
  })
  probe.remove()
  return found
}

async function fork(room: Room, seq: number): Promise<void> {
  try {
    const { id } = await new Server().fork(room.sessionId, seq)
    location.assign(`/interview/${encodeURIComponent(id)}`)
  } catch (error) {
    room.complain(error)
  }
}

function clock(milliseconds: number): string {
  const total = Math.round(milliseconds / 1_000)
  const [hours, minutes, rest] = [
    Math.floor(total / 3_600),
    Math.floor(total / 60) % 60,
    total % 60,
  ]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}
