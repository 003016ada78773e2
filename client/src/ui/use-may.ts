import type { Room } from '../room/room.ts'
import { useStore } from './use-store.ts'

/** Whether one may do something in a room. */
export function useMay(room: Room, deed: Parameters<Room['may']>[0]): boolean {
  useStore(room.access)
  return room.may(deed)
}
