import { type FormEvent, useCallback, useEffect, useState } from 'react'
import { readOnlyCaveat, readOnlyLink } from '../../room/links.ts'
import type { Room } from '../../room/room.ts'
import type { Invite, MadeInvite, Role } from '../../room/server.ts'
import { Button } from '../parts/Button.tsx'
import parts from '../parts/parts.module.css'
import { copyAndTell, roomAddress } from '../room/share.ts'
import { useStore } from '../use-store.ts'
import css from './host.module.css'
import { ROLES, STRANGERS } from './roles.ts'

/** In hours; nothing: as long as the room. */
const LIFETIMES: readonly { hours: number | null; words: string }[] = [
  { hours: 1, words: 'for an hour' },
  { hours: 24, words: 'for a day' },
  { hours: 168, words: 'for a week' },
  { hours: null, words: 'as long as the room' },
]

/** The room's own link, and links that give a role. */
export function LinksTab({ room }: { room: Room }) {
  const access = useStore(room.access)
  const people = useStore(room.hosting.people)
  const [invites, setInvites] = useState<readonly Invite[]>([])
  const [made, setMade] = useState<MadeInvite | null>(null)

  const load = useCallback(() => {
    room.hosting.invites().then(setInvites, (error) => room.complain(error))
  }, [room])

  // biome-ignore lint/correctness/useExhaustiveDependencies: who comes may have used one
  useEffect(load, [load, people])

  const own = STRANGERS.find((each) => each.strangers === access?.strangers)
  const caveat = readOnlyCaveat(access)
  return (
    <>
      <section className={css.group}>
        <h2>The room's own link</h2>
        <p className={css.hint}>Whoever has it {own?.words ?? 'can come in'}.</p>
        <div className={css.ways}>
          <Copy room={room} text={roomAddress()}>
            Copy
          </Copy>
          <Copy room={room} text={readOnlyLink(roomAddress())}>
            Copy a read-only one
          </Copy>
        </div>
        {caveat !== null && (
          <p className={css.hint}>
            The read-only one only shows the room. {caveat} To be safe, set under Room that whoever
            has the link can look on, and invite those who are to edit.
          </p>
        )}
      </section>
      <section className={css.group}>
        <h2>Invites</h2>
        <NewInvite
          room={room}
          noteMade={(invite) => {
            setMade(invite)
            load()
          }}
        />
        {made !== null && (
          <div className={css.made} role="status">
            <label className={parts.field}>
              <span className={parts.label}>The new link, which is shown only now</span>
              <input
                className={parts.input}
                readOnly
                value={made.url}
                onFocus={(event) => event.target.select()}
              />
            </label>
            <Copy room={room} text={made.url}>
              Copy the invite
            </Copy>
          </div>
        )}
        <ul>
          {invites.map((invite) => (
            <li key={invite.id} className={css.row}>
              <span className={css.name}>
                {nounOf(invite.role)}
                <span className={css.aside}>{wordsOf(invite, room)}</span>
              </span>
              <Button
                aria-label={`Take back the invite as ${nounOf(invite.role)}, ${wordsOf(invite, room)}`}
                onClick={() => {
                  if (made?.id === invite.id) setMade(null)
                  void room.hosting.revokeInvite(invite.id).then(load)
                }}
              >
                Take back
              </Button>
            </li>
          ))}
        </ul>
      </section>
    </>
  )
}

function NewInvite({ room, noteMade }: { room: Room; noteMade: (invite: MadeInvite) => void }) {
  const [role, setRole] = useState<Role>('editor')
  const [lifetime, setLifetime] = useState(1)
  const [isSingle, setSingle] = useState(false)
  const [isMaking, setMaking] = useState(false)

  const make = async (event: FormEvent) => {
    event.preventDefault()
    setMaking(true)
    try {
      const expiresIn = LIFETIMES[lifetime]?.hours ?? null
      noteMade(await room.hosting.makeInvite({ role, expiresIn, singleUse: isSingle }))
    } catch (error) {
      room.complain(error)
    } finally {
      setMaking(false)
    }
  }

  return (
    <form onSubmit={(event) => void make(event)}>
      <label className={css.field}>
        Makes people
        <select
          className={css.select}
          value={role}
          onChange={(event) => setRole(event.target.value as Role)}
        >
          {ROLES.map(({ role, noun }) => (
            <option key={role} value={role}>
              {noun}
            </option>
          ))}
        </select>
      </label>
      <label className={css.field}>
        Holds
        <select
          className={css.select}
          value={lifetime}
          onChange={(event) => setLifetime(Number(event.target.value))}
        >
          {LIFETIMES.map(({ words }, at) => (
            <option key={words} value={at}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label className={css.field}>
        For one person only
        <input
          type="checkbox"
          checked={isSingle}
          onChange={(event) => setSingle(event.target.checked)}
        />
      </label>
      <div className={css.ways}>
        <Button type="submit" disabled={isMaking}>
          Make an invite
        </Button>
      </div>
    </form>
  )
}

function Copy({ room, text, children }: { room: Room; text: string; children: string }) {
  return <Button onClick={() => void copyAndTell(room, 'Link', text)}>{children}</Button>
}

function nounOf(role: Role): string {
  return ROLES.find((each) => each.role === role)?.noun ?? role
}

function wordsOf({ singleUse, usedBy, expiresAt }: Invite, room: Room): string {
  const name = usedBy === null ? null : room.hosting.nameOf(usedBy)
  if (name !== null) return `used by ${name}`
  const until = expiresAt === null ? 'as long as the room' : untilWords(expiresAt)
  return singleUse ? `for one person, ${until}` : until
}

function untilWords(expiresAt: string): string {
  const until = new Date(expiresAt)
  const words = until.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
  return until.getTime() > Date.now() ? `until ${words}` : `over since ${words}`
}
