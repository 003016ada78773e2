import { useEffect, useRef } from 'react'
import { displayName, languages } from '../../room/languages.ts'
import type { Room } from '../../room/room.ts'
import type { RunView } from '../../room/run-view.ts'
import { settings } from '../../room/settings.ts'
import { detailWords, type Ending, figureWords, verdictWords, whenWords } from '../../room/words.ts'
import { Button } from '../parts/Button.tsx'
import { Chevron, Copy } from '../parts/icons.tsx'
import { Keys } from '../parts/Keys.tsx'
import { later } from '../parts/later.tsx'
import { Menu, MenuItem } from '../parts/Menu.tsx'
import { keysFor } from '../shortcuts.ts'
import { useStore } from '../use-store.ts'
import css from './output.module.css'
import { copyAndTell } from './share.ts'
import { foresee } from './terminal-size.ts'

const CaseResults = later(() => import('./CaseResults.tsx'))
const Terminal = later(() => import('./Terminal.tsx'))

export function OutputPane({ room }: { room: Room }) {
  const runs = useStore(room.runs.all)
  const shown = useStore(room.runs.shown)
  const run = runs.find(({ id }) => id === shown) ?? runs[0]
  return (
    <section className={css.pane} aria-label="Output">
      {run === undefined ? (
        <Nothing room={room} />
      ) : (
        <>
          <Head room={room} run={run} runs={runs} />
          <div className={css.body} data-output tabIndex={-1}>
            {run.caseCount > 0 ? (
              <CaseResults key={run.id} room={room} run={run} />
            ) : (
              <Terminal key={run.id} room={room} run={run} />
            )}
          </div>
          <Result room={room} run={run} />
        </>
      )}
    </section>
  )
}

function Nothing({ room }: { room: Room }) {
  const isStarting = useStore(room.runs.isStarting)
  const mayRun = useStore(room.mayRun)
  const { fontSize } = useStore(settings)
  const place = useRef<HTMLParagraphElement>(null)

  useEffect(() => {
    const { current } = place
    if (current === null) return
    const observer = new ResizeObserver(() => foresee(current, fontSize - 1))
    observer.observe(current)
    return () => observer.disconnect()
  }, [fontSize])

  if (isStarting) {
    return (
      <p className={css.nothing} ref={place}>
        Starting…
      </p>
    )
  }
  return (
    <p className={css.nothing} ref={place}>
      Run the code and its output appears here, for everybody.
      {mayRun && (
        <span>
          <Keys keys={keysFor('run')} />
        </span>
      )}
    </p>
  )
}

interface HeadProps {
  room: Room
  run: RunView
  runs: readonly RunView[]
}

function Head({ room, run, runs }: HeadProps) {
  const known = useStore(languages)
  const earlier = useStore(room.runs.earlier)
  const oldest = useRef<HTMLDivElement>(null)
  return (
    <div className={css.head}>
      <Menu
        align="start"
        opener={
          <Button look="quiet" className={css.which}>
            {room.nameOf(run.userId)} ran {displayName(run.language, known)} ·{' '}
            {whenWords(run.startedAt)}
            <Chevron />
          </Button>
        }
      >
        {runs.map((each) => (
          <MenuItem
            key={each.id}
            ref={each === runs.at(-1) ? oldest : null}
            data-state={each.id === run.id ? 'checked' : undefined}
            onSelect={() =>
              void room.runs
                .show(each.id === runs[0]?.id ? null : each.id)
                .catch((error) => room.complain(error))
            }
            aside={each.ending === null ? 'running' : verdictWords(each.ending)}
          >
            {whenWords(each.startedAt)} · {room.nameOf(each.userId)}
          </MenuItem>
        ))}
        {earlier !== null && (
          <MenuItem
            onSelect={(event) => {
              // The menu stays, and they come behind the one that has the keyboard then.
              event.preventDefault()
              oldest.current?.focus()
              void room.runs.loadEarlier().catch((error) => room.complain(error))
            }}
          >
            Earlier runs
          </MenuItem>
        )}
      </Menu>
      {run.caseCount === 0 && (
        <Button
          look="quiet"
          isIcon
          className={css.copy}
          aria-label="Copy the output"
          title="Copy the output"
          onClick={() => copyOutput(room, run)}
        >
          <Copy />
        </Button>
      )}
    </div>
  )
}

function copyOutput(room: Room, { log, compilerOutput }: RunView): void {
  const text = log.plain + compilerOutput
  if (text === '') room.tell('There is no output')
  else void copyAndTell(room, 'Output', text)
}

function Result({ room, run }: { room: Room; run: RunView }) {
  const { ending } = run
  const mayType = useStore(room.mayType)
  // How it ended is said among the notices, with whose run it was.
  if (ending === null) {
    return (
      <p className={css.result} role="status" aria-live="off">
        Running…
        {mayType && run.caseCount === 0 && (
          <span className={css.figures}>
            Type in the output to answer it <Keys keys={keysFor('terminal')} />
          </span>
        )}
      </p>
    )
  }
  const figures = figureWords(ending)
  const detail = detailWords(ending)
  return (
    <p className={`${css.result} ${toneOf(ending.verdict)}`} role="status" aria-live="off">
      <b>{verdictWords(ending)}</b>
      {detail !== null && <span>{detail}</span>}
      {figures !== '' && <span className={css.figures}>{figures}</span>}
    </p>
  )
}

function toneOf(verdict: Ending['verdict']): string {
  if (verdict === 'cancelled') return ''
  return (verdict === 'ok' ? css.good : css.bad) ?? ''
}
