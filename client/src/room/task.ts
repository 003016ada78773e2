/** What the people in a room are to do, as far as this person may see it. */

import type { RoomEvent } from '../generated/protocol.ts'
import { Refused, type Server, type Task, type TaskCase, type WriteTask } from './server.ts'
import { Store } from './store.ts'

export class SessionTask {
  /** Null until the server has said it. */
  readonly now = new Store<Task | null>(null)
  /** Whether this person writes it, and sees what is for hosts alone. */
  readonly mayWrite = new Store(false)
  /** Counts what was asked for: only the last answer counts. */
  private asked = 0

  constructor(
    private readonly server: Server,
    private readonly sessionId: string,
    private readonly readOnly: boolean,
    private readonly complain: (error: unknown) => void,
  ) {}

  /** What was written into a room for somebody to begin with. */
  get starters(): Readonly<Record<string, string>> {
    return this.now.get()?.starters ?? {}
  }

  /** Asks for it again. */
  async load(): Promise<void> {
    this.asked += 1
    const { asked } = this
    try {
      const task = await this.server.task(this.sessionId)
      if (asked === this.asked) this.now.set(task)
    } catch (error) {
      this.complain(error)
    }
  }

  noteEvent(event: RoomEvent): void {
    if (event.type === 'task-changed') {
      if (event.revision !== this.now.get()?.revision) void this.load()
    } else if (event.type === 'access') {
      const mayWrite = !this.readOnly && event.deeds.includes('task')
      if (mayWrite === this.mayWrite.get()) return
      this.mayWrite.set(mayWrite)
      void this.load()
    }
  }

  /** Replaces it; false where another host did since `wanted.revision`. Raises what else is wrong. */
  async save(wanted: WriteTask): Promise<boolean> {
    try {
      const task = await this.server.writeTask(this.sessionId, wanted)
      this.asked += 1
      this.now.set(task)
      return true
    } catch (error) {
      if (error instanceof Refused && error.code === 'TASK_CHANGED') return false
      throw error
    }
  }
}

/** Whether there is anything in it to look at. */
export function isThere(task: Task | null): task is Task {
  return task !== null && (task.text.trim() !== '' || task.caseCount > 0)
}

/** What a case is called. */
export function caseName({ number, name, hidden }: Named): string {
  const kind = hidden ? 'Hidden test' : 'Test'
  return name.trim() === '' ? `${kind} ${number}` : `${kind} ${number}: ${name}`
}

type Named = Pick<TaskCase, 'number' | 'name' | 'hidden'>
