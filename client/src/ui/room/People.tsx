import { DropdownMenu } from 'radix-ui'
import { account } from '../../room/account.ts'
import { initialsOf } from '../../room/people.ts'
import type { Room } from '../../room/room.ts'
import parts from '../parts/parts.module.css'
import { useStore } from '../use-store.ts'
import css from './bar.module.css'

const MOST_SHOWN = 4

/** Who is here. To choose somebody is to follow them. */
export function People({ room, rename }: { room: Room; rename: () => void }) {
  const people = useStore(room.people)
  const following = useStore(room.following)
  const mayRename = useStore(account).kind !== 'signed in'
  const more = people.length - MOST_SHOWN
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className={css.people} aria-label={`People here: ${people.length}`}>
        {people.slice(0, MOST_SHOWN).map(({ id, name, colour }) => (
          <span
            key={id}
            className={`${css.face} colour-${colour}`}
            title={name}
            data-shown={initialsOf(name)}
          />
        ))}
        {more > 0 && <span className={css.more} data-shown={`+${more}`} />}
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className={parts.menu} align="end" sideOffset={4}>
        {people.map(({ id, name, colour, isMe }) => (
          <DropdownMenu.Item
            key={id}
            className={parts.item}
            disabled={isMe && !mayRename}
            onSelect={() => (isMe ? rename() : room.follow(following === id ? null : id))}
          >
            <span className={`${css.face} colour-${colour}`} aria-hidden="true">
              {initialsOf(name)}
            </span>
            {name}
            <span className={parts.aside}>{aside(isMe, mayRename, following === id)}</span>
          </DropdownMenu.Item>
        ))}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}

function aside(isMe: boolean, mayRename: boolean, isFollowed: boolean): string {
  if (isMe) return mayRename ? 'you · rename' : 'you'
  return isFollowed ? 'stop following' : 'follow'
}
