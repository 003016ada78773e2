import { useEffect, useState } from 'react'
import { loadLanguages } from '../../room/languages.ts'
import { me } from '../../room/me.ts'
import { Room } from '../../room/room.ts'
import { Server } from '../../room/server.ts'
import { browserWakes } from '../../transport/wake.ts'
import { NamePrompt } from './NamePrompt.tsx'
import { RoomView } from './RoomView.tsx'

const server = new Server()

/** A session's page: who comes is asked for a name once, and is in. */
export default function RoomPage({ sessionId }: { sessionId: string }) {
  const [room, setRoom] = useState<Room | null>(null)
  // Once in, one stays in, whatever happens to the name.
  const [isIn, setIn] = useState(() => me.get().name !== '')

  useEffect(() => {
    // Without them the language is shown by its plain name, and cannot be changed.
    loadLanguages(server).catch(() => {})
  }, [])

  useEffect(() => {
    if (!isIn) return
    const entered = new Room({
      sessionId,
      server,
      me: me.get(),
      readOnly: new URLSearchParams(location.search).has('readonly'),
      socketUrl: location.origin.replace(/^http/, 'ws'),
      wakes: browserWakes,
    })
    const forget = me.subscribe(() => entered.rename(me.get().name))
    setRoom(entered)
    return () => {
      forget()
      entered.leave()
      setRoom(null)
    }
  }, [sessionId, isIn])

  if (!isIn) return <NamePrompt enter={() => setIn(true)} />
  return room && <RoomView room={room} />
}
