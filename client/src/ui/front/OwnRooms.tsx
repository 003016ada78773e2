import { useEffect, useState } from 'react'
import { displayName, languages } from '../../room/languages.ts'
import type { OwnSession, Server } from '../../room/server.ts'
import { whyNot } from '../../room/words.ts'
import { Button } from '../parts/Button.tsx'
import { later } from '../parts/later.tsx'
import { useStore } from '../use-store.ts'
import css from './front.module.css'
import { RoomLine } from './RoomLine.tsx'

const DeleteRoom = later(() => import('./DeleteRoom.tsx'))

interface Props {
  server: Server
  complain: (problem: string) => void
  /** Told which rooms stand here. */
  show: (ids: readonly string[]) => void
}

/** The rooms that somebody who is signed in made, on whatever machine. */
export default function OwnRooms({ server, complain, show }: Props) {
  const known = useStore(languages)
  const [rooms, setRooms] = useState<readonly OwnSession[]>([])
  const [after, setAfter] = useState('')
  const [next, setNext] = useState<string | null>(null)
  const [doomed, setDoomed] = useState<OwnSession | null>(null)

  useEffect(() => {
    let isWanted = true
    server.ownSessions(after).then(
      (page) => {
        if (!isWanted) return
        setRooms((before) => [...before, ...page.sessions])
        setNext(page.next)
      },
      (error) => complain(whyNot(error)),
    )
    return () => {
      isWanted = false
    }
  }, [server, complain, after])

  useEffect(() => show(rooms.map(({ sessionId }) => sessionId)), [rooms, show])

  if (rooms.length === 0) return null
  return (
    <section className={css.rooms} aria-labelledby="own-rooms">
      <h2 id="own-rooms">Your rooms</h2>
      <ul>
        {rooms.map((room) => (
          <RoomLine
            key={room.sessionId}
            id={room.sessionId}
            title={room.title ?? ''}
            language={displayName(room.language, known)}
            at={Date.parse(room.createdAt)}
            actions={[{ word: 'Delete', act: () => setDoomed(room) }]}
          />
        ))}
      </ul>
      {next !== null && <Button onClick={() => setAfter(next)}>Show more</Button>}
      {doomed !== null && (
        <DeleteRoom
          server={server}
          id={doomed.sessionId}
          title={doomed.title ?? ''}
          close={() => setDoomed(null)}
          complain={complain}
          done={() =>
            setRooms((before) => before.filter((each) => each.sessionId !== doomed.sessionId))
          }
        />
      )}
    </section>
  )
}
