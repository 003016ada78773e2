/** The server's routes, as far as the client asks for them. */

import type {
  Authors,
  Forked,
  InterviewProblem,
  Language,
  Languages,
  Moment,
  Run,
  RunSummary,
  AlgoroomApiInterviewModelsSession as Session,
  SessionRuns,
  StartSessionRun,
  Terminal,
} from '../generated/openapi.d.ts'
import type { PlaybackLine } from '../generated/protocol.ts'
import { lines } from './lines.ts'

export type {
  Authors,
  Forked,
  Language,
  Moment,
  Run,
  RunSummary,
  Session,
  StartSessionRun,
  Terminal as TerminalSize,
}

/** The server refused, and said why in words for people. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message)
  }
}

export class Server {
  /** `base` is empty where the page came from the server. */
  constructor(private readonly base = '') {}

  async languages(): Promise<Language[]> {
    return (await this.json<Languages>('GET', '/api/languages')).languages
  }

  createSession(language: string): Promise<Session> {
    return this.json('POST', '/api/sessions', { language })
  }

  session(id: string): Promise<Session> {
    return this.json('GET', `/api/sessions/${part(id)}`)
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

  moment(sessionId: string, seq: number): Promise<Moment> {
    return this.json('GET', `/api/sessions/${part(sessionId)}/at?seq=${seq}`)
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
      ...(body && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
    if (!answer.ok) throw new Refused(answer.status, await complaint(answer))
    return answer
  }
}

/** Bytes on the wire: a string where they are text. */
export type Content = string | { base64: string }

export type RunEvent =
  | { event: 'output'; data: { stream: 'stdout' | 'stderr'; data: Content } }
  | { event: 'ended'; data: NonNullable<Run['outcome']> }
  | { event: 'queued' | 'started' | 'compiling' | 'compiled' | 'case'; data: unknown }

export function bytesOf(content: Content): Uint8Array {
  if (typeof content === 'string') return new TextEncoder().encode(content)
  return Uint8Array.from(atob(content.base64), (unit) => unit.charCodeAt(0))
}

async function complaint(answer: Response): Promise<string> {
  try {
    return ((await answer.json()) as InterviewProblem).message
  } catch {
    return `The server answered ${answer.status}`
  }
}

const part = encodeURIComponent
