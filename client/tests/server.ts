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

  private constructor(
    readonly port: number,
    private readonly folder: string,
  ) {}

  static async started(): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), 'algoroom-client-'))
    mkdirSync(join(folder, 'data'))
    copyFileSync(join(KNOWN_LANGUAGES, 'languages.json'), join(folder, 'data/languages.json'))
    const server = new Server(await freePort(), folder)
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
    const { sessionId } = (await this.post('/api/sessions', { language })) as { sessionId: string }
    await this.post(`/api/sessions/${sessionId}/code`, { code: '' })
    return sessionId
  }

  /** Posts JSON, and returns what is answered. */
  async post(path: string, body: object): Promise<unknown> {
    const answer = await fetch(this.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return answer.json()
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
