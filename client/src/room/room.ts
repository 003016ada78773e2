/** A room as a person is in it: all that there is to show, and all that can be done. */

import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { AccessEvent, RoomEvent } from '../generated/protocol.ts'
import {
  Connection,
  type ConnectionState,
  type Place,
  type Saving,
} from '../transport/connection.ts'
import { Hosting } from './hosting.ts'
import { LanguageChoice } from './language-choice.ts'
import { beginning, displayName, isUntouched, languages, seekLanguages } from './languages.ts'
import type { Me } from './me.ts'
import { type Notice, noted } from './notices.ts'
import { colourOf, type Person, peopleOf } from './people.ts'
import { reportedEnding } from './run-view.ts'
import { Runs } from './runs.ts'
import type { Server, StartSessionRun, TerminalSize, WriteTask } from './server.ts'
import { Store } from './store.ts'
import { SessionTask } from './task.ts'
import { accessWords, type Ending, endedWords, whyNot } from './words.ts'

export interface RoomRecord {
  language: string
  title: string
}

export interface Link {
  state: ConnectionState
  saving: Saving
}

export interface Entrance {
  sessionId: string
  server: Server
  me: Me
  readOnly: boolean
  /** How long the text may be, in UTF-16 units. */
  mostUnits: number
  /** How to reach the room's socket; the query is added. */
  socketUrl: string
  wakes: Place['wakes']
  open?: Place['open']
}

export class Room {
  readonly doc = new Y.Doc()
  readonly text = this.doc.getText('code')
  readonly awareness = new Awareness(this.doc)
  readonly people = new Store<readonly Person[]>([])
  readonly link: Store<Link>
  readonly record = new Store<RoomRecord>({ language: '', title: '' })
  /** What was told last, the newest last. */
  readonly notices = new Store<readonly Notice[]>([])
  /** The id of the person whose cursor the editor keeps in sight. */
  readonly following = new Store<string | null>(null)
  readonly runs: Runs
  readonly task: SessionTask
  readonly sessionId: string
  /** Whether the text, the language and the title are only to be looked at. */
  readonly isReadOnly: Store<boolean>
  readonly mayRun: Store<boolean>
  /** Whether one may type to a program that runs. */
  readonly mayType: Store<boolean>
  readonly mayStop: Store<boolean>
  /** Whether a host has yet to let one in. */
  readonly isWaiting = new Store(false)
  /** What one is here and may do, as the server said last. */
  readonly access = new Store<AccessEvent | null>(null)
  readonly hosting: Hosting
  private readonly values = this.doc.getMap<unknown>('session')
  private readonly languageChoice = new LanguageChoice(this.text, this.values)
  private readonly names = new Map<string, string>()
  private readonly connection: Connection
  private me: Me

  constructor(readonly entrance: Entrance) {
    const { sessionId, server, me, readOnly, wakes, open } = entrance
    this.sessionId = sessionId
    this.isReadOnly = new Store(readOnly)
    this.mayRun = new Store(!readOnly)
    this.mayType = new Store(!readOnly)
    this.mayStop = new Store(!readOnly)
    this.me = me
    // Whoever left is told by the server, at once; nobody is thought to be gone for being quiet.
    clearInterval(this.awareness._checkInterval)
    this.presentMyself()
    this.runs = new Runs(server, sessionId, (userId, name) => this.noteName(userId, name))
    this.hosting = new Hosting(server, sessionId, this)
    this.task = new SessionTask(server, sessionId, readOnly, (error) => this.complain(error))
    this.awareness.on('change', this.notePeople)
    this.values.observe(this.noteRecord)
    this.connection = new Connection(
      {
        url: () => this.address(),
        doc: this.doc,
        awareness: this.awareness,
        readOnly,
        wakes,
        ...(open && { open }),
      },
      {
        changed: () => this.noteLink(),
        event: (event) => this.noteEvent(event),
        output: (runId, stream, data) => this.runs.noteOutput(runId, stream, data),
      },
    )
    this.link = new Store(this.readLink())
    this.notePeople()
  }

  /** The id by which one goes here. */
  get myId(): string {
    return this.me.id
  }

  /** Whether one may do something here; what the server has not said yet, it will. */
  may(deed: AccessEvent['deeds'][number]): boolean {
    return !this.entrance.readOnly && (this.access.get()?.deeds.includes(deed) ?? true)
  }

  /** What somebody is called here. */
  nameOf(userId: string): string {
    return this.names.get(userId) ?? (userId === this.me.id ? this.me.name : 'Somebody')
  }

  rename(name: string): void {
    this.me = { ...this.me, name }
    this.presentMyself()
  }

  setTitle(title: string): void {
    this.values.set('title', title === '' ? null : title)
  }

  /**
   * Sets the language. What somebody wrote stays, else there is what one begins with; but what
   * others wrote meanwhile is not known without a connection.
   */
  setLanguage(language: string): void {
    const mayBegin = this.link.get().state.kind === 'connected' && this.isUntouched
    const text = mayBegin ? beginning(language, languages.get(), this.task.starters) : null
    this.languageChoice.choose(language, text)
  }

  /** Whether nobody has written anything yet. */
  get isUntouched(): boolean {
    return isUntouched(this.text.toString(), languages.get(), this.task.starters)
  }

  /** Puts a text in the place of all that is there, as one edit, and sets its language. */
  rewrite(text: string, language: string | null): void {
    this.doc.transact(() => {
      if (language !== null) this.values.set('language', language)
      this.replaceText(text)
    })
  }

  /** Makes the text again what it was after an update, for everybody; false where that is refused. */
  async restore(seq: number): Promise<boolean> {
    try {
      await this.entrance.server.restore(this.sessionId, seq, this.me.id)
      return true
    } catch (error) {
      this.complain(error)
      return false
    }
  }

  /** Runs what is on the screen. */
  async run(terminal: TerminalSize): Promise<void> {
    try {
      const { language } = this.record.get()
      await this.runs.start({
        userId: this.me.id,
        terminal,
        // What is on the screen, though the server may not have it yet.
        code: this.text.toString(),
        ...(language !== '' && { language: language as NonNullable<StartSessionRun['language']> }),
      })
    } catch (error) {
      this.complain(error)
    }
  }

  /** Replaces the task, as `SessionTask.save`. Its starter code is this person's edit. */
  saveTask(wanted: WriteTask): Promise<boolean> {
    return this.task.save({ ...wanted, userId: this.me.id })
  }

  /** Runs what is on the screen over the test cases of the task. */
  async runTests(): Promise<void> {
    try {
      const { language } = this.record.get()
      await this.runs.start({
        userId: this.me.id,
        interactive: false,
        taskCases: true,
        code: this.text.toString(),
        ...(language !== '' && { language: language as NonNullable<StartSessionRun['language']> }),
      })
    } catch (error) {
      this.complain(error)
    }
  }

  async stop(runId: string): Promise<void> {
    try {
      await this.runs.stop(runId)
    } catch (error) {
      this.complain(error)
    }
  }

  /** Gives one's own program another terminal; the others' have the size of their screens. */
  async resizeTerminal(runId: string, size: TerminalSize): Promise<void> {
    try {
      await this.runs.resizeTerminal(runId, size, this.me.id)
    } catch {
      // It has ended meanwhile, or the server is away: then its lines are as long as they were.
    }
  }

  /** Types to a program that waits for it. */
  type(runId: string, data: string): void {
    if (!this.connection.type(runId, new TextEncoder().encode(data))) {
      this.tell('Not connected: the program was not told what you typed', true)
    }
  }

  follow(personId: string | null): void {
    this.following.set(personId)
  }

  /** Shows something once, and says it to those who listen to the page. */
  tell(text: string, isProblem = false): void {
    this.notify(text, isProblem, false)
  }

  /** Says why something was refused. */
  complain(error: unknown): void {
    this.tell(whyNot(error), true)
  }

  leave(): void {
    this.runs.close()
    this.connection.close()
    this.awareness.destroy()
    this.doc.destroy()
  }

  private notify(text: string, isProblem: boolean, isUnseen: boolean): void {
    this.notices.update((before) => noted(before, { text, isProblem, isUnseen }))
  }

  /** Of the socket. The name is for the hosts, where they have to let one in. */
  private address(): string {
    const { socketUrl, sessionId, readOnly } = this.entrance
    const query = new URLSearchParams({
      userId: this.me.id,
      ...(this.me.name !== '' && { name: this.me.name }),
      ...(readOnly && { readonly: '1' }),
    })
    return `${socketUrl}/ws/sync/${encodeURIComponent(sessionId)}?${query}`
  }

  private replaceText(text: string): void {
    this.text.delete(0, this.text.length)
    this.text.insert(0, text)
  }

  private presentMyself(): void {
    const hue = colourOf(this.me.id) * 45
    this.awareness.setLocalStateField('user', {
      id: this.me.id,
      name: this.me.name || 'Guest',
      color: `hsl(${hue}, 70%, 40%)`,
      colorLight: `hsla(${hue}, 70%, 40%, 0.2)`,
    })
  }

  private readLink(): Link {
    return { state: this.connection.state, saving: this.connection.saving }
  }

  private noteLink(): void {
    // The first time is told by the constructor of the connection.
    if (this.connection === undefined) return
    const before = this.link.get()
    const now = this.readLink()
    if (before.state === now.state && before.saving === now.saving) return
    this.link.set(now)
    if (before.state.kind === now.state.kind) return
    if (now.state.kind === 'connected') {
      this.runs.catchUp().catch((error) => this.complain(error))
      this.hosting.catchUp()
      void this.task.load()
      if (before.state.kind === 'reconnecting') {
        this.tell('Connected again')
        void seekLanguages(this.entrance.server)
      }
    } else if (now.state.kind === 'reconnecting') {
      this.runs.noteLoss()
      this.tell('The connection is lost. You can go on typing; it is kept and sent later')
    }
  }

  private noteAccess(now: AccessEvent): void {
    const words = accessWords(this.access.get(), now)
    this.access.set(now)
    this.isReadOnly.set(!this.may('edit'))
    this.mayRun.set(this.may('run'))
    this.mayType.set(this.may('type'))
    this.mayStop.set(this.may('cancel'))
    this.isWaiting.set(now.outside === 'waiting')
    if (!this.entrance.readOnly) this.hosting.noteAccess(now)
    if (words !== null) this.tell(words)
  }

  /** What somebody was called, unless it is known better from them. */
  private noteName(userId: string, name: string): void {
    if (!this.names.has(userId)) this.names.set(userId, name)
  }

  private readonly notePeople = (): void => {
    const people = peopleOf(this.awareness, this.me.id)
    for (const { id, name } of people) this.names.set(id, name)
    this.people.set(people)
    const followed = this.following.get()
    if (followed !== null && !people.some(({ id }) => id === followed)) this.following.set(null)
  }

  private readonly noteRecord = (changed: Y.YMapEvent<unknown>): void => {
    const before = this.record.get()
    const language = this.values.get('language')
    const title = this.values.get('title')
    const now = {
      language: typeof language === 'string' ? language : before.language,
      title: typeof title === 'string' ? title : '',
    }
    this.record.set(now)
    if (before.language !== '' && now.language !== before.language) {
      const who = changed.transaction.local ? 'You' : this.authorOf('language')
      const name = displayName(now.language, languages.get()) || now.language
      this.tell(`${who} changed the language to ${name}`)
    }
  }

  /** Who set a value, where they are here. */
  private authorOf(key: string): string {
    const client = this.values._map.get(key)?.id.client
    const person = this.people.get().find(({ clients }) => clients.some((each) => each === client))
    return person?.name ?? 'Somebody'
  }

  private sayEnding(userId: string, ending: Ending): void {
    const who = userId === this.me.id ? null : this.nameOf(userId)
    this.notify(endedWords(who, ending), false, true)
  }

  private noteEvent(event: RoomEvent): void {
    this.runs.noteEvent(event)
    this.hosting.noteEvent(event)
    this.task.noteEvent(event)
    switch (event.type) {
      case 'joined':
        this.names.set(event.userId, event.name)
        if (event.userId !== this.me.id) this.tell(`${event.name} joined`)
        break
      case 'left':
        if (event.userId !== this.me.id) this.tell(`${this.nameOf(event.userId)} left`)
        break
      case 'run-finished':
        this.sayEnding(event.userId, event)
        break
      case 'run-reported':
        this.sayEnding(event.userId, reportedEnding(event))
        break
      case 'access':
        this.noteAccess(event)
        break
      case 'task-changed':
        if (event.userId !== this.me.id) this.tell(`${this.nameOf(event.userId)} changed the task`)
        break
      case 'stdin-refused':
        this.tell(event.message, true)
        break
      case 'not-saved':
        this.tell(
          'The server cannot store what is written just now. It keeps it and tries again',
          true,
        )
        break
    }
  }
}
