import { useState } from 'react'
import type { Room } from '../../room/room.ts'
import { type Content, contentWords, type Task } from '../../room/server.ts'
import { caseName, isThere } from '../../room/task.ts'
import { Button } from '../parts/Button.tsx'
import { Cross } from '../parts/icons.tsx'
import { later } from '../parts/later.tsx'
import { isBesideCode } from '../room/use-task-shown.ts'
import { keysFor } from '../shortcuts.ts'
import { useStore } from '../use-store.ts'
import css from './task.module.css'

const TaskText = later(() => import('./Markdown.tsx'))
const TaskEditor = later(() => import('./TaskEditor.tsx'))

interface Props {
  room: Room
  close: () => void
}

/** What the people in the room are to do, beside the code. */
export default function TaskPane({ room, close }: Props) {
  const task = useStore(room.task.now)
  const mayWrite = useStore(room.task.mayWrite)
  const [isEditing, setEditing] = useState(false)
  return (
    <aside className={css.pane} aria-label="Task">
      <div className={css.head}>
        <h2>Task</h2>
        {mayWrite && isThere(task) && !task.shared && <span className={css.tag}>hosts only</span>}
        {mayWrite && (
          <Button look="quiet" className={css.edit} onClick={() => setEditing(true)}>
            {isThere(task) ? 'Edit' : 'Write one'}
          </Button>
        )}
        <Button look="quiet" isIcon aria-label="Hide the task" onClick={close}>
          <Cross />
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is longer than the pane is scrolled by keys */}
      <section className={css.body} tabIndex={0} aria-label="What is to be done">
        {isThere(task) ? (
          <>
            {task.text.trim() !== '' && <TaskText text={task.text} />}
            <Tests room={room} task={task} close={close} />
          </>
        ) : (
          <p className={css.nothing}>
            {mayWrite
              ? 'Write down what is to be done here: a text, code to begin with, tests.'
              : 'There is no task in this room.'}
          </p>
        )}
      </section>
      {isEditing && task !== null && (
        <TaskEditor room={room} task={task} close={() => setEditing(false)} />
      )}
    </aside>
  )
}

function Tests({ room, task, close }: Props & { task: Task }) {
  const mayRun = useStore(room.mayRun)
  const isStarting = useStore(room.runs.isStarting)
  const running = useStore(room.runs.running)
  if (task.caseCount === 0) return null
  const hidden = task.caseCount - task.cases.filter((each) => !each.hidden).length
  return (
    <section className={css.tests}>
      <div className={css.testsHead}>
        <h3>Tests</h3>
        {mayRun && (
          <Button
            disabled={isStarting || running !== null}
            title={keysFor('test').join(' ')}
            onClick={() => {
              void room.runTests()
              // There it lies above the output.
              if (!isBesideCode()) close()
            }}
          >
            Run the tests
          </Button>
        )}
      </div>
      <ul className={css.cases}>
        {task.cases.map((each) => (
          <li key={each.number}>
            <details>
              <summary>{caseName(each)}</summary>
              <Example words="Input" content={each.stdin as Content} />
              <Example words="Expected" content={each.expected as Content} />
            </details>
          </li>
        ))}
      </ul>
      {hidden > 0 && (
        <p className={css.hidden}>
          {hidden === 1 ? 'One test is' : `${hidden} tests are`} hidden: all that is told is whether{' '}
          {hidden === 1 ? 'it passes' : 'they pass'}.
        </p>
      )}
    </section>
  )
}

function Example({ words, content }: { words: string; content: Content }) {
  return (
    <div className={css.example}>
      <span>{words}</span>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the pane is scrolled by keys */}
      <pre tabIndex={0}>{contentWords(content)}</pre>
    </div>
  )
}
