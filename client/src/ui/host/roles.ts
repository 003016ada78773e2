import type { Role, Strangers } from '../../room/server.ts'

/** What a role is called in a list. */
export const ROLES: readonly { role: Role; noun: string }[] = [
  { role: 'host', noun: 'Host' },
  { role: 'editor', noun: 'Editor' },
  { role: 'viewer', noun: 'Viewer' },
]

/** What whoever has the room's own link may do. */
export const STRANGERS: readonly { strangers: Strangers; words: string }[] = [
  { strangers: 'editor', words: 'can edit' },
  { strangers: 'viewer', words: 'can look on' },
  { strangers: 'ask', words: 'must be let in' },
]
