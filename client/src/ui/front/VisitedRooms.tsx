import { useState } from 'react'
import { displayName, languages } from '../../room/languages.ts'
import type { Server } from '../../room/server.ts'
import { forgetVisit, type Visit, visited } from '../../room/visited.ts'
import { later } from '../parts/later.tsx'
import { useStore } from '../use-store.ts'
import css from './front.module.css'
import { RoomLine } from './RoomLine.tsx'

const DeleteRoom = later(() => import('./DeleteRoom.tsx'))

interface Props {
  server: Server
  complain: (problem: string) => void
  /** Rooms that stand elsewhere on the page. */
  but: readonly string[]
}

/** The rooms that this browser was in. */
export function VisitedRooms({ server, complain, but }: Props) {
  const known = useStore(languages)
  const rooms = useStore(visited).filter(({ id }) => !but.includes(id))
  const [doomed, setDoomed] = useState<Visit | null>(null)
  if (rooms.length === 0) return null
  return (
    <section className={css.rooms} aria-labelledby="visited-rooms">
      <h2 id="visited-rooms">Rooms you were in</h2>
      <ul>
        {rooms.map((room) => (
          <RoomLine
            key={room.id}
            id={room.id}
            title={room.title}
            language={displayName(room.language, known)}
            at={room.at}
            actions={[
              { word: 'Forget', act: () => forgetVisit(room.id) },
              ...(room.isHost ? [{ word: 'Delete', act: () => setDoomed(room) }] : []),
            ]}
          />
        ))}
      </ul>
      {doomed !== null && (
        <DeleteRoom
          server={server}
          id={doomed.id}
          title={doomed.title}
          close={() => setDoomed(null)}
          complain={complain}
        />
      )}
    </section>
  )
}
