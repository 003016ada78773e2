import type { Room } from '../../room/room.ts'
import { Button } from '../parts/Button.tsx'
import { Notices } from './Notices.tsx'
import css from './prompt.module.css'

/** Before a room whose hosts let people in. */
export function Waiting({ room }: { room: Room }) {
  return (
    <main className={css.page}>
      <div className={css.form}>
        <h1>The host will let you in</h1>
        <p role="status">
          The hosts see that <strong>{room.nameOf(room.myId) || 'a guest'}</strong> is waiting. Keep
          this page open; the room appears by itself.
        </p>
        <div className={css.ways}>
          <Button onClick={() => location.assign('/')}>Do not wait</Button>
        </div>
      </div>
      <Notices room={room} />
    </main>
  )
}
