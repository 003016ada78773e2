import { useEffect } from 'react'
import type { HostNotes, NotesView } from '../../room/notes.ts'
import { Button } from '../parts/Button.tsx'
import parts from '../parts/parts.module.css'
import { useStore } from '../use-store.ts'
import css from './host.module.css'

const LONGEST = 100_000

const STATES: Readonly<Record<NotesView['state'], string>> = {
  loading: 'Loading…',
  missing: 'The notes could not be loaded.',
  saved: 'Saved. Only hosts can see this.',
  saving: 'Saving…',
  unsaved: 'Could not save: keep this open.',
  changed:
    'Another host changed the notes meanwhile, and yours are not saved. Take over from theirs what you need, then save.',
}

/** What hosts write for themselves. */
export function NotesTab({ notes }: { notes: HostNotes }) {
  const { text, state, theirs } = useStore(notes.view)

  useEffect(() => {
    void notes.load()
  }, [notes])

  return (
    <div className={css.notes}>
      <label className={css.writing}>
        <span className="unseen">Notes for hosts</span>
        <textarea
          maxLength={LONGEST}
          disabled={state === 'loading' || state === 'missing'}
          placeholder="Notes that only hosts can see"
          value={text}
          onFocus={() => void notes.load()}
          onChange={(event) => notes.write(event.target.value)}
          onBlur={() => void notes.save()}
        />
      </label>
      <p className={parts.label} role="status">
        {STATES[state]}
      </p>
      {state === 'missing' && <Button onClick={() => void notes.load()}>Try again</Button>}
      {state === 'unsaved' && <Button onClick={() => void notes.save()}>Try again</Button>}
      {state === 'changed' && (
        <>
          <label className={css.writing}>
            <span className="unseen">What the other host wrote</span>
            <textarea readOnly value={theirs} />
          </label>
          <Button onClick={() => void notes.saveMerged()}>Save mine in their place</Button>
        </>
      )}
    </div>
  )
}
