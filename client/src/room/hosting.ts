/** What hosts see and decide in a room. For everybody else it is empty, and asks nothing. */

import type { AccessEvent, RoomEvent } from '../generated/protocol.ts'
import type {
  Invite,
  MadeInvite,
  MakeInvite,
  Person,
  Role,
  Rule,
  Server,
  Strangers,
} from './server.ts'
import { Store } from './store.ts'
import { roleWords } from './words.ts'

/** What the room does with what is found out here. */
interface Room {
  tell(text: string): void
  complain(error: unknown): void
  /** What somebody who is here is called. */
  nameOf(userId: string): string
  readonly myId: string
}

/** After these there may be other people than before. */
const CONCERNING: ReadonlySet<RoomEvent['type']> = new Set([
  'joined',
  'left',
  'seated',
  'removed',
  'knocked',
])

export class Hosting {
  readonly isHost = new Store(false)
  /** Everybody whom the session knows, and strangers who are here. */
  readonly people = new Store<readonly Person[]>([])
  private isAsking = false
  private hasToAskAgain = false

  constructor(
    private readonly server: Server,
    private readonly sessionId: string,
    private readonly room: Room,
  ) {}

  noteAccess(access: AccessEvent): void {
    const isHost = access.deeds.includes('seat')
    if (isHost === this.isHost.get()) return
    this.isHost.set(isHost)
    if (isHost) void this.refresh()
    else this.people.set([])
  }

  noteEvent(event: RoomEvent): void {
    if (!this.isHost.get()) return
    const words = this.wordsOf(event)
    if (words !== null) this.room.tell(words)
    if (CONCERNING.has(event.type)) void this.refresh()
  }

  /** There is a connection again: what happened without one was not told. */
  catchUp(): void {
    if (this.isHost.get()) void this.refresh()
  }

  /** Gives somebody a role; who waits is let in by it. */
  seat(id: string, role: Role): Promise<boolean> {
    return this.attempt(() => this.server.seat(this.sessionId, id, role))
  }

  /** Sends somebody away, or refuses who waits. `ban`: for good; else a ban is over. */
  remove(id: string, ban = false): Promise<boolean> {
    return this.attempt(() => this.server.remove(this.sessionId, id, ban))
  }

  rule(change: Rule): Promise<boolean> {
    return this.attempt(() => this.server.rule(this.sessionId, change))
  }

  /**
   * Says what whoever has the link may do. Who is here already stays what they are: the server
   * would send strangers away who are to be let in from then on.
   */
  ruleStrangers(strangers: Strangers): Promise<boolean> {
    return this.attempt(async () => {
      if (strangers === 'ask') {
        const people = await this.server.people(this.sessionId)
        const here = people.filter(({ role, userIds }) => isGuest(role) && userIds.length > 0)
        for (const { id, role } of here) {
          if (isGuest(role)) await this.server.seat(this.sessionId, id, role)
        }
      }
      await this.server.rule(this.sessionId, { strangers })
    })
  }

  invites(): Promise<Invite[]> {
    return this.server.invites(this.sessionId)
  }

  makeInvite(wish: MakeInvite): Promise<MadeInvite> {
    return this.server.makeInvite(this.sessionId, wish)
  }

  revokeInvite(id: string): Promise<boolean> {
    return this.attempt(() => this.server.revokeInvite(this.sessionId, id))
  }

  /** What somebody is called, by their id as the session knows them. */
  nameOf(id: string): string {
    const person = this.people.get().find((each) => each.id === id)
    return person === undefined ? 'Somebody' : this.called(person)
  }

  called({ name, userIds }: Pick<Person, 'name' | 'userIds'>): string {
    const [first] = userIds
    if (first !== undefined) return this.room.nameOf(first)
    return name.trim() === '' ? 'Somebody without a name' : name
  }

  private wordsOf(event: RoomEvent): string | null {
    switch (event.type) {
      case 'knocked':
        return `${event.name || 'Somebody'} asks to be let in`
      case 'seated':
        if (event.role === null || this.mayBeMyself(event.id)) return null
        if (this.people.get().some(({ id, role }) => id === event.id && role === event.role)) {
          return null
        }
        return `${this.subject(event)} ${roleWords(event.role)} now`
      case 'removed':
        // Who waits no longer has gone by themselves.
        return event.userId === event.id ? null : `${this.subject(event)} was sent away`
      default:
        return null
    }
  }

  /** Whoever has just become a host knows nobody yet, and is told of that in other words. */
  private mayBeMyself(id: string): boolean {
    const people = this.people.get()
    const person = people.find((each) => each.id === id)
    return people.length === 0 || (person?.userIds.includes(this.room.myId) ?? false)
  }

  private subject({ id, name }: { id: string; name: string }): string {
    const person = this.people.get().find((each) => each.id === id)
    return person === undefined ? name || 'Somebody' : this.called(person)
  }

  private async refresh(): Promise<void> {
    this.hasToAskAgain = true
    if (this.isAsking) return
    this.isAsking = true
    try {
      while (this.hasToAskAgain && this.isHost.get()) {
        this.hasToAskAgain = false
        const people = await this.server.people(this.sessionId)
        if (this.isHost.get()) this.people.set(people)
      }
    } catch (error) {
      this.room.complain(error)
    } finally {
      this.isAsking = false
    }
  }

  private async attempt(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action()
      return true
    } catch (error) {
      this.room.complain(error)
      return false
    }
  }
}

function isGuest(role: Person['role']): role is 'editor' | 'viewer' {
  return role === 'editor' || role === 'viewer'
}
