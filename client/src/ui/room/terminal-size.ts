import { Store } from '../../room/store.ts'

/** How much the output shows, in characters: programs are started on a terminal of this size. */
export const TERMINAL_SIZE = new Store({ rows: 24, columns: 80 })
