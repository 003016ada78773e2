import { account } from '../../room/account.ts'
import { initialsOf } from '../../room/people.ts'
import type { Room } from '../../room/room.ts'
import { Menu, MenuItem } from '../parts/Menu.tsx'
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
    <Menu
      opener={
        <button type="button" className={css.people} aria-label={`People here: ${people.length}`}>
          {people.slice(0, MOST_SHOWN).map(({ id, name, colour }) => (
            <span
              key={id}
              className={`${css.face} colour-${colour}`}
              title={name}
              data-shown={initialsOf(name)}
            />
          ))}
          {more > 0 && <span className={css.more} data-shown={`+${more}`} />}
        </button>
      }
    >
      {people.map(({ id, name, colour, isMe }) => (
        <MenuItem
          key={id}
          disabled={isMe && !mayRename}
          onSelect={() => (isMe ? rename() : room.follow(following === id ? null : id))}
          aside={aside(isMe, mayRename, following === id)}
        >
          <span className={`${css.face} colour-${colour}`} aria-hidden="true">
            {initialsOf(name)}
          </span>
          {name}
        </MenuItem>
      ))}
    </Menu>
  )
}

function aside(isMe: boolean, mayRename: boolean, isFollowed: boolean): string {
  if (isMe) return mayRename ? 'you · rename' : 'you'
  return isFollowed ? 'stop following' : 'follow'
}
