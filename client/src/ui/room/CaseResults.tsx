import type { Room } from '../../room/room.ts'
import type { CaseResult, RunView } from '../../room/run-view.ts'
import { type Content, contentWords, type Task } from '../../room/server.ts'
import { caseName } from '../../room/task.ts'
import { caseWords, seconds } from '../../room/words.ts'
import { useStore } from '../use-store.ts'
import css from './cases.module.css'

interface Props {
  room: Room
  run: RunView
}

/** How a program went over the tests, one after the other as they end. */
export default function CaseResults({ room, run }: Props) {
  const task = useStore(room.task.now)
  const left = run.caseCount - run.cases.length
  const asked = isOfThisTask(task, run) ? task : null
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is longer than the pane is scrolled by keys
    <section className={css.results} aria-label="Tests" tabIndex={0}>
      {run.compilerOutput !== '' && <pre className={css.compiler}>{run.compilerOutput}</pre>}
      <ol>
        {run.cases.map((result) => (
          <li key={result.number}>
            <Result result={result} asked={askedIn(asked, result)} />
          </li>
        ))}
      </ol>
      {run.ending === null && left > 0 && (
        <p className={css.left}>{left === 1 ? 'One more to come' : `${left} more to come`}</p>
      )}
    </section>
  )
}

function Result({ result, asked }: { result: CaseResult; asked: Asked | null }) {
  const { passed, hidden, stdout, stderr } = result
  return (
    <details className={css.result}>
      <summary>
        <span className={passed ? css.passed : css.failed} aria-hidden="true">
          {passed ? '✓' : '✗'}
        </span>
        <span className={css.name}>
          {caseName({ ...result, name: asked?.name ?? result.name })}
        </span>
        <span className={passed ? css.passed : css.failed}>{caseWords(result)}</span>
        <span className={css.time}>{seconds(result.wallMs)}</span>
      </summary>
      {asked !== null && <Text words="Input" text={contentWords(asked.stdin as Content)} />}
      {asked !== null && <Text words="Expected" text={contentWords(asked.expected as Content)} />}
      {hidden ? (
        <p className={css.left}>What it printed over a hidden test is told to nobody.</p>
      ) : (
        <>
          <Text words="Printed" text={stdout || '(nothing)'} />
          {stderr !== null && stderr !== '' && <Text words="Errors" text={stderr} />}
          {result.cut && <p className={css.left}>It printed more, which was not kept.</p>}
        </>
      )}
      {result.detail !== null && <p className={css.left}>{result.detail}</p>}
    </details>
  )
}

function Text({ words, text }: { words: string; text: string }) {
  return (
    <div className={css.text}>
      <span>{words}</span>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the pane is scrolled by keys */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  )
}

type Asked = Task['cases'][number]

/** Whether the task is still the one over whose cases the run went. */
function isOfThisTask(task: Task | null, run: RunView): boolean {
  return task !== null && task.changedAt !== null && Date.parse(task.changedAt) <= run.startedAt
}

function askedIn(task: Task | null, { number }: CaseResult): Asked | null {
  return task?.cases.find((each) => each.number === number) ?? null
}
