import { type ReactNode, useState } from 'react'
import { colourOf, initialsOf } from '../../room/people.ts'
import type { Room } from '../../room/room.ts'
import type { Person, Role } from '../../room/server.ts'
import { Button } from '../parts/Button.tsx'
import Confirm from '../parts/Confirm.tsx'
import { More } from '../parts/icons.tsx'
import { Menu, MenuItem } from '../parts/Menu.tsx'
import bar from '../room/bar.module.css'
import { useStore } from '../use-store.ts'
import css from './host.module.css'
import { ROLES } from './roles.ts'

/** Who waits, who is here or was, and who may never come again. */
export function PeopleTab({ room }: { room: Room }) {
  const people = useStore(room.hosting.people)
  const [banning, setBanning] = useState<Person | null>(null)
  const waiting = people.filter(({ outside }) => outside === 'waiting')
  const known = people.filter(({ role }) => role !== null)
  const banned = people.filter(({ outside }) => outside === 'banned')
  return (
    <>
      {waiting.length > 0 && (
        <Group title="Waiting to be let in">
          {waiting.map((person) => (
            <Waiting key={person.id} room={room} person={person} ban={setBanning} />
          ))}
        </Group>
      )}
      <Group title="In this room">
        {known.map((person) => (
          <Known key={person.id} room={room} person={person} ban={setBanning} />
        ))}
      </Group>
      {banned.length > 0 && (
        <Group title="Sent away for good">
          {banned.map((person) => (
            <Row key={person.id} room={room} person={person}>
              <Button onClick={() => void room.hosting.remove(person.id)}>Allow again</Button>
            </Row>
          ))}
        </Group>
      )}
      <Confirm
        title={`Send ${banning === null ? '' : room.hosting.called(banning)} away for good?`}
        action="Send away for good"
        isOpen={banning !== null}
        close={() => setBanning(null)}
        confirm={() => banning !== null && void room.hosting.remove(banning.id, true)}
      >
        They cannot come in again, nor ask to be let in, until a host allows it.
      </Confirm>
    </>
  )
}

interface PersonProps {
  room: Room
  person: Person
  ban: (person: Person) => void
}

function Waiting({ room, person, ban }: PersonProps) {
  const { hosting } = room
  const name = hosting.called(person)
  return (
    <Row room={room} person={person}>
      <Button
        look="primary"
        aria-label={`Let in ${name}`}
        onClick={() => void hosting.seat(person.id, 'editor')}
      >
        Let in
      </Button>
      <PersonMenu name={name}>
        <MenuItem onSelect={() => void hosting.seat(person.id, 'viewer')}>
          Let in to look on
        </MenuItem>
        <MenuItem onSelect={() => void hosting.remove(person.id)}>Refuse</MenuItem>
        <MenuItem onSelect={() => ban(person)}>Refuse for good…</MenuItem>
      </PersonMenu>
    </Row>
  )
}

function Known({ room, person, ban }: PersonProps) {
  const { hosting } = room
  const name = hosting.called(person)
  if (person.userIds.includes(room.myId)) {
    return (
      <Row room={room} person={person}>
        <span className={css.aside}>you · host</span>
      </Row>
    )
  }
  return (
    <Row room={room} person={person}>
      <select
        className={css.select}
        aria-label={`Role of ${name}`}
        value={person.role ?? ''}
        onChange={(event) => void hosting.seat(person.id, event.target.value as Role)}
      >
        {ROLES.map(({ role, noun }) => (
          <option key={role} value={role}>
            {noun}
          </option>
        ))}
      </select>
      <PersonMenu name={name}>
        <MenuItem onSelect={() => void hosting.remove(person.id)}>Send away</MenuItem>
        <MenuItem onSelect={() => ban(person)}>Send away for good…</MenuItem>
      </PersonMenu>
    </Row>
  )
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={css.group}>
      <h2>{title}</h2>
      <ul>{children}</ul>
    </section>
  )
}

function Row({ room, person, children }: Omit<PersonProps, 'ban'> & { children: ReactNode }) {
  const name = room.hosting.called(person)
  const isHere = person.userIds.length > 0
  const id = person.userIds[0] ?? person.id
  const colour = useStore(room.people).find((each) => each.id === id)?.colour ?? colourOf(id)
  return (
    <li className={css.row}>
      <span className={`${bar.face} colour-${colour}`} aria-hidden="true">
        {initialsOf(name)}
      </span>
      <span className={css.name}>
        {name}
        {!isHere && person.role !== null && <span className={css.aside}>not here</span>}
      </span>
      {children}
    </li>
  )
}

function PersonMenu({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Menu
      opener={
        <Button look="quiet" isIcon aria-label={`More about ${name}`}>
          <More />
        </Button>
      }
    >
      {children}
    </Menu>
  )
}
