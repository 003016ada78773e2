import { useState } from 'react'
import type { Room } from '../../room/room.ts'
import type { Strangers } from '../../room/server.ts'
import { Button } from '../parts/Button.tsx'
import Confirm from '../parts/Confirm.tsx'
import { useStore } from '../use-store.ts'
import css from './host.module.css'
import { STRANGERS } from './roles.ts'

/** What holds for everybody. */
export function RulesTab({ room }: { room: Room }) {
  const access = useStore(room.access)
  const [isEnding, setEnding] = useState(false)
  if (access === null) return null
  const { hosting } = room
  return (
    <>
      <label className={css.field}>
        Whoever has the link
        <select
          className={css.select}
          value={access.strangers}
          onChange={(event) => void hosting.ruleStrangers(event.target.value as Strangers)}
        >
          {STRANGERS.map(({ strangers, words }) => (
            <option key={strangers} value={strangers}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label className={css.field}>
        Lock editing: only hosts edit
        <input
          type="checkbox"
          checked={access.editingLocked}
          onChange={(event) => void hosting.rule({ editingLocked: event.target.checked })}
        />
      </label>
      <label className={css.field}>
        Lock running: only hosts run
        <input
          type="checkbox"
          checked={access.runningLocked}
          onChange={(event) => void hosting.rule({ runningLocked: event.target.checked })}
        />
      </label>
      <div className={css.ending}>
        {access.endedAt === null ? (
          <>
            <p>To end the room makes everybody a viewer at once. You can reopen it.</p>
            <Button look="danger" onClick={() => setEnding(true)}>
              End the room…
            </Button>
          </>
        ) : (
          <>
            <p>
              Ended <time dateTime={access.endedAt}>{when(access.endedAt)}</time>. Everybody can
              still read it and play it back.
            </p>
            <Button look="primary" onClick={() => void hosting.rule({ ended: false })}>
              Reopen the room
            </Button>
          </>
        )}
      </div>
      <Confirm
        title="End this room?"
        action="End the room"
        isOpen={isEnding}
        close={() => setEnding(false)}
        confirm={() => void hosting.rule({ ended: true })}
      >
        Everybody, hosts too, can only look on from then, and what runs is stopped. Nothing is lost,
        and a host can reopen it.
      </Confirm>
    </>
  )
}

function when(timestamp: string): string {
  return new Date(timestamp).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}
