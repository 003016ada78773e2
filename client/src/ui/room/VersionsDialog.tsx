import { type FormEvent, useEffect, useState } from 'react'
import type { Room } from '../../room/room.ts'
import type { Version } from '../../room/server.ts'
import { whenWords, whyNot } from '../../room/words.ts'
import { Button } from '../parts/Button.tsx'
import { Dialog } from '../parts/Dialog.tsx'
import parts from '../parts/parts.module.css'
import { useMay } from '../use-may.ts'
import css from './dialogs.module.css'

const LONGEST_NAME = 100

interface Props {
  room: Room
  /** Shows the text as it was after an update. */
  look: (seq: number) => void
  close: () => void
}

/** The texts of this room that were given a name, and a name for the one that is there. */
export default function VersionsDialog({ room, look, close }: Props) {
  const [versions, setVersions] = useState<readonly Version[] | null>(null)
  const [problem, setProblem] = useState('')
  const mayName = useMay(room, 'name')
  const { server } = room.entrance

  useEffect(() => {
    server.versions(room.sessionId).then(setVersions, (error) => setProblem(whyNot(error)))
  }, [server, room])

  const change = async (deed: Promise<unknown>): Promise<boolean> => {
    try {
      await deed
      setVersions(await server.versions(room.sessionId))
      setProblem('')
      return true
    } catch (error) {
      setProblem(whyNot(error))
      return false
    }
  }

  return (
    <Dialog title="Versions" isOpen close={close}>
      {mayName && (
        <NewVersion name={(name) => change(server.nameVersion(room.sessionId, name, room.myId))} />
      )}
      {problem !== '' && (
        <p className={css.problem} role="alert">
          {problem}
        </p>
      )}
      {versions?.length === 0 && (
        <p className={css.hint}>
          {mayName
            ? 'A name makes a text easy to find again. Everything in between is kept anyway: play the session back to see it.'
            : 'No text of this room has a name.'}
        </p>
      )}
      <ul className={css.versions} aria-label="Versions">
        {versions?.toReversed().map((version) => (
          <li key={version.id}>
            <span className={css.version}>
              {version.name}
              <span className={css.hint}>
                {room.nameOf(version.userId)} · {whenWords(Date.parse(version.at))}
              </span>
            </span>
            <Button
              aria-label={`Look at “${version.name}”`}
              onClick={() => {
                close()
                look(version.seq)
              }}
            >
              Look
            </Button>
            {mayName && (
              <Button
                look="quiet"
                aria-label={`Take away the name “${version.name}”`}
                onClick={() => void change(server.forgetVersion(room.sessionId, version.id))}
              >
                Take away
              </Button>
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

function NewVersion({ name }: { name: (name: string) => Promise<boolean> }) {
  const [draft, setDraft] = useState('')
  const [isSaving, setSaving] = useState(false)
  const save = async (event: FormEvent) => {
    event.preventDefault()
    if (draft.trim() === '') return
    setSaving(true)
    if (await name(draft.trim())) setDraft('')
    setSaving(false)
  }
  return (
    <form className={css.newVersion} onSubmit={(event) => void save(event)}>
      <label className={parts.field}>
        <span className={parts.label}>A name for the code as it is now</span>
        <input
          className={parts.input}
          maxLength={LONGEST_NAME}
          placeholder="Works for the first test"
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
        />
      </label>
      <Button type="submit" look="primary" disabled={isSaving || draft.trim() === ''}>
        Name it
      </Button>
    </form>
  )
}
