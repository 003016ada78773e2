/** The server's routes, as far as the client asks for them. */

import type {
  Access,
  Authors,
  Case,
  CaseOutcome,
  Forked,
  InterviewProblem,
  Invite,
  Invites,
  Language,
  Languages,
  MadeInvite,
  MakeInvite,
  Me,
  Notes,
  OwnSession,
  OwnSessions,
  People,
  Person,
  Role,
  Rule,
  Run,
  RunSummary,
  AlgoroomApiInterviewModelsSession as Session,
  SessionRuns,
  SignInProvider,
  SignInProviders,
  StartSessionRun,
  Strangers,
  Task,
  TaskCase,
  Terminal,
  Version,
  Versions,
  WriteTask,
} from '../generated/openapi.d.ts'
import type { PlaybackLine } from '../generated/protocol.ts'
import { lines } from './lines.ts'

export type {
  Access,
  Authors,
  Case,
  CaseOutcome,
  Forked,
  Invite,
  Language,
  MadeInvite,
  MakeInvite,
  Me,
  Notes,
  OwnSession,
  OwnSessions,
  Person,
  Role,
  Rule,
  Run,
  RunSummary,
  Session,
  SignInProvider,
  SignInProviders,
  StartSessionRun,
  Strangers,
  Task,
  TaskCase,
  Terminal as TerminalSize,
  Version,
  WriteTask,
}

/** The server refused, and said why in words for people; `code` is for programs. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly code = '',
  ) {
    super(message)
  }
}

export class Server {
  /**
   * `base` is empty where the page came from the server. A browser shows who it is by its cookies,
   * anybody else by `headers`.
   */
  constructor(
    private readonly base = '',
    private readonly headers: Readonly<Record<string, string>> = {},
  ) {}

  async languages(): Promise<Language[]> {
    return (await this.json<Languages>('GET', '/api/languages')).languages
  }

  createSession(language: string): Promise<Session> {
    return this.json('POST', '/api/sessions', { language })
  }

  session(id: string): Promise<Session> {
    return this.json('GET', `/api/sessions/${part(id)}`)
  }

  async deleteSession(id: string): Promise<void> {
    await this.ask('DELETE', `/api/sessions/${part(id)}`)
  }

  /** The sessions that this person made, signed in, the newest first; `after` is where a page ended. */
  ownSessions(after = ''): Promise<OwnSessions> {
    return this.json('GET', `/api/me/sessions${after === '' ? '' : `?after=${part(after)}`}`)
  }

  /** Where a session is handed out as one file. */
  exportAddress(id: string): string {
    return `${this.base}/api/sessions/${part(id)}/export`
  }

  task(sessionId: string): Promise<Task> {
    return this.json('GET', `/api/sessions/${part(sessionId)}/task`)
  }

  writeTask(sessionId: string, task: WriteTask): Promise<Task> {
    return this.json('PUT', `/api/sessions/${part(sessionId)}/task`, task)
  }

  startRun(sessionId: string, asked: Partial<StartSessionRun>): Promise<Run> {
    return this.json('POST', `/api/sessions/${part(sessionId)}/runs`, asked)
  }

  runs(sessionId: string, before?: string): Promise<SessionRuns> {
    const query = before === undefined ? '' : `?before=${part(before)}`
    return this.json('GET', `/api/sessions/${part(sessionId)}/runs${query}`)
  }

  run(id: string): Promise<Run> {
    return this.json('GET', `/api/runs/${part(id)}`)
  }

  async cancelRun(id: string): Promise<void> {
    await this.ask('DELETE', `/api/runs/${part(id)}`)
  }

  async resizeTerminal(id: string, size: Terminal): Promise<void> {
    await this.ask('PUT', `/api/runs/${part(id)}/terminal`, size)
  }

  authors(sessionId: string, seq: number): Promise<Authors> {
    return this.json('GET', `/api/sessions/${part(sessionId)}/authors?seq=${seq}`)
  }

  fork(sessionId: string, seq?: number): Promise<Forked> {
    return this.json(
      'POST',
      `/api/sessions/${part(sessionId)}/fork`,
      seq === undefined ? {} : { seq },
    )
  }

  async restore(sessionId: string, seq: number, userId: string): Promise<void> {
    await this.json('POST', `/api/sessions/${part(sessionId)}/restore`, { seq, userId })
  }

  /** The texts that were given a name, the oldest first. */
  async versions(sessionId: string): Promise<Version[]> {
    return (await this.json<Versions>('GET', `/api/sessions/${part(sessionId)}/versions`)).versions
  }

  nameVersion(sessionId: string, name: string, userId: string): Promise<Version> {
    return this.json('POST', `/api/sessions/${part(sessionId)}/versions`, { name, userId })
  }

  /** Takes a name away; the text stays in the history. */
  async forgetVersion(sessionId: string, versionId: string): Promise<void> {
    await this.ask('DELETE', `/api/sessions/${part(sessionId)}/versions/${part(versionId)}`)
  }

  /** Who asks, as far as a login shows it. */
  me(): Promise<Me> {
    return this.json('GET', '/api/me')
  }

  signInProviders(): Promise<SignInProviders> {
    return this.json('GET', '/auth/providers')
  }

  async signOut(): Promise<void> {
    await this.ask('POST', '/auth/logout')
  }

  access(sessionId: string): Promise<Access> {
    return this.json('GET', `/api/sessions/${part(sessionId)}/access`)
  }

  rule(sessionId: string, change: Rule): Promise<Access> {
    return this.json('PATCH', `/api/sessions/${part(sessionId)}/access`, change)
  }

  async people(sessionId: string): Promise<Person[]> {
    return (await this.json<People>('GET', `/api/sessions/${part(sessionId)}/people`)).people
  }

  async seat(sessionId: string, personId: string, role: Role): Promise<void> {
    await this.ask('PATCH', `/api/sessions/${part(sessionId)}/people/${part(personId)}`, { role })
  }

  async remove(sessionId: string, personId: string, ban: boolean): Promise<void> {
    const path = `/api/sessions/${part(sessionId)}/people/${part(personId)}?ban=${ban}`
    await this.ask('DELETE', path)
  }

  async invites(sessionId: string): Promise<Invite[]> {
    return (await this.json<Invites>('GET', `/api/sessions/${part(sessionId)}/invites`)).invites
  }

  makeInvite(sessionId: string, wish: MakeInvite): Promise<MadeInvite> {
    return this.json('POST', `/api/sessions/${part(sessionId)}/invites`, wish)
  }

  async revokeInvite(sessionId: string, inviteId: string): Promise<void> {
    await this.ask('DELETE', `/api/sessions/${part(sessionId)}/invites/${part(inviteId)}`)
  }

  redeem(sessionId: string, invite: string, name: string): Promise<Access> {
    return this.json('POST', `/api/sessions/${part(sessionId)}/invites/redeem`, { invite, name })
  }

  notes(sessionId: string): Promise<Notes> {
    return this.json('GET', `/api/sessions/${part(sessionId)}/notes`)
  }

  /** Refused as `NOTES_CHANGED` where they have another revision by now. */
  writeNotes(sessionId: string, text: string, revision: number): Promise<Notes> {
    return this.json('PUT', `/api/sessions/${part(sessionId)}/notes`, { text, revision })
  }

  /**
   * Everything that happened in a session, page after page. Where it cannot be read any further an
   * `error` line is the last. Raises `Refused`, and what `fetch` raises where a page is cut short.
   */
  async *playback(sessionId: string): AsyncGenerator<PlaybackLine> {
    let after = ''
    for (let more = true; more; ) {
      const path = `/api/sessions/${part(sessionId)}/playback?after=${after}`
      const answer = await this.ask('GET', path)
      let isWhole = false
      for await (const text of lines(answer)) {
        const line = JSON.parse(text) as PlaybackLine
        if (line.type === 'next') {
          after = line.cursor
          more = line.more
        } else {
          if (line.type === 'error') more = false
          yield line
        }
        isWhole = line.type === 'next' || line.type === 'error'
      }
      if (!isWhole) throw new TypeError('the playback was cut short')
    }
  }

  /** The events of a run from the start, as they come. */
  async *events(runId: string, signal: AbortSignal): AsyncGenerator<RunEvent> {
    const answer = await this.ask('GET', `/api/runs/${part(runId)}/events`, undefined, signal)
    let event = ''
    for await (const line of lines(answer)) {
      if (line.startsWith('event:')) event = line.slice(6).trim()
      else if (line.startsWith('data:')) {
        yield { event, data: JSON.parse(line.slice(5)) } as RunEvent
      }
    }
  }

  private async json<T>(method: string, path: string, body?: object): Promise<T> {
    return (await this.ask(method, path, body)).json() as Promise<T>
  }

  private async ask(
    method: string,
    path: string,
    body?: object,
    signal?: AbortSignal,
  ): Promise<Response> {
    const answer = await fetch(this.base + path, {
      method,
      ...(signal && { signal }),
      headers: { ...this.headers, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw await refusal(answer)
    return answer
  }
}

/** Bytes on the wire: a string where they are text. */
export type Content = string | { base64: string }

export type RunEvent =
  | { event: 'output'; data: { stream: 'stdout' | 'stderr'; data: Content } }
  | { event: 'ended'; data: NonNullable<Run['outcome']> }
  | { event: 'case'; data: CaseOutcome }
  | { event: 'queued' | 'started' | 'compiling' | 'compiled'; data: unknown }

export function bytesOf(content: Content): Uint8Array {
  if (typeof content === 'string') return new TextEncoder().encode(content)
  return Uint8Array.from(atob(content.base64), (unit) => unit.charCodeAt(0))
}

/** Bytes as people read them: text as it is, anything else by its size. */
export function contentWords(content: Content): string {
  if (typeof content === 'string') return content === '' ? '(nothing)' : content
  return `(${bytesOf(content).length} bytes that are no text)`
}

async function refusal(answer: Response): Promise<Refused> {
  try {
    const { message, error } = (await answer.json()) as InterviewProblem
    return new Refused(answer.status, message, error)
  } catch {
    return new Refused(answer.status, `The server answered ${answer.status}`)
  }
}

const part = encodeURIComponent
