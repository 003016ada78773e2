/** A real server: `algoroom serve` in a process and on a port of its own. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PYTHON = process.env.ALGOROOM_PYTHON ?? join(ROOT, '.venv/bin/python')
/** Where what was found out about the languages lies; to find it out takes the processor for long. */
const KNOWN_LANGUAGES = join(ROOT, '.tools/data')
const READY_WITHIN_MS = 60_000

export class Server {
  private process: ChildProcess | null = null
  private log = ''
  private readonly hosts = new Map<string, string>()

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly settings: Readonly<Record<string, string>>,
  ) {}

  static async started(settings: Readonly<Record<string, string>> = {}): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'algoroom-client-'))
    mkdirSync(join(folder, 'data'))
    copyFileSync(join(KNOWN_LANGUAGES, 'languages.json'), join(folder, 'data/languages.json'))
    const server = new Server(await freePort(), folder, settings)
    await server.start()
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  async start(): Promise<void> {
    this.process = spawn(PYTHON, ['-m', 'algoroom', 'serve'], {
      cwd: this.folder,
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        HOST: '127.0.0.1',
        PORT: String(this.port),
        ALGOROOM_DATA_DIR: join(this.folder, 'data'),
        ALGOROOM_RATE_LIMITS: 'off',
        ...this.settings,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.on('data', (data) => {
        this.log = (this.log + data).slice(-8_192)
      })
    }
    const deadline = Date.now() + READY_WITHIN_MS
    while (!(await this.answers())) {
      if (this.process.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the server did not start:\n${this.log}`)
      }
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    const running = this.process
    this.process = null
    if (running === null || running.exitCode !== null) return
    const ended = once(running, 'exit')
    running.kill('SIGKILL')
    await ended
  }

  async close(): Promise<void> {
    await this.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** The id of a new session without a text. */
  async session(language = 'python'): Promise<string> {
    const answer = await this.ask('POST', '/api/sessions', { language })
    const { sessionId } = (await answer.json()) as { sessionId: string }
    this.hosts.set(sessionId, answer.headers.get('x-host-token') ?? '')
    await this.post(`/api/sessions/${sessionId}/code`, { code: '' })
    return sessionId
  }

  /** What makes whoever shows it a host of a session. */
  hostToken(session: string): string {
    return this.hosts.get(session) ?? ''
  }

  /** Changes, as its host, what others may do in a session. */
  async rule(session: string, change: object): Promise<void> {
    await this.ask('PATCH', `/api/sessions/${session}/access`, change, this.hosts.get(session))
  }

  /** Replaces, as its host, the task of a session. */
  async writeTask(session: string, task: object): Promise<void> {
    await this.ask('PUT', `/api/sessions/${session}/task`, task, this.hosts.get(session))
  }

  /** Lets in, as its host, everybody who waits before a session. */
  async admit(session: string, role: string): Promise<void> {
    const path = `/api/sessions/${session}/people`
    const host = this.hosts.get(session)
    const answer = await this.ask('GET', path, undefined, host)
    const { people } = (await answer.json()) as { people: { id: string; role: string | null }[] }
    for (const { id } of people.filter((each) => each.role === null)) {
      await this.ask('PATCH', `${path}/${encodeURIComponent(id)}`, { role }, host)
    }
  }

  /** Tells a session of a run on a machine of one's own, which printed this. */
  async report(session: string, output: string): Promise<void> {
    const result = { success: true, output, executionTime: 1 }
    await this.ask('POST', `/sessions/${session}/execution-result`, result)
  }

  /** Posts JSON, and returns what is answered. */
  async post(path: string, body: object): Promise<unknown> {
    return (await this.ask('POST', path, body)).json()
  }

  private async ask(method: string, path: string, body?: object, host = ''): Promise<Response> {
    const answer = await fetch(this.url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(host !== '' && { 'x-host-token': host }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer
  }

  private async answers(): Promise<boolean> {
    try {
      return (await fetch(`${this.url}/health`)).ok
    } catch {
      return false
    }
  }
}

/** Finds out about the languages, once for all servers of all tests. */
export function setup(): void {
  execFileSync(PYTHON, ['-m', 'algoroom', 'languages'], {
    env: { ...process.env, ALGOROOM_DATA_DIR: KNOWN_LANGUAGES },
    stdio: 'ignore',
  })
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as { port: number }
  probe.close()
  await once(probe, 'close')
  return port
}
