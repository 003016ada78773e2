import type { Content } from '../../room/server.ts'
import { contentWords } from '../../room/server.ts'
import { type DraftCase, MOST_CASES, newCase } from '../../room/task-draft.ts'
import { Button } from '../parts/Button.tsx'
import css from './task.module.css'

const COMPARISONS = {
  trimmed: 'but for white space at the ends of lines',
  exact: 'to the byte',
  float: 'with numbers that are nearly the same',
} as const

interface Props {
  cases: readonly DraftCase[]
  set: (cases: readonly DraftCase[]) => void
}

export function CasesTab({ cases, set }: Props) {
  const change = (key: number, to: Partial<DraftCase>) =>
    set(cases.map((each) => (each.key === key ? { ...each, ...to } : each)))
  return (
    <>
      <p className={css.hint}>
        The program is run once for each test: it reads the input and has to print what is expected.
        Of a hidden test people who are not hosts learn whether it passes, and nothing else.
      </p>
      <ol className={css.drafts}>
        {cases.map((each, place) => (
          <li key={each.key}>
            <fieldset>
              <legend>Test {place + 1}</legend>
              <div className={css.row}>
                <label className={css.name}>
                  Name
                  <input
                    maxLength={200}
                    value={each.name}
                    onChange={(event) => change(each.key, { name: event.target.value })}
                  />
                </label>
                <label className={css.check}>
                  <input
                    type="checkbox"
                    checked={each.hidden}
                    onChange={(event) => change(each.key, { hidden: event.target.checked })}
                  />
                  Hidden
                </label>
                <Button
                  look="quiet"
                  aria-label={`Remove test ${place + 1}`}
                  onClick={() => set(cases.filter(({ key }) => key !== each.key))}
                >
                  Remove
                </Button>
              </div>
              <div className={css.both}>
                <Bytes
                  label="Input"
                  content={each.stdin}
                  set={(stdin) => change(each.key, { stdin })}
                />
                <Bytes
                  label="Expected output"
                  content={each.expected}
                  set={(expected) => change(each.key, { expected })}
                />
              </div>
              <div className={css.row}>
                <label className={css.audience}>
                  Has to agree
                  <select
                    value={each.comparison}
                    onChange={(event) =>
                      change(each.key, {
                        comparison: event.target.value as DraftCase['comparison'],
                      })
                    }
                  >
                    {Object.entries(COMPARISONS).map(([value, words]) => (
                      <option key={value} value={value}>
                        {words}
                      </option>
                    ))}
                  </select>
                </label>
                {each.comparison === 'float' && (
                  <label className={css.audience}>
                    off by at most
                    <input
                      type="number"
                      min={0}
                      step="any"
                      value={each.tolerance}
                      onChange={(event) =>
                        change(each.key, { tolerance: Math.max(0, Number(event.target.value)) })
                      }
                    />
                  </label>
                )}
              </div>
            </fieldset>
          </li>
        ))}
      </ol>
      <Button
        className={css.add}
        disabled={cases.length >= MOST_CASES}
        onClick={() => set([...cases, newCase(cases)])}
      >
        Add a test
      </Button>
    </>
  )
}

interface BytesProps {
  label: string
  content: Content
  set: (text: string) => void
}

function Bytes({ label, content, set }: BytesProps) {
  return (
    <label className={css.field}>
      <span>{label}</span>
      <textarea
        className={css.short}
        spellCheck={false}
        readOnly={typeof content !== 'string'}
        value={typeof content === 'string' ? content : contentWords(content)}
        onChange={(event) => set(event.target.value)}
      />
    </label>
  )
}
