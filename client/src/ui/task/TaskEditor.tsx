import { Tabs } from 'radix-ui'
import { useCallback, useState } from 'react'
import type { Room } from '../../room/room.ts'
import type { Task } from '../../room/server.ts'
import { type Draft, draftOf, isSame, LONGEST_TEXT, wantedOf } from '../../room/task-draft.ts'
import { whyNot } from '../../room/words.ts'
import { Button } from '../parts/Button.tsx'
import { Dialog } from '../parts/Dialog.tsx'
import { later } from '../parts/later.tsx'
import { useAskBeforeLeaving } from '../use-ask-before-leaving.ts'
import { CasesTab } from './CasesTab.tsx'
import { StartersTab } from './StartersTab.tsx'
import css from './task.module.css'

const TaskText = later(() => import('./Markdown.tsx'))

interface Props {
  room: Room
  /** What is edited; another that comes meanwhile is only told of when this one is saved. */
  task: Task
  close: () => void
}

type Asking = 'to discard' | 'to overwrite' | null

/** Where hosts write the task. Nothing of it is told to anybody before it is saved. */
export default function TaskEditor({ room, task, close }: Props) {
  const [begun, setBegun] = useState(task)
  const [draft, setDraft] = useState<Draft>(() => draftOf(task))
  const [isSaving, setSaving] = useState(false)
  const [asking, setAsking] = useState<Asking>(null)
  const [problem, setProblem] = useState('')
  const isUnsaved = !isSame(draft, draftOf(begun))
  useAskBeforeLeaving(useCallback(() => isUnsaved, [isUnsaved]))
  const set = (change: Partial<Draft>) => setDraft((before) => ({ ...before, ...change }))

  const save = async (revision: number | null) => {
    setSaving(true)
    setProblem('')
    try {
      const isSaved = await room.saveTask(wantedOf(draft, revision))
      if (isSaved) close()
      setAsking(isSaved ? null : 'to overwrite')
    } catch (error) {
      setProblem(whyNot(error))
    } finally {
      setSaving(false)
    }
  }

  const takeTheirs = async () => {
    await room.task.load()
    const theirs = room.task.now.get()
    if (theirs === null) return
    setBegun(theirs)
    setDraft(draftOf(theirs))
    setAsking(null)
  }

  const leave = () => {
    if (!isUnsaved) close()
    else setAsking(asking === 'to discard' ? null : 'to discard')
  }

  return (
    <Dialog title="Task" isOpen isWide close={leave}>
      <Tabs.Root defaultValue="text" className={css.editor}>
        <Tabs.List className={css.tabs} aria-label="Parts of the task">
          <Tabs.Trigger value="text">Text</Tabs.Trigger>
          <Tabs.Trigger value="preview">Preview</Tabs.Trigger>
          <Tabs.Trigger value="starters">Starter code</Tabs.Trigger>
          <Tabs.Trigger value="cases">Tests</Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="text" className={css.tab}>
          <label className={css.field}>
            <span>What is to be done, in Markdown</span>
            <textarea
              className={css.long}
              maxLength={LONGEST_TEXT}
              value={draft.text}
              onChange={(event) => set({ text: event.target.value })}
            />
          </label>
        </Tabs.Content>
        <Tabs.Content value="preview" className={css.tab}>
          {draft.text.trim() === '' ? (
            <p className={css.nothing}>There is no text yet.</p>
          ) : (
            <TaskText text={draft.text} />
          )}
        </Tabs.Content>
        <Tabs.Content value="starters" className={css.tab}>
          <StartersTab
            room={room}
            starters={draft.starters}
            set={(starters) => set({ starters })}
          />
        </Tabs.Content>
        <Tabs.Content value="cases" className={css.tab}>
          <CasesTab cases={draft.cases} set={(cases) => set({ cases })} />
        </Tabs.Content>
      </Tabs.Root>
      <div className={css.bottom}>
        {problem !== '' && (
          <p className={css.problem} role="alert">
            Not saved: {problem}
          </p>
        )}
        {asking === 'to discard' && (
          <div className={css.asking} role="alert">
            <p>What you changed is not saved.</p>
            <Button onClick={close}>Discard it</Button>
            <Button onClick={() => setAsking(null)}>Go on editing</Button>
          </div>
        )}
        {asking === 'to overwrite' && (
          <div className={css.asking} role="alert">
            <p>Another host changed the task meanwhile.</p>
            <Button onClick={() => void takeTheirs()}>Take theirs</Button>
            <Button onClick={() => void save(null)}>Save mine in its place</Button>
          </div>
        )}
        <div className={css.foot}>
          <label className={css.audience}>
            Shown to
            <select
              value={draft.shared ? 'all' : 'hosts'}
              onChange={(event) => set({ shared: event.target.value === 'all' })}
            >
              <option value="all">everybody</option>
              <option value="hosts">hosts only</option>
            </select>
          </label>
          <Button onClick={leave}>Cancel</Button>
          <Button look="primary" disabled={isSaving} onClick={() => void save(begun.revision)}>
            Save
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
