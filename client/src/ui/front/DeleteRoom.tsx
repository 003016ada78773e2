import { Refused, type Server } from '../../room/server.ts'
import { forgetVisit } from '../../room/visited.ts'
import { whyNot } from '../../room/words.ts'
import Confirm from '../parts/Confirm.tsx'

interface Props {
  server: Server
  id: string
  title: string
  close: () => void
  /** Told why it is still there. */
  complain: (problem: string) => void
  /** It is gone. */
  done?: () => void
}

/** Asks before a room goes for good. */
export default function DeleteRoom({ server, id, title, close, complain, done }: Props) {
  const remove = async () => {
    try {
      await server.deleteSession(id)
    } catch (error) {
      // Somebody else may have been quicker.
      if (!(error instanceof Refused && error.status === 404)) {
        complain(whyNot(error))
        return
      }
    }
    forgetVisit(id)
    done?.()
  }

  return (
    <Confirm
      title="Delete the room"
      action="Delete"
      isOpen
      close={close}
      confirm={() => void remove()}
    >
      “{title || 'Untitled'}” goes for good, for everybody, with all that was written and run in it.
    </Confirm>
  )
}
